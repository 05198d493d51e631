"""Slow clients: they say nothing, trickle what they say, or never read; everybody else is answered as always.

They come to the proxy of production (deploy/nginx.conf), from as many addresses as it takes to be let in.
"""

import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from tests import nginx
from tests.faults.browser import Browser
from tests.faults.site import Site

CLIENTS = 90
ADDRESSES = 200  # 127.0.1.1 and on, from which they come by turns
SECONDS = 20  # of each round, in `make faults`
PATIENT = 1.0  # seconds: a normal request is answered within them, or, on a busy machine, within twice the time alone

POST = b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = POST + b"Content-Length: 5000\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
GET = b"GET /partners/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n\r\n"
BEGUN = {  # what each kind has said before the normal requests come, and says on each beat after
    "silent": (b"", b""),
    "a head in drops": (POST[:40], b"x"),
    "a body in drops": (BODY, b"x"),
    "a chunk in drops": (CHUNKED + b"1000\r\n", b"x"),
    "a chunk that holds what looks like the end": (CHUNKED + b"1000\r\nabc\r\n0\r\n\r\n", b"0\r\n\r\n"),
    "a chunk's size in drops": (CHUNKED + b"3\r\nabc\r\n", b"0"),
    "a chunk's extension in drops": (CHUNKED + b"3;x=", b"y"),
    "trailers in drops": (CHUNKED + b"3\r\nabc\r\n0\r\nX: ", b"x"),
    "all but the last line break": (CHUNKED + b"3\r\nabc\r\n0\r\n", b""),
    "never reads": (GET * 20, b""),
}


def slow_client(port, said, number):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    client.bind((f"127.0.1.{1 + number % ADDRESSES}", 0))
    client.connect(("127.0.0.1", port))
    client.sendall(said)
    client.setblocking(False)
    return client


def beat(port, clients):
    """All of them say a little more, or come anew where the server had enough of them."""
    for number, (kind, client) in enumerate(clients):
        begun, more = BEGUN[kind]
        with contextlib.suppress(BlockingIOError):
            try:
                client.send(more)
                if kind == "never reads" or client.recv(1024):
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            client.close()
            clients[number] = (kind, slow_client(port, begun, number))


def answered_beside(port, seconds, clients=CLIENTS):
    """How long each normal request took, one after the other, beside that many slow clients."""
    kinds = list(BEGUN)
    crowd = []
    for number in range(clients):
        kind = kinds[number % len(kinds)]
        crowd.append((kind, slow_client(port, BEGUN[kind][0], number)))
    times, until = [], time.monotonic() + seconds
    with ThreadPoolExecutor(1) as pool:
        while time.monotonic() < until:
            beat(port, crowd)
            begun = time.monotonic()
            path = ("/healthz", "/partners/", "/accounts/login/")[len(times) % 3]
            status = pool.submit(lambda path=path: Browser(port, timeout=20).get(path).status).result()
            assert status == 200, f"{path}: {status} beside slow clients"
            times.append(time.monotonic() - begun)
    for _kind, client in crowd:
        client.close()
    return times


def run(rounds):
    if nginx.PROGRAM is None:
        return [(nginx.MISSING, 1, 0)]
    times = []
    with Site(processes=2).start() as site, nginx.Nginx(site.port) as proxy:
        alone = answered_beside(proxy.port, 3, clients=0)
        for _round in range(min(rounds, 3)):
            times += answered_beside(proxy.port, SECONDS)
    most = max(PATIENT, 2 * max(alone))
    return [
        ("slow clients at once", CLIENTS, None),
        ("ways of being slow", len(BEGUN), None),
        ("normal requests beside them", len(times), None),
        ("slowest normal request alone (ms)", round(1000 * max(alone)), None),
        ("slowest beside them (ms)", round(1000 * max(times)), None),
        (f"not answered within {most:.1f} s", sum(each > most for each in times), 0),
    ]
