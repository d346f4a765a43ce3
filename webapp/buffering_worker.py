"""Gunicorn's threaded worker, but a request gets a thread only once all of it has arrived.

Gunicorn reads a request in the thread that answers it and waits for the rest without a limit (gunicorn 27.0.1,
`workers/gthread.py`): a few clients that send slowly hold every thread. Here the event loop collects the bytes.
"""

import re
import selectors
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from socket import SHUT_RD
from typing import Any

from gunicorn.http import RequestParser
from gunicorn.workers.gthread import ThreadWorker

# The maximum that is kept of a request. The application refuses bodies of half this size.
MAX_KEPT_BYTES = 512 * 1024
# A form with a picture may be longer, but only a few of them at a time (`request_guards.accepts_pictures`).
PICTURE_FORM = re.compile(rb"POST /g/[^/ ]+/profile[? ]")
MAX_PICTURE_FORM_BYTES = 6 * 1024 * 1024
MAX_PICTURE_FORMS = 8
CHUNK_BYTES = 64 * 1024
HEAD_END = b"\r\n\r\n"
CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]+")


class _Unfinished(Exception):
    """More of the request is still to come."""


@dataclass
class _Awaited:
    """A request that is not complete yet. Parsing it takes time, so it is parsed only when it may be complete."""

    # Until when the request is awaited.
    until: float
    # The request has at least this many bytes.
    needed: int = 0
    # Where the first incomplete chunk begins; None until it is known that the body is chunked.
    chunk_at: int | None = None
    # How many bytes of it are still to come at least, and what came since it was last looked at.
    missing: int = 0
    came: list[bytes] = field(default_factory=list)
    has_picture: bool = False

    def may_be_whole(self, kept: bytes) -> bool:
        if self.chunk_at is None:
            return len(kept) >= self.needed
        self.chunk_at, found = next_chunk(kept, self.chunk_at)
        return found


class BufferingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Collects requests before they get a thread; closes a connection whose request is not whole in time."""

    # Seconds that a request may take to arrive, from its connection on.
    max_request_s = 20.0
    # Seconds that a picture may take beyond that.
    max_picture_s = 40.0

    def init_process(self) -> None:
        """Begin with no request under way."""
        # Connections on which a request is awaited.
        self._awaited: dict[Any, _Awaited] = {}
        super().init_process()

    def enqueue_req(self, conn: Any) -> None:
        """Wait for a request on this connection. Gunicorn calls it in its event loop, as all that follows here."""
        conn.init()
        conn.sock.setblocking(False)
        self._awaited[conn] = _Awaited(time.monotonic() + self.max_request_s)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._collect, conn))
        if conn.parser.unreader.buf.getvalue():
            self._answer_if_whole(conn)
        else:
            self._collect(conn)

    def murder_pending(self) -> None:
        """Close connections that have waited too long; while shutting down, also those on which nothing has arrived."""
        now = time.monotonic()
        for conn, awaited in list(self._awaited.items()):
            if awaited.until <= now or not (self.alive or conn.parser.unreader.buf.getvalue()):
                self._close(conn)

    def _collect(self, conn: Any, _sock: Any = None) -> None:
        try:
            chunk = conn.sock.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._close(conn)
            return
        awaited = self._awaited[conn]
        awaited.came.append(chunk)
        awaited.missing -= len(chunk)
        # Joining what came takes time, so it waits for the rest, unless there will be none.
        if chunk and awaited.missing > 0:
            return
        conn.parser.unreader.unread(conn.parser.unreader.take_buffered() + b"".join(awaited.came))
        awaited.came.clear()
        if chunk:
            self._answer_if_whole(conn)
        elif conn.parser.unreader.buf.getvalue():
            self._answer(conn)  # The client has sent everything, so there is no more to wait for.
        else:
            self._close(conn)

    def _answer_if_whole(self, conn: Any) -> None:
        kept, awaited = conn.parser.unreader.buf.getvalue(), self._awaited[conn]
        limit = self._limit(awaited, kept)
        if len(kept) <= limit and not awaited.may_be_whole(kept):
            return
        declared = _declared_length(kept, self.cfg, conn.client)
        if declared == 0:
            self._answer(conn)
        elif max(len(kept), declared or 0) > limit or awaited.chunk_at is not None:
            # Too long, or its chunks end where gunicorn sees no end. The thread finds the end of the connection there,
            # instead of waiting for more.
            conn.sock.shutdown(SHUT_RD)
            self._answer(conn)
        elif HEAD_END in kept:
            body_at = kept.index(HEAD_END) + len(HEAD_END)
            awaited.needed, awaited.chunk_at = body_at + (declared or 0), body_at if declared is None else None
            awaited.missing = awaited.needed - len(kept)

    def _limit(self, awaited: _Awaited, kept: bytes) -> int:
        """Return how many bytes are kept of this request at most, and give one with a picture more time."""
        if not awaited.has_picture and PICTURE_FORM.match(kept):
            if sum(one.has_picture for one in self._awaited.values()) >= MAX_PICTURE_FORMS:
                return MAX_KEPT_BYTES
            awaited.has_picture = True
            awaited.until += self.max_picture_s
        return MAX_PICTURE_FORM_BYTES if awaited.has_picture else MAX_KEPT_BYTES

    def _answer(self, conn: Any) -> None:
        self._stop_waiting_for(conn)
        super().enqueue_req(conn)

    def _close(self, conn: Any) -> None:
        self._stop_waiting_for(conn)
        self.nr_conns -= 1
        conn.close()

    def _stop_waiting_for(self, conn: Any) -> None:
        del self._awaited[conn]
        self.poller.unregister(conn.sock)


def next_chunk(kept: bytes, at: int) -> tuple[int, bool]:
    """Go over the chunks of a body that are whole, from `at` on, where one begins.

    Return where the first incomplete one begins, and whether there is no more to wait for: the last chunk and its
    trailers have arrived, or the bytes are no chunk.
    """
    while (end := kept.find(b"\r\n", at)) >= 0:
        size = kept[at:end].partition(b";")[0].strip()
        if not CHUNK_SIZE.fullmatch(size):
            return at, True
        if not int(size, 16):
            return at, kept.find(HEAD_END, end) >= 0
        after = end + int(size, 16) + 2 * len(b"\r\n")
        if after > len(kept):
            return at, False
        at = after
    return at, False


def _declared_length(kept: bytes, config: Any, peer: Any) -> int | None:
    """Return how long the body is by its Content-Length while part of it is missing; None without such a header.

    0: gunicorn's own parser needs no more than these bytes to read the request, or to refuse it.
    """
    if HEAD_END not in kept:
        return None
    length = None
    try:
        request = next(RequestParser(config, _only(kept), peer))
        length = getattr(request.body.reader, "length", None)
        request.body.read()
    except _Unfinished:
        return length
    except Exception:
        return 0  # The thread's parser finds the same error, and answers it.
    return 0


def _only(kept: bytes) -> Iterator[bytes]:
    yield kept
    raise _Unfinished
