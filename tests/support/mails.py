"""Mails as a reader gets them: those that the application wrote to files, and what stands in them."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from integrations.mail.folder import keep_latest, written
from tests.support.builders import NOON
from webapp.db import db
from webapp.extensions import settings
from webapp.models.accounts import Runner
from webapp.models.mail import MailAddress


def make_address(runner: Runner, address: str = "ana@example.org") -> MailAddress:
    """Store a confirmed address."""
    stored = MailAddress(runner_id=runner.id, address=address, set_at=NOON, confirmed_at=NOON)
    db.session.add(stored)
    db.session.commit()
    return stored


def take_mails() -> list[EmailMessage]:
    """Return the mails that were written to files since they were last taken, the oldest first."""
    found = mails_in(settings().mail_folder)
    keep_latest(settings().mail_folder, 0)
    return found


def mails_in(folder: Path) -> list[EmailMessage]:
    """Return the mails in a folder, the oldest first."""
    return [_read(path.read_bytes()) for path in reversed(written(folder))]


def plain(mail: EmailMessage) -> str:
    return _part(mail, 0)


def html(mail: EmailMessage) -> str:
    return _part(mail, 1)


def path_in(mail: EmailMessage, pattern: str) -> str:
    """Return the path of the one link to this site in the plain part that fits a pattern. Fails for none, or two."""
    (found,) = set(re.findall(rf"{re.escape(settings().address)}({pattern})", plain(mail)))
    return str(found)


def link_in(mail: EmailMessage, label: str) -> str:
    """Return the link that stands under a label in the plain part. Fails for none, or two."""
    (found,) = re.findall(rf"^{re.escape(label)}:\n(\S+)$", plain(mail), re.MULTILINE)
    return str(found)


def _part(mail: EmailMessage, number: int) -> str:
    part = list(mail.iter_parts())[number]
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def _read(data: bytes) -> EmailMessage:
    mail = message_from_bytes(data, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail
