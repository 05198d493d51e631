"""What readers wait for: the site as gunicorn serves it, asked by one client or by several at once."""

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

SECONDS = 2.0  # of each measurement
START_SECONDS = 40


@contextmanager
def served(wsgi, settings):
    """Serve an application as gunicorn.conf.py says; yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PORT": str(port), "DJANGO_SETTINGS_MODULE": settings}
    server = subprocess.Popen([sys.executable, "-m", "gunicorn", wsgi], env=environment)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port, server):
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not start.")


def waits(port, path, cookie, clients):
    """Return the middle and the 95th percentile, in ms, of what that many clients wait for the page."""
    found, until = [], time.monotonic() + SECONDS

    def ask():
        while time.monotonic() < until:
            if (took := _ms_of(port, path, cookie)) is not None:
                found.append(took)

    ask_once = threading.Thread(target=ask)
    askers = [ask_once, *(threading.Thread(target=ask) for _ in range(clients - 1))]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    found.sort()
    return (found[len(found) // 2], found[int(len(found) * 0.95)]) if found else (None, None)


def waits_beside(port, path, search, cookie, searching, *, rounds=20):
    """Return the same of one reader who asks for the page just after that many clients began a search, each time.

    The first round is not counted: the processes read their templates then.
    """
    found = []
    for _round in range(1 + rounds):
        askers = [threading.Thread(target=_ms_of, args=(port, search, cookie)) for _ in range(searching)]
        for asker in askers:
            asker.start()
        time.sleep(0.02)  # they have been sent
        found.append(_ms_of(port, path, ""))
        for asker in askers:
            asker.join()
    if None in found:
        return None, None
    found = sorted(found[1:])
    return found[len(found) // 2], found[int(len(found) * 0.95)]


def _ms_of(port, path, cookie):
    """Ask for a page; return how many ms its answer took, or None where that is not 200."""
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return (time.perf_counter() - began) * 1000 if answer.status == 200 else None
