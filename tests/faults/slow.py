"""Slow clients: they say nothing, trickle what they say, or never read; everybody else is answered as always."""

import contextlib
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults.browser import Browser
from tests.faults.site import Site

CLIENTS = 50
SECONDS = 20  # of each round, in `make faults`
PATIENT = 1.0  # seconds: a normal request is answered within them, or, on a busy machine, within twice the time alone

HEAD = b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n"
BEGUN = {  # what each kind has said before the normal requests come, and says on each beat after
    "silent": (b"", b""),
    "a head in drops": (HEAD[:40], b"x"),
    "a body in drops": (HEAD, b"x"),
    "never reads": (b"GET /partners/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: identity\r\n\r\n" * 20, b""),
}


def slow_client(port, said):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    client.connect(("127.0.0.1", port))
    client.sendall(said)
    client.setblocking(False)
    return client


def beat(clients):
    """All of them say a little more, or come anew where the server had enough of them."""
    for number, (port, kind, client) in enumerate(clients):
        begun, more = BEGUN[kind]
        with contextlib.suppress(BlockingIOError):
            try:
                client.send(more)
                if kind != "never reads" and client.recv(1024):
                    continue
            except BlockingIOError:
                continue
            except OSError:
                pass
            else:
                if kind == "never reads":
                    continue
            client.close()
            clients[number] = (port, kind, slow_client(port, begun))


def answered_beside(port, seconds, clients=CLIENTS):
    """How long each normal request took, one after the other, beside that many slow clients."""
    kinds = list(BEGUN)
    crowd = [
        (port, kind, slow_client(port, BEGUN[kind][0])) for kind in (kinds[number % 4] for number in range(clients))
    ]
    times, until = [], time.monotonic() + seconds
    with ThreadPoolExecutor(1) as pool:
        while time.monotonic() < until:
            beat(crowd)
            begun = time.monotonic()
            path = ("/healthz", "/partners/", "/accounts/login/")[len(times) % 3]
            status = pool.submit(lambda path=path: Browser(port, timeout=20).get(path).status).result()
            assert status == 200, f"{path}: {status} beside slow clients"
            times.append(time.monotonic() - begun)
    for _port, _kind, client in crowd:
        client.close()
    return times


def run(rounds):
    times = []
    with Site(processes=2).start() as site:
        alone = answered_beside(site.port, 3, clients=0)
        for _round in range(min(rounds, 3)):
            times += answered_beside(site.port, SECONDS)
    most = max(PATIENT, 2 * max(alone))
    return [
        ("slow clients at once", CLIENTS, None),
        ("normal requests beside them", len(times), None),
        ("slowest normal request alone (ms)", round(1000 * max(alone)), None),
        ("slowest beside them (ms)", round(1000 * max(times)), None),
        (f"not answered within {most:.1f} s", sum(each > most for each in times), 0),
    ]
