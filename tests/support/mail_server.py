"""A real SMTP server on loopback, which keeps what it takes and misbehaves at the step that a test names."""

import asyncio
import datetime
import ipaddress
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integrations.mail.messages import Mail, Sender
from tests.support.servers import free_port

OK = "250 OK"
# Instead of an answer: none, or the end of the connection.
HANGS, CLOSES = "hangs", "closes"
NEVER_S = 3600
# A mail to hand over.
SENDER = Sender("runs@run.example.org", "Chasepack")
MAIL = Mail(
    key="a1b2c3", to="ada@example.org", subject="Ada, 3 days left", text="Hello\n.\nBye", html="<p>Hello — ü</p>",
    sent_at=datetime.datetime(2026, 11, 12, 12, 7, tzinfo=datetime.UTC),
    unsubscribe="https://run.example.org/unsubscribe/" + "x" * 150,
)  # fmt: skip


@dataclass
class Received:
    """A mail that the server took."""

    to: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        found = message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class MailServer:
    """Use it in a `with`. `says`: what it answers at a step (greeting, mail, rcpt, data), or for a whole address.

    `only_once`: it says so once. `greets_after`: seconds before it greets. `connections`: how many have been made.
    """

    says: dict[str, str] = field(default_factory=dict)
    only_once: bool = False
    greets_after: float = 0.0
    host: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    by_tls: bool = False
    password: str = ""
    mails: list[Received] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> Self:
        server = self
        options: dict[str, Any] = {"auth_require_tls": False, "authenticator": self._signs_in}
        if not self.by_tls:
            options["tls_context"] = self.tls

        class Greeter(SMTP):
            async def _handle_client(self) -> None:
                server.connections += 1
                await asyncio.sleep(server.greets_after)
                if await server._at("greeting", self) == OK:
                    await super()._handle_client()

        class Listener(Controller):
            def factory(self) -> SMTP:
                return Greeter(server, **self.SMTP_kwargs)

        self.port = free_port()
        usual, self.greets_after, said, self.says = self.greets_after, 0.0, self.says, {}
        context = self.tls if self.by_tls else None
        self._listener = Listener(self, self.host, self.port, ssl_context=context, server_hostname="relay", **options)
        self._listener.start()
        self.greets_after, self.says, self.connections = usual, said, 0
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.stop()

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    async def _at(self, step: str, server: SMTP) -> str:
        """Do at a step what was asked for; return what to answer."""
        said = self.says.pop(step, OK) if self.only_once else self.says.get(step, OK)
        if said == HANGS:
            await asyncio.sleep(NEVER_S)
        if said == CLOSES:
            _close(server)
        elif step == "greeting" and said != OK:
            await server.push(said)
            _close(server)
        return said

    def _signs_in(self, _server: SMTP, _session: object, _envelope: object, _kind: str, sent: Any) -> AuthResult:
        return AuthResult(success=sent.password == self.password.encode(), handled=False)

    async def handle_MAIL(  # aiosmtpd names its hooks so
        self, server: SMTP, _session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._at("mail", server)

    async def handle_RCPT(  # as above
        self, server: SMTP, _session: object, envelope: Any, address: str, options: list[str]
    ) -> str:
        said = await self._at("rcpt", server)
        said = self.says.get(address, said)
        if said == OK:
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, _session: object, envelope: Any) -> str:  # as above
        said = await self._at("data", server)
        if said == OK:
            self.mails.append(Received(list(envelope.rcpt_tos), envelope.content))
        return said


def _close(server: SMTP) -> None:
    assert server.transport
    server.transport.close()


def certificate(folder: Path, host: str) -> Path:
    """Write a key and a certificate for an address of this machine; return their file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay")])
    begin = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=36_500))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "relay.pem"
    path.write_bytes(pem + made.public_bytes(serialization.Encoding.PEM))
    return path
