"""Requests to hosts that somebody entered: to public addresses alone, and never for long.

Every address that a host's name stands for is looked at, and the connection goes to one that was looked at, so that a
name which stands for another address a moment later gains nothing. No redirect is followed, and no proxy of the
environment is asked. One deadline holds for all of an exchange, however slowly the host sends: a timer shuts its
connections. Only the machine's own resolver has limits of its own. A URL that failed is not asked again for a moment.
Where settings.PRIVATE_PROVIDERS is on (a demo, development, tests), plain HTTP and private
addresses are allowed too.
"""

import ipaddress
import socket
import threading
import time
from contextlib import ExitStack, suppress
from contextvars import ContextVar
from hashlib import sha256

import requests
from django.conf import settings
from django.core.cache import cache
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NameResolutionError, NewConnectionError

TIMEOUT = 5  # seconds for connecting, and between two pieces of the answer
LONGEST = 10  # seconds for the whole exchange
FAILED_FOR = 30  # seconds that a URL which failed is not asked again
MOST = 1_000_000  # bytes of an answer
TRIED = 3  # addresses of one name
# What stands for an address of version 4, which a network may translate: mapped, compatible, NAT64.
OF_VERSION_4 = [ipaddress.ip_network(each) for each in ("::ffff:0:0:0/96", "::ffff:0:0/96", "::/96", "64:ff9b::/96")]


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
    if settings.PRIVATE_PROVIDERS:
        return True
    if found.version == 6 and (found.is_site_local or any(found in network for network in OF_VERSION_4)):
        return False
    return found.is_global and not found.is_multicast


def note_failure(url):
    """Do not ask this URL for a moment: it failed, or what it answered is of no use."""
    cache.set(_key(url), 1, FAILED_FOR)


def _key(url):
    return f"calling_out:failed:{sha256(url.encode()).hexdigest()}"


class _Session(requests.Session):
    def request(self, method, url, **more):
        if cache.get(_key(url)):
            raise requests.ConnectionError("It failed a moment ago.")
        try:
            with _Deadline(LONGEST) as deadline:
                answer = self._whole(method, url, deadline, **more)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError):
            note_failure(url)
            raise
        if answer.status_code >= 500:
            note_failure(url)
        return answer

    def _whole(self, method, url, deadline, **more):
        """Return the answer with all that it holds. A connection that was shut looks ended: the deadline knows."""
        limits = {"timeout": TIMEOUT, "allow_redirects": False, "stream": True}
        try:
            with super().request(method, url, **more | limits) as answer:
                answer._content = _read(answer)
        except (requests.RequestException, HTTPError) as error:
            if deadline.has_passed:
                raise requests.exceptions.ReadTimeout("It takes too long.") from error
            raise
        if deadline.has_passed:
            raise requests.exceptions.ReadTimeout("It takes too long.")
        return answer


def _read(answer):
    content = b""
    for piece in answer.iter_content(65_536):
        content += piece
        if len(content) > MOST:
            raise requests.exceptions.ReadTimeout("The answer is too long.")
    return content


class _Deadline:
    """Shuts the connections that were made within it when its time is over: whoever waits for them wakes up."""

    def __init__(self, seconds):
        self.ends = time.monotonic() + seconds
        self.has_passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self):
        self._before = _deadline.set(self)
        self._timer.start()
        return self

    def __exit__(self, *_error):
        self._timer.cancel()
        _deadline.reset(self._before)
        with self._lock, ExitStack() as all_of_them:  # which closes them
            for one in self._sockets:
                all_of_them.enter_context(one)
            self._sockets.clear()

    def left(self):
        return max(self.ends - time.monotonic(), 0)

    def watch(self, connected):
        """Shut this socket, too, when the time is over: by a second handle, since TLS takes the first one over."""
        with self._lock:
            self._sockets.append(connected.dup())
        if self.has_passed:
            self._pass()

    def _pass(self):
        with self._lock:
            self.has_passed = True
            for one in self._sockets:
                with suppress(OSError):  # the other side was faster
                    one.shutdown(socket.SHUT_RDWR)


_deadline: ContextVar[_Deadline] = ContextVar("deadline of this exchange")


class _CheckedHTTP(HTTPConnection):
    """Connects to an address that was looked at; TLS still asks for a certificate of the host's name."""

    def _new_conn(self):
        name, deadline = self._dns_host, _deadline.get()
        addresses = self._addresses(name)
        try:
            for left, address in enumerate(addresses, start=1 - len(addresses)):
                self._dns_host = address
                self.timeout = min(TIMEOUT, deadline.left() or 0.001)  # 0 would mean without waiting
                try:
                    connected = super()._new_conn()
                    deadline.watch(connected)
                    return connected
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
