"""Posting, changing and deleting announcements. Nothing here commits."""

from dataclasses import astuple
from datetime import datetime

from sqlalchemy import delete, select

from webapp.announcements.queries import announcement_count, announcement_of
from webapp.announcements.rules import MAX_KEPT, Draft
from webapp.db import db
from webapp.errors import Problem
from webapp.facts.service import record_fact, withdraw_facts
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import locked_group
from webapp.groups.rules import change_of
from webapp.models.announcements import Announcement
from webapp.models.groups import Group
from webapp.models.words import FactKind


class TooManyAnnouncements(Problem):
    """The group keeps as many announcements as it may."""

    title = "That is a lot of announcements"
    message = f"A group keeps at most {MAX_KEPT}. Delete some of them first."
    status = 409


def post_announcement(group_id: int, draft: Draft, author_id: int, now: datetime) -> int:
    """Tell the members something; return its id. The same words sent twice in a row are one announcement.

    Raises TooManyAnnouncements.
    """
    locked_group(Group.id == group_id)
    of_group = select(Announcement).where(Announcement.group_id == group_id)
    latest = db.session.scalar(of_group.order_by(Announcement.id.desc()).limit(1))
    if latest is not None and latest.author_id == author_id and _draft_of(latest) == draft:
        return latest.id
    if announcement_count(group_id, None) >= MAX_KEPT:
        raise TooManyAnnouncements
    posted = Announcement(group_id=group_id, author_id=author_id, posted_at=now)
    _write(posted, draft)
    db.session.add(posted)
    db.session.flush()
    record_audit(group_id, "announcement_posted", author_id, now, words=draft.title)
    key, data = _fact_key(posted.id, now), {"announcement_id": posted.id}
    record_fact(FactKind.ANNOUNCEMENT, key, now, group_id=group_id, by_id=author_id, data=data)
    return posted.id


def change_announcement(group_id: int, announcement_id: int, draft: Draft, actor_id: int, now: datetime) -> bool:
    """Change an announcement; return whether it was there and is different now."""
    locked_group(Group.id == group_id)
    found = announcement_of(group_id, announcement_id)
    before = _draft_of(found) if found else None
    if found is None or before is None or before == draft:
        return False
    _write(found, draft)
    found.changed_at = now
    change = change_of(before.in_words(), draft.in_words())
    record_audit(group_id, "announcement_changed", actor_id, now, words=draft.title, change=change)
    return True


def delete_announcement(group_id: int, announcement_id: int, actor_id: int, now: datetime) -> bool:
    """Delete an announcement; return whether it was there."""
    mine = delete(Announcement).where(Announcement.id == announcement_id, Announcement.group_id == group_id)
    deleted = db.session.execute(mine.returning(Announcement.title, Announcement.posted_at)).one_or_none()
    if deleted is None:
        return False
    record_audit(group_id, "announcement_deleted", actor_id, now, words=deleted.title)
    withdraw_facts(FactKind.ANNOUNCEMENT, [_fact_key(announcement_id, deleted.posted_at)], now)
    return True


def _fact_key(announcement_id: int, posted_at: datetime) -> str:
    # SQLite gives the number of a deleted announcement to the next one.
    return f"{announcement_id}:{posted_at.timestamp():.0f}"


def _draft_of(one: Announcement) -> Draft:
    return Draft(one.title, one.text, one.pinned, one.ends_on)


def _write(one: Announcement, draft: Draft) -> None:
    one.title, one.text, one.pinned, one.ends_on = astuple(draft)
