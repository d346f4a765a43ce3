"""The links by which a reader stops a kind of mail, signed in or not. Nothing of them is stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from itsdangerous import BadData, URLSafeSerializer

from webapp.models.words import FactKind

SALT = "unsubscribe"


@dataclass(frozen=True, slots=True)
class MailKind:
    """A kind of mail to a runner. `since`: when their account began, since a database may use an id again."""

    runner_id: int
    since: int
    kind: FactKind

    @classmethod
    def to(cls, runner_id: int, created_at: datetime, kind: FactKind) -> Self:
        return cls(runner_id, int(created_at.timestamp()), kind)

    def token(self, key: str) -> str:
        """Return what the link holds: only `key` can make it."""
        return str(URLSafeSerializer(key, SALT).dumps([self.runner_id, self.since, self.kind]))


def mail_kind_of(token: str, key: str) -> MailKind | None:
    """Return which mails a link is about; None for one that we did not make."""
    try:
        runner_id, since, kind = URLSafeSerializer(key, SALT).loads(token)
        return MailKind(runner_id, since, FactKind(kind))
    except (BadData, ValueError):
        return None
