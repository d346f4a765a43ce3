"""A server that answers everything with what a test says: for answers that even the simulator never gives."""

import contextlib
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any

from tests.support.serving import PATIENCE_S


class _Server(ThreadingHTTPServer):
    """Knows who has connected from the moment they are accepted, which is in the order in which they came."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self._callers: list[Any] = []
        self._one_came = Condition()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._one_came:
            self._callers.append(client_address)
            self._one_came.notify_all()
        super().process_request(request, client_address)

    def callers(self) -> int:
        """Return how many have connected, those who hung up before they were accepted among them."""
        # Those who came before this one have been accepted when it has.
        with socket.create_connection(("127.0.0.1", self.server_port)) as last, self._one_came:
            address = last.getsockname()
            assert self._one_came.wait_for(lambda: address in self._callers, PATIENCE_S), "nobody is accepted"
            self._callers.remove(address)
            return len(self._callers)


class WrongStrava:
    """What is answered, and how to stop answering."""

    def __init__(self) -> None:
        self._answer: tuple[int, bytes] = (200, b"{}")
        self._go_on, self._called = Event(), Event()
        self._go_on.set()
        wrong = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name is the library's
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                wrong._called.set()
                wrong._go_on.wait(10)
                status, body = wrong._answer
                with contextlib.suppress(ConnectionError):  # who waited has gone
                    self.send_response(status)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            do_GET = do_POST

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = _Server(Handler)
        self._open = True
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def calls(self) -> int:
        """How often somebody has asked, each on a connection of its own; also who did not wait for the answer."""
        return self._server.callers()

    def answer(self, status: int, body: Any) -> None:
        self._answer = (status, body if isinstance(body, bytes) else json.dumps(body).encode())

    def hang(self) -> None:
        """Take requests and answer none, until closed."""
        self._go_on.clear()

    def wait_for_call(self) -> None:
        """Wait until somebody has asked."""
        assert self._called.wait(20), "nobody asks"

    def close(self) -> None:
        """Refuse connections from here on."""
        self._go_on.set()
        if self._open:
            self._open = False
            self._server.shutdown()
            self._server.server_close()


@contextmanager
def wrong_strava() -> Iterator[WrongStrava]:
    server = WrongStrava()
    try:
        yield server
    finally:
        server.close()
