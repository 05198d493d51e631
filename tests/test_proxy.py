"""deploy/nginx.conf, the proxy of production, before a server that notes what it is given.

Slow clients are in tests/faults.
"""

import http.client
import socket
import ssl
import time
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from select import select
from threading import Thread

import pytest
from django.conf import settings

from tests import nginx

pytestmark = pytest.mark.once

POST = b"POST /form HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


class Upstream(ThreadingHTTPServer):
    """Notes each request as (method, path, headers, body)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.seen.append((self.command, self.path, self.headers, body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def proxied():
    if nginx.PROGRAM is None:
        pytest.fail(nginx.MISSING, pytrace=False)
    with Upstream() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with nginx.Nginx(server.server_port) as proxy:
            yield proxy, server.seen
        server.shutdown()


@pytest.fixture
def proxy(proxied):
    return proxied[0]


@pytest.fixture
def seen(proxied):
    proxied[1].clear()
    return proxied[1]


def connect(proxy, *, address="127.0.0.1"):
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=10, source_address=(address, 0))


def answer_to(proxy, *pieces):
    """Send them and give the status of the answer; what comes after a refusal may find the connection closed."""
    with connect(proxy) as client:
        try:
            for piece in pieces:
                client.sendall(piece)
        except OSError:
            pass
        return int(client.recv(100).split()[1])


def test_head_of_more_than_32_kilobytes_is_refused(proxy, seen):
    head = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    line = b"X-%d: " + b"a" * 7000 + b"\r\n"

    assert answer_to(proxy, head, *(line % number for number in range(3)), b"\r\n") == 200
    assert answer_to(proxy, head, *(line % number for number in range(6)), b"\r\n") == 431
    assert answer_to(proxy, head, b"X: " + b"a" * 40_000) == 431
    assert len(seen) == 1


def test_metrics_are_not_given_to_the_world(proxy, seen):
    head = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer x\r\n\r\n"

    for path in (b"/metrics", b"/metrics?x=1", b"/%6detrics", b"//metrics"):
        assert answer_to(proxy, b"GET " + path + head) == 404
    assert seen == []


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_body_is_taken_up_to_the_limit_of_the_site(more, status, proxy, seen):
    size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE + more
    body = b"a" * size
    whole = POST + b"Content-Length: %d\r\n\r\n" % size
    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % size

    assert answer_to(proxy, whole, body) == status
    assert answer_to(proxy, chunked, body, b"\r\n0\r\n\r\n") == status
    assert [len(body) for _method, _path, _headers, body in seen] == [size] * 2 * (status == 200)


def test_chunks_are_given_as_one_body_with_its_length(proxy, seen):
    chunks = b"1;x=y\r\na\r\n5\r\n\r\n0\r\n\r\n0\r\nX: trailer\r\n\r\n"

    assert answer_to(proxy, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks) == 200
    [(_method, _path, headers, body)] = seen
    assert body == b"a\r\n0\r\n"
    assert (headers["Content-Length"], headers["Transfer-Encoding"]) == ("6", None)


@pytest.mark.parametrize(
    ("kind", "begun", "rest"),
    [
        ("Content-Length: 3", b"ab", b"c"),
        ("Transfer-Encoding: chunked", b"7\r\n0\r\n\r\n", b"ab\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"1\r\na\r\n0\r\n", b"\r\n"),
        ("Transfer-Encoding: chunked", b"1\r\na\r\n0\r\nX: 0\r\n", b"\r\n"),
    ],
)
def test_request_is_given_when_it_is_whole(kind, begun, rest, proxy, seen):
    with connect(proxy) as client:
        client.sendall(POST + kind.encode() + b"\r\n\r\n" + begun)
        time.sleep(0.2)
        early = list(seen)
        client.sendall(rest)

        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
    assert early == []
    assert len(seen) == 1


CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = {  # form: (what is sent, the body that the site is given)
    "a size in capitals, with zeros": (POST + CHUNKED + b"00A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    "a quoted extension": (POST + CHUNKED + b'3 ; a="0;b" ; c\r\nabc\r\n0;d\r\n\r\n', b"abc"),
    "several trailers": (POST + CHUNKED + b"3\r\nabc\r\n0\r\nA: 1\r\nB: 2\r\n\r\n", b"abc"),
    "no chunk": (POST + CHUNKED + b"0\r\n\r\n", b""),
    "names of headers in any case": (POST + b"tRANSFER-eNCODING: Chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", b"a"),
    "no body": (POST + b"Content-Length: 0\r\n\r\n", b""),
    "neither a length nor chunks": (POST + b"\r\n", b""),
    "spaces around a value": (POST + b"Content-Length:   3  \r\n\r\nabc", b"abc"),
    "an empty line before it": (b"\r\n" + POST + b"Content-Length: 3\r\n\r\nabc", b"abc"),
    "lines that end with LF": (POST.replace(b"\r\n", b"\n") + b"Content-Length: 3\n\nabc", b"abc"),
    "a whole address": (POST.replace(b"/form", b"http://localhost/form") + b"Content-Length: 3\r\n\r\nabc", b"abc"),
    "HTTP/1.0": (POST.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Content-Length: 3\r\n\r\nabc", b"abc"),
    "a body of GET": (POST.replace(b"POST", b"GET") + b"Content-Length: 3\r\n\r\nabc", b"abc"),
    "chunks of GET": (POST.replace(b"POST", b"GET") + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
}
TWO_WAYS = {  # what two servers might read differently
    "a length and chunks": POST + b"Content-Length: 3\r\n" + CHUNKED + b"0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "the same length twice": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "chunks twice": POST + b"Transfer-Encoding: chunked\r\n" + CHUNKED + b"0\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a length below zero": POST + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +3\r\n\r\nabc",
    "a chunk without a size": POST + CHUNKED + b"x\r\nabc\r\n0\r\n\r\n",
    "a chunk with a size below zero": POST + CHUNKED + b"-1\r\nabc\r\n0\r\n\r\n",
    "chunks by HTTP/1.0": POST.replace(b"HTTP/1.1", b"HTTP/1.0") + CHUNKED + b"0\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": POST + b"Host: other\r\nContent-Length: 0\r\n\r\n",
    "a space after the name of a header": POST + b"Content-Length : 3\r\n\r\nabc",
    "a null byte": POST + b"X: a\0b\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("form", WHOLE)
def test_whole_request_of_any_form_is_given_with_its_body(form, proxy, seen):
    sent, body = WHOLE[form]

    assert answer_to(proxy, sent) == 200
    assert [(path, given) for _method, path, _headers, given in seen] == [("/form", body)]
    assert seen[0][2]["Transfer-Encoding"] is None


@pytest.mark.parametrize("form", TWO_WAYS)
def test_request_that_can_be_read_in_two_ways_is_refused(form, proxy, seen):
    assert 400 <= answer_to(proxy, TWO_WAYS[form]) < 502
    assert seen == []


def test_requests_that_come_one_behind_the_other_are_each_given(proxy, seen):
    kept = POST.replace(b"Connection: close\r\n", b"")
    with connect(proxy) as client:
        client.sendall((kept + CHUNKED + b"1\r\na\r\n0\r\n\r\n") * 2 + POST + b"Content-Length: 1\r\n\r\nb")
        answers = b""
        while piece := client.recv(1000):
            answers += piece

    assert answers.count(b"HTTP/1.1 200 ") == 3
    assert [body for _method, _path, _headers, body in seen] == [b"a", b"a", b"b"]


@pytest.mark.parametrize(
    ("kind", "body"), [("Content-Length: 3", b"abc"), ("Transfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n")]
)
def test_who_waits_for_a_word_before_the_body_gets_it(kind, body, proxy, seen):
    with connect(proxy) as client:
        client.sendall(POST + f"Expect: 100-continue\r\n{kind}\r\n\r\n".encode())
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"

        client.sendall(body)

        assert client.recv(100).startswith(b"HTTP/1.1 200 ")
    assert [body for _method, _path, _headers, body in seen] == [b"abc"]


def test_one_address_has_a_hundred_requests_at_once_and_no_more(proxy, seen):
    with ExitStack() as connections:
        clients = [connections.enter_context(connect(proxy, address="127.0.2.1")) for _number in range(101)]
        for client in clients:
            client.sendall(POST + b"Content-Length: 3\r\n\r\nab")

        answered, _writable, _broken = select(clients, [], [], 10)

        assert [client.recv(100)[:13] for client in answered] == [b"HTTP/1.1 429 "]
        assert answer_to(proxy, POST + b"Content-Length: 0\r\n\r\n") == 200
    assert len(seen) == 1


def test_site_hears_who_asks_from_the_proxy_alone(proxy, seen):
    trusting = ssl.create_default_context(cafile=proxy.certificate)
    lies = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "Host": "shop.example"}
    for client in (
        http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10),
        http.client.HTTPSConnection("localhost", proxy.tls_port, timeout=10, context=trusting),
    ):
        client.request("GET", "/", headers=lies)
        assert client.getresponse().status == 200
        client.close()

    told = [[headers.get_all(name) for name in lies] for _method, _path, headers, _body in seen]
    assert told == [
        [["127.0.0.1"], ["http"], ["shop.example"]],
        [["127.0.0.1"], ["https"], ["shop.example"]],
    ]


def speak(proxy, version):
    """Give the version and the cipher that are spoken; this side would speak old ones, too."""
    context = ssl.create_default_context(cafile=proxy.certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", proxy.tls_port), timeout=10) as client,
        context.wrap_socket(client, server_hostname="localhost") as tls,
    ):
        return tls.version(), tls.cipher()[0]


def test_tls_is_of_this_time(proxy):
    version, cipher = speak(proxy, ssl.TLSVersion.TLSv1_2)

    assert (version, cipher[:6]) == ("TLSv1.2", "ECDHE-")
    assert speak(proxy, ssl.TLSVersion.TLSv1_3)[0] == "TLSv1.3"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_of_another_time_is_not_spoken(proxy):
    with pytest.raises(ssl.SSLError):
        speak(proxy, ssl.TLSVersion.TLSv1_1)
