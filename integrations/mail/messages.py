"""A mail, and its form on the wire. Nothing in it can add a header, whatever it was made from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

# All of ASCII that needs no quotes. Other addresses exist, and hardly a relay takes them.
LOCAL_PART = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
DOMAIN = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
ADDRESS = re.compile(rf"(?=.{{6,254}}$)(?=.{{1,64}}@){LOCAL_PART}@{DOMAIN}", re.ASCII)
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
MAX_SUBJECT = 200
# A header that cannot be folded at a blank, such as a long address of a page, would be encoded.
UNFOLDED = SMTP.clone(max_line_length=900)


@dataclass(frozen=True, slots=True)
class Sender:
    """The address that a mail is from, and a name that may be empty."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one address.

    `key`: letters and digits, the same each time this mail is sent, from which its Message-ID is made. `unsubscribe`:
    the https address that a mail program posts to, so that the reader gets no more of these mails (RFC 8058).
    """

    key: str
    to: str
    subject: str
    text: str
    html: str
    sent_at: datetime
    unsubscribe: str | None = None


def is_address(text: str) -> bool:
    """Return whether mail can be sent to this text: `name@host.domain`, without quotes, blanks or a display name."""
    return bool(ADDRESS.fullmatch(text))


def encoded(mail: Mail, sender: Sender) -> bytes:
    """Return the mail as it is sent: plain text and HTML, in lines of ASCII. Raises ValueError for no address."""
    if not is_address(mail.to):
        raise ValueError("the mail has no address to go to")
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(one_line(sender.name), addr_spec=sender.address)
    message["To"] = Address(addr_spec=mail.to)
    for name, value in _headers(mail, sender).items():
        message[name] = value
    message.set_content(_printable(mail.text), cte="quoted-printable")
    message.add_alternative(_printable(mail.html), subtype="html", cte="quoted-printable")
    return message.as_bytes(policy=UNFOLDED)


def _headers(mail: Mail, sender: Sender) -> Mapping[str, str]:
    headers = {
        "Subject": one_line(mail.subject)[:MAX_SUBJECT],
        "Date": format_datetime(mail.sent_at),
        "Message-ID": f"<{mail.key}@{sender.domain}>",
        # Machines that answer mails for people leave such ones alone.
        "Auto-Submitted": "auto-generated",
    }
    if mail.unsubscribe:
        headers |= {
            "List-Unsubscribe": f"<{mail.unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return headers


def one_line(text: str) -> str:
    """Return the text as one line: whatever breaks lines becomes a blank."""
    return _printable(" ".join(text.split()))


def _printable(text: str) -> str:
    return UNPRINTABLE.sub("", text)
