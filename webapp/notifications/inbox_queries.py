"""Reading a runner's inbox: one page of it, and how much of it is unread."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from webapp.db import db, reading
from webapp.models.facts import Fact
from webapp.models.notifications import Notification
from webapp.notifications.kind_rules import KINDS, KindSection
from webapp.notifications.message_queries import messages_of
from webapp.notifications.message_rules import Message
from webapp.paging import Page, counting

PER_PAGE = 20
# Beyond that the bell says "99+".
MAX_COUNTED = 99


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A notification in the inbox, in words."""

    message: Message
    created_at: datetime
    is_read: bool

    @property
    def section(self) -> KindSection:
        return KINDS[self.message.kind].section


def unread_count(runner_id: int) -> int:
    """Return how many notifications a runner has not read, counted to one beyond `MAX_COUNTED`."""
    values = {"runner": runner_id, "up_to": MAX_COUNTED + 1}
    return reading().execute(_UNREAD_COUNT, values).scalar() or 0


def inbox_page(runner_id: int, page: Page, now: datetime) -> list[InboxRow]:
    """Return one page of a runner's inbox, the latest first. What may not be told any more is left out."""
    rows = db.session.execute(_PAGE, {"runner": runner_id, "size": page.size, "offset": page.offset}).all()
    messages = messages_of([row.id for row in rows], now)
    return [InboxRow(messages[row.id], row.created_at, row.read_at is not None) for row in rows if row.id in messages]


def newest_id(runner_id: int) -> int:
    """Return the number of a runner's latest notification, also of one that may not be told any more; 0 for none."""
    return db.session.scalar(select(func.max(Notification.id)).where(Notification.runner_id == runner_id)) or 0


def own_message(runner_id: int, notification_id: int, now: datetime) -> Message | None:
    """Return one of a runner's own notifications in words, None where it may not be told any more."""
    mine = select(Notification.id).where(Notification.id == notification_id, Notification.runner_id == runner_id)
    found = db.session.scalar(mine)
    return messages_of([found], now).get(found) if found is not None else None


# Built once, as every page makes one of them.
_MINE = (
    select(Notification.id, Notification.created_at, Notification.read_at)
    .join(Fact, Fact.id == Notification.fact_id)
    .where(Notification.runner_id == bindparam("runner"), Fact.withdrawn_since.is_(None))
)
_UNREAD_COUNT = counting(_MINE.where(Notification.read_at.is_(None)))
_PAGE = _MINE.order_by(Notification.id.desc()).limit(bindparam("size")).offset(bindparam("offset"))
# How many there are, for the pages of the inbox. Values: runner, up_to.
INBOX_COUNT = counting(_MINE)
