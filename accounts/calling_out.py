"""Requests to hosts that somebody entered: to public addresses alone, and never for long.

Every address that a host's name stands for is looked at, and the connection goes to one that was looked at, so that a
name which stands for another address a moment later gains nothing. No redirect is followed, and no proxy of the
environment is asked. Where settings.PRIVATE_PROVIDERS is on (a demo, development, tests), plain HTTP and private
addresses are allowed too.
"""

import ipaddress
import socket
import time

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

TIMEOUT = 5  # seconds for connecting, and between two pieces of the answer
LONGEST = 10  # seconds for the whole answer
MOST = 1_000_000  # bytes of an answer
TRIED = 3  # addresses of one name


def session():
    """Return a requests.Session for one exchange with such a host; its failures are RequestExceptions."""
    made = _Session()
    made.trust_env = False
    made.adapters.clear()
    made.mount("https://", _Adapter())
    if settings.PRIVATE_PROVIDERS:
        made.mount("http://", _Adapter())
    return made


def is_allowed(address):
    """Return whether a connection may go to this IP address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    found = getattr(found, "ipv4_mapped", None) or found
    return settings.PRIVATE_PROVIDERS or (found.is_global and not found.is_multicast)


class _Session(requests.Session):
    def request(self, method, url, **more):
        began = time.monotonic()
        limits = {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        with super().request(method, url, **more | limits) as answer:
            content = b""
            for piece in answer.iter_content(65_536):
                content += piece
                if len(content) > MOST or time.monotonic() - began > LONGEST:
                    raise requests.exceptions.ReadTimeout("The answer is too long, or takes too long.")
            answer._content = content
        return answer


class _CheckedHTTP(HTTPConnection):
    """Connects to an address that was looked at; TLS still asks for a certificate of the host's name."""

    def _new_conn(self):
        name = self._dns_host
        addresses = self._addresses(name)
        try:
            for left, address in enumerate(addresses, start=1 - len(addresses)):
                self._dns_host = address
                try:
                    return super()._new_conn()
                except HTTPError:
                    if not left:
                        raise
        finally:
            self._dns_host = name

    def _addresses(self, name):
        try:
            found = socket.getaddrinfo(name, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not all(map(is_allowed, addresses)):
            raise NewConnectionError(self, "The name does not stand for public addresses alone.")
        return addresses[:TRIED]


class _CheckedHTTPS(_CheckedHTTP, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _CheckedHTTP


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _CheckedHTTPS


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args, **more):
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
