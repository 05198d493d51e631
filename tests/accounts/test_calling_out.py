"""Requests to hosts that somebody entered: public addresses, TLS, no redirects, an end."""

import socket
import threading
import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
import time_machine

from accounts import calling_out

pytestmark = pytest.mark.once
OK = b"HTTP/1.1 200 OK\r\n"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/secret")
            self.end_headers()
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"xxxxx")
        with suppress(OSError):  # the reader goes away
            while self.path == "/endless":
                self.wfile.write(b"x" * 65_536)

    def do_POST(self):
        self.send_response(503)
        self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def trickling(begins):
    """Serve one byte each twentieth of a second, after these, for as long as anybody reads."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connected, _address = listening.accept()
            with connected, suppress(OSError):
                connected.sendall(begins)
                while True:
                    connected.sendall(b"x")
                    time.sleep(0.05)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


@contextmanager
def serving():
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def here(settings):
    settings.PRIVATE_PROVIDERS = True
    with serving() as url:
        yield url


def resolving_to(monkeypatch, *addresses):
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]
    monkeypatch.setattr(calling_out.socket, "getaddrinfo", lambda *args, **more: entries)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
        "::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "64:ff9b::5db8:d70e", "::10.0.0.1", "::93.184.215.14", "::ffff:0:10.0.0.1", "fec0::1",
    ],
)  # fmt: skip
def test_no_connection_goes_to_a_private_address(address, monkeypatch):
    resolving_to(monkeypatch, address)
    tried = []
    monkeypatch.setattr(calling_out.HTTPSConnection, "_new_conn", lambda self: tried.append(self.host))

    with pytest.raises(requests.ConnectionError):
        calling_out.session().get("https://provider.example/")

    assert not tried


def test_name_that_stands_for_a_public_and_a_private_address_is_refused(monkeypatch):
    resolving_to(monkeypatch, "93.184.215.14", "127.0.0.1")

    with pytest.raises(requests.ConnectionError):
        calling_out.session().get("https://provider.example/")


def test_connection_goes_to_the_address_that_was_looked_at_and_tls_to_the_name(monkeypatch):
    resolving_to(monkeypatch, "93.184.215.14")
    tried = []

    def connect(self):
        tried.append(self._dns_host)
        raise calling_out.NewConnectionError(self, "not in a test")

    monkeypatch.setattr(calling_out.HTTPSConnection, "_new_conn", connect)
    monkeypatch.setattr(calling_out.HTTPSConnection, "_validate_conn", lambda self: None, raising=False)

    with pytest.raises(requests.ConnectionError) as error:
        calling_out.session().get("https://provider.example/")

    assert tried == ["93.184.215.14"]
    assert "provider.example" in str(error.value)


@pytest.mark.parametrize("url", ["http://provider.example/", "ftp://provider.example/", "file:///etc/passwd"])
def test_nothing_but_tls_is_spoken_in_production(url):
    with pytest.raises(requests.exceptions.InvalidSchema):
        calling_out.session().get(url)


def test_redirect_is_not_followed(here):
    assert calling_out.session().get(f"{here}/redirect").status_code == 302


def test_short_answer_is_read(here):
    assert calling_out.session().get(here).text == "xxxxx"


def test_answer_that_does_not_end_is_cut_off(here):
    with pytest.raises(requests.exceptions.ReadTimeout, match="answer is too long"):
        calling_out.session().get(f"{here}/endless")


@pytest.mark.parametrize(
    "begins",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nName: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["status", "header", "body", "body_without_an_end"],
)
def test_server_that_sends_byte_by_byte_is_cut_off_in_time(settings, monkeypatch, begins):
    settings.PRIVATE_PROVIDERS = True
    monkeypatch.setattr(calling_out, "LONGEST", 0.4)
    began = time.monotonic()

    with trickling(begins) as url, pytest.raises(requests.exceptions.ReadTimeout):
        calling_out.session().get(url)

    assert 0.3 < time.monotonic() - began < 2


def test_deadline_holds_for_all_addresses_of_a_name(settings, monkeypatch):
    """The deadline is over while it connects: what is left of it is all that the next address gets."""
    waited = []

    def connect(self):
        waited.append(self.timeout)
        time.sleep(0.3)
        raise calling_out.NewConnectionError(self, "not in a test")

    resolving_to(monkeypatch, "93.184.215.14", "93.184.215.15")
    monkeypatch.setattr(calling_out, "LONGEST", 0.2)
    monkeypatch.setattr(calling_out.HTTPSConnection, "_new_conn", connect)

    with pytest.raises(requests.exceptions.ReadTimeout):
        calling_out.session().get("https://provider.example/")

    assert 0.1 < waited[0] <= 0.2
    assert waited[1:] == [0.001]


def test_url_that_failed_is_left_alone_for_half_a_minute(here, monkeypatch):
    assert calling_out.session().post(here).status_code == 503

    with pytest.raises(requests.ConnectionError, match="a moment ago"):
        calling_out.session().get(here)
    assert calling_out.session().get(f"{here}/other").status_code == 200
    with time_machine.travel(time.time() + calling_out.FAILED_FOR + 1):
        assert calling_out.session().get(here).status_code == 200


def test_proxy_of_the_environment_is_not_asked(here, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert calling_out.session().get(here).status_code == 200


def test_server_that_says_nothing_is_given_up(settings, monkeypatch):
    settings.PRIVATE_PROVIDERS = True
    monkeypatch.setattr(calling_out, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(requests.exceptions.ReadTimeout):
        calling_out.session().get(f"http://127.0.0.1:{silent.getsockname()[1]}/")
