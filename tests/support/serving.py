"""A WSGI application served over HTTP, in threads of the test process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Thread
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

# How long a test waits for what another thread does before it calls it a failure.
PATIENCE_S = 20.0


class _Handler(WSGIRequestHandler):
    # A connection on which nothing comes, as browsers open some in advance, holds up no end.
    timeout = 10


class Server(ThreadedWSGIServer):
    """Knows of every request from the moment it is accepted, which is in the order in which they were sent."""

    def __init__(self, app: Any, port: int, *, to_the_end: bool) -> None:
        super().__init__("127.0.0.1", port, app, _Handler)
        self.daemon_threads = not to_the_end
        self._open, self._one_ends = 0, Condition()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._one_ends:
            self._open += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._one_ends:
                self._open -= 1
                self._one_ends.notify_all()

    def wait_until_done(self) -> None:
        """Wait until everything that came is over, also what nobody waits for any more."""
        with self._one_ends:
            assert self._one_ends.wait_for(lambda: not self._open, PATIENCE_S), "a request does not end"


@contextmanager
def serving(app: Any, port: int = 0, *, to_the_end: bool = False) -> Iterator[Server]:
    """Serve an application on the loopback, on a free port or on this one.

    With `to_the_end` every request has its answer before it is over: one that still writes would get in the way of
    whoever empties the tables next.
    """
    server = Server(app, port, to_the_end=to_the_end)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def served(app: Any, port: int = 0, *, to_the_end: bool = False) -> Iterator[str]:
    """Serve an application as `serving` does, and give its address."""
    with serving(app, port, to_the_end=to_the_end) as server:
        yield f"http://127.0.0.1:{server.server_port}"
