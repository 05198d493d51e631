import pytest

from shoppartners.serving import is_whole, refusal_of

pytestmark = pytest.mark.once

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\ncontent-length: 3\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("arrived", "whole"),
    [
        (b"", False),
        (GET[:-1], False),
        (GET, True),
        (GET + b"GET /next", True),
        (POST, False),
        (POST + b"ab", False),
        (POST + b"abc", True),
        (CHUNKED + b"3\r\nabc\r\n", False),
        (CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", True),
        (POST.replace(b": 3", b": " + b"9" * 5000), False),
    ],
)
def test_request_is_whole_with_all_of_its_body(arrived, whole):
    assert is_whole(arrived) == whole


@pytest.mark.parametrize(
    ("arrived", "status"),
    [
        (GET[:-1] + b"a" * 30_000, None),
        (GET[:-1] + b"a" * 40_000, 431),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + POST[-25:], 431),
        (POST + b"a" * 1_000_000, None),
        (POST + b"a" * 1_300_000, 413),
    ],
)
def test_head_and_body_of_a_request_are_waited_for_within_bounds(arrived, status):
    refusal = refusal_of(bytearray(arrived))

    assert (refusal and refusal[0]) == status
