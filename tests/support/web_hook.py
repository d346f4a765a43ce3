"""A chat service on loopback: it keeps what it is sent, and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import requests

from integrations.outbound.session import OutboundSession


@dataclass
class WebHook:
    """What the service got, and what it answers: a status, or 0 to give no answer until the test ends."""

    port: int = 0
    status: int = 200
    location: str = ""
    got: list[tuple[str, Any]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def host_port(self) -> tuple[str, int]:
        return ("127.0.0.1", self.port)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def texts(self) -> list[str]:
        """Return the messages of a service that gets them as `text`, as Mattermost does."""
        return [said["text"] for _, said in self.got]


@contextmanager
def web_hook() -> Iterator[WebHook]:
    """Run such a service."""
    hook = WebHook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            hook.got.append((self.path, json.loads(body)))
            if not hook.status:
                hook.ended.wait(30)
                return
            self.send_response(hook.status)
            if hook.location:
                self.send_header("Location", hook.location)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield hook
    finally:
        hook.ended.set()
        server.shutdown()
        server.server_close()


class AsIfThere(OutboundSession):
    """Calls the service on loopback in place of the host in an address, with the same path."""

    def __init__(self, hook: WebHook, **limits: Any) -> None:
        super().__init__([hook.host_port], **limits)
        self.asked: list[str] = []
        self._hook = hook

    def post(self, url: str | bytes, *args: Any, **options: Any) -> requests.Response:
        parts = urlsplit(str(url))
        self.asked.append(f"{parts.scheme}://{parts.netloc}")
        return super().post(
            parts._replace(scheme="http", netloc=f"127.0.0.1:{self._hook.port}").geturl(), *args, **options
        )
