"""Reading announcements: of a group for its members, and of all groups of a runner."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, or_, select

from webapp.announcements.rules import HOME_NEWS_FOR, NEWS_FOR, ON_GROUP_PAGE, ON_HOME, has_ended
from webapp.db import db, reading
from webapp.groups.queries import visible_name
from webapp.models.announcements import Announcement
from webapp.models.groups import Consent, Group, Membership
from webapp.paging import Page
from webapp.stand_ins import FORMER


@dataclass(frozen=True, slots=True)
class ShownAnnouncement:
    """An announcement as members read it; `text` is Markdown, `author` the name that the group sees."""

    id: int
    title: str
    text: str
    author: str
    pinned: bool
    ends_on: date | None
    posted_at: datetime
    changed_at: datetime | None
    has_ended: bool


@dataclass(frozen=True, slots=True)
class HomeAnnouncement:
    """An announcement on the home page of a member: its title, and where it is."""

    id: int
    slug: str
    group: str
    title: str
    posted_at: datetime


def announcement_count(group_id: int, today: date | None) -> int:
    """Return how many announcements a group has; with `today`, those that have not ended."""
    found = select(func.count()).select_from(Announcement).where(Announcement.group_id == group_id)
    return db.session.scalar(found if today is None else found.where(_lasts(today))) or 0


def announcements_page(group_id: int, today: date, page: Page, *, with_ended: bool) -> list[ShownAnnouncement]:
    """Return one page of a group's announcements: pinned ones first, then the newest first."""
    found = (_SHOWN if with_ended else _SHOWN.where(_lasts(today))).limit(page.size).offset(page.offset)
    rows = reading().execute(found, {"group": group_id})
    return [_announcement(row, today) for row in rows]


def news_of_group(group_id: int, today: date, now: datetime) -> list[ShownAnnouncement]:
    """Return the announcements that the group's page shows."""
    values = {"group": group_id, "today": today, "since": now - NEWS_FOR}
    return [_announcement(row, today) for row in reading().execute(_NEWS, values)]


def news_of_runner(runner_id: int, now: datetime) -> list[HomeAnnouncement]:
    """Return the announcements that a runner's home page shows, the newest first."""
    somewhere = now.astimezone(UTC).date() - timedelta(days=1)  # each zone's own today decides below
    values = {"runner": runner_id, "since": now - HOME_NEWS_FOR, "today": somewhere}
    lasting = [
        HomeAnnouncement(one.id, slug, group, one.title, one.posted_at.astimezone(ZoneInfo(tz)))
        for one, slug, group, tz in db.session.execute(_OF_RUNNER, values)
        if not has_ended(one.ends_on, now.astimezone(ZoneInfo(tz)).date())
    ]
    return lasting[:ON_HOME]


def announcement_of(group_id: int, announcement_id: int) -> Announcement | None:
    """Return one announcement of a group."""
    mine = (Announcement.id == announcement_id, Announcement.group_id == group_id)
    return db.session.scalar(select(Announcement).where(*mine))


def _lasts(today: Any) -> ColumnElement[bool]:
    return or_(Announcement.ends_on.is_(None), Announcement.ends_on >= today)


# Built once, as every page of a group and every start page makes one of them.
_SHOWN = (
    select(
        *(Announcement.id, Announcement.title, Announcement.text, Announcement.pinned),
        *(Announcement.ends_on, Announcement.posted_at, Announcement.changed_at),
        visible_name().label("author"),
    )
    .outerjoin(Consent, and_(Consent.group_id == Announcement.group_id, Consent.runner_id == Announcement.author_id))
    .where(Announcement.group_id == bindparam("group"))
    .order_by(Announcement.pinned.desc(), Announcement.posted_at.desc(), Announcement.id.desc())
)
_NEWS = _SHOWN.where(
    _lasts(bindparam("today")), or_(Announcement.pinned, Announcement.posted_at > bindparam("since"))
).limit(ON_GROUP_PAGE)

_OF_RUNNER = (
    select(Announcement, Group.slug, Group.name, Group.tz)
    .join(Group, Group.id == Announcement.group_id)
    .join(Membership, Membership.group_id == Announcement.group_id)
    .where(Membership.runner_id == bindparam("runner"), Announcement.posted_at > bindparam("since"))
    .where(_lasts(bindparam("today")))
    .order_by(Announcement.posted_at.desc(), Announcement.id.desc())
    .limit(5 * ON_HOME)
)


def _announcement(row: Row[*tuple[Any, ...]], today: date) -> ShownAnnouncement:
    return ShownAnnouncement(
        row.id,
        row.title,
        row.text,
        row.author or FORMER,
        row.pinned,
        row.ends_on,
        row.posted_at,
        row.changed_at,
        has_ended(row.ends_on, today),
    )
