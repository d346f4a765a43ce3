"""A push service on the loopback, and browsers that can read what it was sent."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import jwt
from werkzeug.wrappers import Request, Response

from integrations.push.keys import encoded
from integrations.push.subscriptions import BrowserSubscription
from tests.support.serving import serving


@dataclass
class PushBrowser:
    """A browser that is subscribed: only it opens what is sent to its address."""

    address: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def subscription(self) -> BrowserSubscription:
        public = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return BrowserSubscription(self.address, encoded(public), encoded(self.secret))

    def read(self, body: bytes) -> dict[str, str]:
        plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        opened: dict[str, str] = json.loads(plain)
        return opened


@dataclass
class Taken:
    """A push as it arrived: its path, headers and body, and the claims that the sender has signed."""

    path: str
    headers: dict[str, str]
    body: bytes
    claims: dict[str, Any]
    signed_by: str


class PushService:
    """Checks the signature of each push and keeps it. `answers` says what it answers at a path, in place of 201."""

    def __init__(self) -> None:
        self.base, self.taken = "", list[Taken]()
        self.answers: dict[str, Response] = {}

    @property
    def place(self) -> tuple[str, int]:
        """Return host and port, as a setting names them."""
        parts = urlsplit(self.base)
        return parts.hostname or "", parts.port or 0

    def browser(self, path: str = "/send/1") -> PushBrowser:
        return PushBrowser(self.base + path)

    def application(self, request: Request) -> Response:
        schema, _, rest = request.headers["Authorization"].partition(" ")
        parts = dict(part.split("=", 1) for part in rest.split(","))
        assert schema == "vapid"
        claims = jwt.decode(parts["t"], parts["k"])  # raises unless the signature is right
        self.taken.append(Taken(request.path, dict(request.headers), request.get_data(), claims, parts["k"]))
        return self.answers.get(request.path, Response(status=201, headers={"Location": "/message/1"}))


@contextmanager
def push_service() -> Iterator[PushService]:
    """Run a push service."""
    service = PushService()
    with serving(Request.application(service.application)) as server:
        service.base = f"http://127.0.0.1:{server.server_port}"
        yield service
