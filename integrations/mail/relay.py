"""Handing mails to a relay by SMTP, several over one connection."""

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

from integrations.mail.errors import Deferred, MailboxRefused, MailError, MailRefused, RelayAway, Unanswered
from integrations.mail.messages import Mail, Sender, encoded

TIMEOUT = 20.0
PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
# Enhanced codes (RFC 3463) that blame the mail, our way of sending or a rule: not the address.
NOT_THE_ADDRESS = re.compile(rb"5\.[567]\.")
NOT_A_RELAY = "must be an address such as smtp://user:password@host:587, or smtps://..."
CLOSES, FIRST_PERMANENT, BEGIN_DATA = 421, 500, 354


@dataclass(frozen=True, slots=True)
class Relay:
    """Where mails are handed over. `by_tls`: encrypted from the first byte, otherwise once the relay offers it."""

    host: str
    port: int
    by_tls: bool = False
    user: str = ""
    password: str = ""

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read `smtp://user:password@host:587` or `smtps://...`. Raises ValueError, which quotes nothing of it."""
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS[parts.scheme]
        except (ValueError, KeyError):
            raise ValueError(NOT_A_RELAY) from None
        if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(NOT_A_RELAY)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port, parts.scheme == "smtps", user, password)

    @property
    def is_near(self) -> bool:
        """Return whether it runs on this machine, so that nobody can listen on the way."""
        return self.host in LOOPBACK


class RelayOutbox:
    """Sends mails through a relay over one connection, which is made for the first one.

    Each step waits `timeout` seconds at most. `tls`: how certificates are checked, by default as the system does.
    """

    def __init__(
        self, relay: Relay, sender: Sender, *, timeout: float = TIMEOUT, tls: ssl.SSLContext | None = None
    ) -> None:
        self.relay = relay
        self._sender, self._timeout, self._tls = sender, timeout, tls
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Say goodbye to the relay and close the connection, if there is one."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._drop()

    def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises a MailError, each of which says what became of the mail."""
        data = encoded(mail, self._sender)
        is_reused = self._smtp is not None
        try:
            smtp = self._begin(mail.to, data)
        except RelayAway as away:
            # Relays close connections that rest for a while, or that carried many mails.
            if not is_reused or away.reason != "closed":
                raise
            smtp = self._begin(mail.to, data)
        self._read_answer(smtp)

    def _begin(self, to: str, data: bytes) -> smtplib.SMTP:
        """Send a mail up to the point from which the relay may have accepted it."""
        try:
            smtp = self._smtp or self._connect()
            self._address(smtp, to)
            self._begin_data(smtp, data)
        except MailError as refused:
            self._begin_again(refused)
            raise
        # A UnicodeError: the name of the host cannot be looked up at all.
        except (OSError, UnicodeError, smtplib.SMTPException) as error:
            self._drop()
            raise _away(error) from None
        return smtp

    def _connect(self) -> smtplib.SMTP:
        host, port, timeout = self.relay.host, self.relay.port, self._timeout
        # Named by our own domain: the machine's name would be looked up, which can take seconds.
        name = self._sender.domain
        if self.relay.by_tls:
            context = self._tls or ssl.create_default_context()
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(host, port, name, timeout=timeout, context=context)
        else:
            smtp = smtplib.SMTP(host, port, name, timeout=timeout)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        self._secure(smtp)
        return smtp

    def _secure(self, smtp: smtplib.SMTP) -> None:
        """Encrypt where the relay can, and sign in. A password leaves this machine encrypted or not at all."""
        if not self.relay.by_tls and not self.relay.is_near:
            if smtp.has_extn("starttls"):
                smtp.starttls(context=self._tls or ssl.create_default_context())
                smtp.ehlo()
            elif self.relay.password:
                raise RelayAway("not_encrypted")
        if self.relay.user:
            try:
                smtp.login(self.relay.user, self.relay.password)
            # smtplib sends ASCII alone, and its error quotes a part of the password.
            except (smtplib.SMTPNotSupportedError, UnicodeError):
                raise RelayAway("login_refused") from None
            except smtplib.SMTPAuthenticationError as error:
                raise RelayAway("login_refused", error.smtp_code) from None

    def _address(self, smtp: smtplib.SMTP, to: str) -> None:
        code, _ = smtp.mail(self._sender.address)
        if code == CLOSES:
            raise RelayAway("closed", code)
        if code >= FIRST_PERMANENT:
            raise RelayAway("relay_refuses", code)
        if code != 250:
            raise Deferred("deferred", code)
        code, said = smtp.rcpt(to)
        if code not in (250, 251):
            raise _refusal(code, said)

    def _begin_data(self, smtp: smtplib.SMTP, data: bytes) -> None:
        code, said = smtp.docmd("DATA")
        if code != BEGIN_DATA:
            raise _refusal(code, said)
        # Without the dot in the end nothing is accepted, so a connection that breaks here loses nothing.
        smtp.send(re.sub(rb"(?m)^\.", b"..", data.removesuffix(b"\r\n")) + b"\r\n.\r\n")

    def _read_answer(self, smtp: smtplib.SMTP) -> None:
        try:
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException):
            self._drop()
            raise Unanswered("unanswered") from None
        if code != 250:
            refused = _refusal(code, said)
            self._begin_again(refused)
            raise refused

    def _begin_again(self, refused: MailError) -> None:
        """Make the connection ready for the next mail, or give it up."""
        if self._smtp is None:
            return
        is_usable = not isinstance(refused, RelayAway) and refused.code != CLOSES
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if is_usable and self._smtp.rset()[0] == 250:
                return
        self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None


def _refusal(code: int, said: bytes) -> MailError:
    """Return what an answer to the address or to the mail means."""
    if code < FIRST_PERMANENT:
        return Deferred("deferred", code)
    if NOT_THE_ADDRESS.match(said):
        return MailRefused("mail_refused", code)
    return MailboxRefused("address_refused", code)


def _away(error: Exception) -> RelayAway:
    # smtplib reports a relay that does not answer as one that closed the connection.
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return RelayAway("timed_out")
    if isinstance(error, ssl.SSLError):
        return RelayAway("not_encrypted")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return RelayAway("closed")
    if isinstance(error, smtplib.SMTPResponseException):
        return RelayAway("relay_refuses", error.smtp_code)
    return RelayAway("unreachable")
