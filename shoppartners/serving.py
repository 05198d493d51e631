"""The web server's worker: gunicorn's gthread, which slow clients cannot hold up.

A thread of gthread waits for the rest of a request from its first byte on, so that as many slow clients as there are
threads stop everybody. Here the loop, which waits for all at once, takes requests in as they come, and a thread gets
one that is there whole. What a thread writes fits into the kernel's buffer, so that nobody waits for who does not read,
and the loop does not wait for who does not close.
"""

import re
import socket
import time
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

PATIENCE = 20  # seconds for a whole request to arrive, and for an answer that no buffer holds to be read
MOST_OF_A_HEAD = 32 * 1024  # bytes before the body: with each piece that comes, all of them are read again
MOST_WAITED_FOR = 1_200_000  # bytes, more than DATA_UPLOAD_MAX_MEMORY_SIZE: what is longer is refused
ANSWER = 256 * 1024  # bytes of an answer that the kernel keeps for its reader; every page is smaller
LINGER = 2  # seconds for a client to close, too
CHUNKED = re.compile(rb"(?im)^transfer-encoding:")
LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d+)[ \t]*\r?$")


def is_whole(arrived):
    """Whether these bytes are a request with all of its body."""
    end = arrived.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(arrived[: end + 2])
    if CHUNKED.search(head):
        return arrived.endswith(b"0\r\n\r\n", end + 4)
    length = LENGTH.search(head)
    return length is None or len(arrived) >= end + 4 + int(length[1][:18])


def refusal_of(arrived):
    """What refuses these bytes of a request that is not whole: (status, words), or None."""
    if len(arrived) > MOST_OF_A_HEAD and arrived.find(b"\r\n\r\n", 0, MOST_OF_A_HEAD) < 0:
        return 431, "Request Header Fields Too Large"
    return (413, "Content Too Large") if len(arrived) > MOST_WAITED_FOR else None


class PatientWorker(ThreadWorker):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.arriving = []  # connections whose request is not there yet
        self.leaving = []  # (until when, socket): all is said, but the client has not closed

    def enqueue_req(self, conn):
        """gthread calls this where a request begins, and would give it to a thread."""
        if not conn.initialized:
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ANSWER)
            conn.close = partial(self.close, conn)
            conn.init()
        conn.sock.setblocking(False)
        conn.arrived = bytearray(conn.parser.unreader.take_buffered())
        conn.timeout = time.monotonic() + PATIENCE
        self.arriving.append(conn)
        self.poller.register(conn.sock, EVENT_READ, partial(self.take_in, conn))
        self.take_in(conn)

    def take_in(self, conn, _sock=None):
        try:
            data = b"" if is_whole(conn.arrived) else conn.sock.recv(64 * 1024)
        except BlockingIOError:
            return
        except OSError:
            self.give_up(conn)
            return
        conn.arrived += data
        if is_whole(conn.arrived):  # who has not read the answers before this one waits, too
            self.poller.modify(conn.sock, EVENT_WRITE, partial(self.hand_over, conn))
        elif refusal := refusal_of(conn.arrived):
            with suppress(OSError):
                util.write_error(conn.sock, *refusal, "")
            self.give_up(conn, graceful=True)
        elif not data:
            self.give_up(conn)

    def hand_over(self, conn, _sock):
        self.forget(conn)
        conn.parser.unreader.unread(bytes(conn.arrived))
        super().enqueue_req(conn)

    def forget(self, conn):
        self.arriving.remove(conn)
        self.poller.unregister(conn.sock)

    def give_up(self, conn, *, graceful=False):
        self.forget(conn)
        self.nr_conns -= 1
        conn.close(graceful)

    def handle_request(self, req, conn):
        conn.sock.settimeout(PATIENCE)
        try:
            return super().handle_request(req, conn)
        except TimeoutError:
            self.log.info("A client did not read its answer.")
            return False

    def close(self, conn, graceful=False):
        """As TConn.close, without the wait for the client to close first."""
        if not graceful:
            util.close(conn.sock)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
        except OSError:
            util.close(conn.sock)
        else:
            self.leaving.append((time.monotonic() + LINGER, conn.sock))

    def murder_pending(self):
        """gthread calls this at least once a second to close what has waited too long."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [each for each in self.arriving if each.timeout < now or not (self.alive or each.arrived)]:
            self.give_up(conn)
        self.leaving = [(until, sock) for until, sock in self.leaving if not self.has_left(sock, until < now)]

    @staticmethod
    def has_left(sock, is_late):
        """Throw away what the client still says, so that closing does not cut off the end of its answer."""
        try:
            left = is_late or not sock.recv(64 * 1024)
        except BlockingIOError:
            return False
        except OSError:
            left = True
        if left:
            util.close(sock)
        return left
