"""Mails as files: what an installation without a relay would have sent, for its operator to look at."""

import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

from integrations.mail.errors import RelayAway
from integrations.mail.messages import Mail, Sender, encoded

SUFFIX = ".eml"


@dataclass(frozen=True, slots=True)
class FolderOutbox:
    """Writes each mail to a file in `folder` that only its owner can read. A mail sent twice is one file."""

    folder: Path
    sender: Sender

    def send(self, mail: Mail) -> None:
        """Write a mail. Raises RelayAway for a folder that takes none, so that it is tried again later."""
        data = encoded(mail, self.sender)
        try:
            self._write(mail.key, data)
        except OSError:
            raise RelayAway("not_written") from None

    def _write(self, key: str, data: bytes) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.folder / f"{key}.{os.getpid()}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
        fresh.replace(self.folder / f"{key}{SUFFIX}")


def written(folder: Path) -> list[Path]:
    """Return the mails in a folder, which may not exist, the latest first."""
    return sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def keep_latest(folder: Path, count: int) -> int:
    """Remove all mails but the latest ones; return how many were removed."""
    rest = written(folder)[count:]
    for path in rest:
        path.unlink(missing_ok=True)
    return len(rest)


@dataclass(frozen=True, slots=True)
class WrittenMail:
    """A mail in a folder as its operator reads it: when it was written, the subject and the plain text."""

    at: datetime
    subject: str
    text: str


def latest_mails(folder: Path, count: int) -> list[WrittenMail]:
    """Read the latest mails of a folder. One that is removed meanwhile is left out."""
    found = []
    for path in written(folder)[:count]:
        with contextlib.suppress(FileNotFoundError):
            mail = message_from_bytes(path.read_bytes(), policy=default)
            text = mail.get_body(("plain",))
            at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            found.append(WrittenMail(at, str(mail["Subject"]), str(text.get_content()) if text else ""))
    return found
