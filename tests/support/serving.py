"""A WSGI application served over HTTP, in threads of the test process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler, make_server


class _Handler(WSGIRequestHandler):
    # A connection on which nothing comes, as browsers open some in advance, holds up no end.
    timeout = 10


@contextmanager
def served(app: Any, port: int = 0, *, to_the_end: bool = False) -> Iterator[str]:
    """Serve an application on the loopback, on a free port or on this one, and give its address.

    With `to_the_end` every request has its answer before it is over: one that still writes would get in the way of
    whoever empties the tables next.
    """
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Handler)
    assert isinstance(server, ThreadedWSGIServer)
    server.daemon_threads = not to_the_end
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
