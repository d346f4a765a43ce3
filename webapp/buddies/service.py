"""Becoming buddies, and ending it. Nothing here commits.

Whether two members become buddies is decided under a lock on both memberships, so nobody ever has three.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select

from webapp.buddies.queries import buddy_ids, is_open, is_seen
from webapp.buddies.rules import MAX_ASKED, MAX_BUDDIES, is_left_alone, open_since
from webapp.db import db
from webapp.errors import Problem, not_found
from webapp.facts.service import record_fact, withdraw_facts
from webapp.groups.queries import locked_members
from webapp.models.buddies import BuddyLink
from webapp.models.missing import MissingWatcher
from webapp.models.words import FactKind


class BuddiesFull(Problem):
    """One of the two has as many buddies as they can."""

    title = "There is no room for another buddy"
    message = f"Everybody has at most {MAX_BUDDIES} buddies in a group, so that each of them counts."
    status = 409


class TooManyAsked(Problem):
    """A member waits for as many answers as they may."""

    title = "Wait for an answer first"
    message = f"You have asked {MAX_ASKED} members already. Give them a few days, or take a request back."
    status = 409


class BuddyNameHidden(Problem):
    """A member whom the group does not see asks somebody."""

    title = "The group does not see you"
    message = "Buddies see each other. Show your name on “How the group sees me” first."
    status = 409


class NoOpenQuestion(Problem):
    """The request was taken back, answered, or asked too long ago."""

    title = "This request is no longer open"
    message = "It was taken back, or it is two weeks old. You can ask them yourself."
    status = 409


def ask(group_id: int, asker_id: int, asked_id: int, now: datetime) -> None:
    """Ask a member to be buddies. If they have asked already, it is settled.

    Asking twice changes nothing, and nobody is asked again soon after they declined. Raises BuddiesFull, TooManyAsked,
    BuddyNameHidden, and NotFound for one whom the group does not see. Locks both memberships.
    """
    locked_members(group_id, {asker_id, asked_id})
    if not is_seen(group_id, asker_id):
        raise BuddyNameHidden
    if asker_id == asked_id or not is_seen(group_id, asked_id):
        raise not_found()
    if asked_id in buddy_ids(group_id, asker_id):
        return
    if _open_link(group_id, asked_id, asker_id, now) is not None:
        accept(group_id, asker_id, asked_id, now)
        return
    if len(buddy_ids(group_id, asker_id)) >= MAX_BUDDIES:
        raise BuddiesFull
    _store_request(group_id, asker_id, asked_id, now)


def accept(group_id: int, runner_id: int, asker_id: int, now: datetime) -> None:
    """Accept a request. Harmless if they are buddies already.

    Raises BuddiesFull, NoOpenQuestion, and NotFound for one who is no member. Locks both memberships.
    """
    locked_members(group_id, {runner_id, asker_id})
    if asker_id in buddy_ids(group_id, runner_id):
        return
    link = _open_link(group_id, asker_id, runner_id, now)
    if link is None or not (is_seen(group_id, asker_id) and is_seen(group_id, runner_id)):
        raise NoOpenQuestion
    if any(len(buddy_ids(group_id, one)) >= MAX_BUDDIES for one in (runner_id, asker_id)):
        raise BuddiesFull
    link.accepted_at = now
    # A request of one's own to the same member is answered by this.
    db.session.execute(delete(BuddyLink).where(*_from(group_id, runner_id, asker_id)))
    db.session.flush()


def decline(group_id: int, runner_id: int, asker_id: int, now: datetime) -> None:
    """Decline a request. The one who asked is not told. Harmless where no request is open."""
    link = _open_link(group_id, asker_id, runner_id, now)
    if link is not None:
        link.declined_at = now
        db.session.flush()
        withdraw_facts(FactKind.BUDDY_ASKED, [_fact_key(link)], now)


def take_back(group_id: int, asker_id: int, asked_id: int, now: datetime) -> None:
    """Take a request back; harmless if there is none."""
    link = _link(group_id, asker_id, asked_id)
    if link is None or link.accepted_at is not None:
        return
    withdraw_facts(FactKind.BUDDY_ASKED, [_fact_key(link)], now)
    if is_left_alone(link.declined_at, now):
        # It stays, so that they are not asked again at once.
        link.asked_at = open_since(now)
    else:
        db.session.delete(link)
    db.session.flush()


def end(group_id: int, runner_id: int, other_id: int) -> None:
    """End being buddies, without a word to the other; neither is told that the other is missing any more."""
    between = or_(and_(*_from(group_id, runner_id, other_id)), and_(*_from(group_id, other_id, runner_id)))
    db.session.execute(delete(BuddyLink).where(between, BuddyLink.accepted_at.is_not(None)))
    w = MissingWatcher
    pair = or_(
        and_(w.runner_id == runner_id, w.watcher_id == other_id),
        and_(w.runner_id == other_id, w.watcher_id == runner_id),
    )
    db.session.execute(delete(w).where(w.group_id == group_id, pair))


def end_all(group_id: int, runner_id: int) -> None:
    """End all that a member has with buddies in a group, requests included, because they leave it or hide."""
    mine = or_(BuddyLink.asker_id == runner_id, BuddyLink.asked_id == runner_id)
    db.session.execute(delete(BuddyLink).where(BuddyLink.group_id == group_id, mine))
    watching = or_(MissingWatcher.runner_id == runner_id, MissingWatcher.watcher_id == runner_id)
    db.session.execute(delete(MissingWatcher).where(MissingWatcher.group_id == group_id, watching))


def _store_request(group_id: int, asker_id: int, asked_id: int, now: datetime) -> None:
    link = _link(group_id, asker_id, asked_id)
    if link is not None and link.asked_at > open_since(now):
        return
    waiting = select(BuddyLink.id).where(BuddyLink.group_id == group_id, BuddyLink.asker_id == asker_id, *is_open(now))
    if len(db.session.scalars(waiting).all()) >= MAX_ASKED:
        raise TooManyAsked
    if link is None:
        link = BuddyLink(group_id=group_id, asker_id=asker_id, asked_id=asked_id)
        db.session.add(link)
    link.asked_at = now
    if not is_left_alone(link.declined_at, now):
        link.declined_at = None
        db.session.flush()
        key, data = _fact_key(link), {"buddy_link_id": link.id}
        ids = {"group_id": group_id, "runner_id": asked_id, "about_id": asker_id, "by_id": asker_id}
        record_fact(FactKind.BUDDY_ASKED, key, now, **ids, data=data)
    db.session.flush()


def _fact_key(link: BuddyLink) -> str:
    # SQLite gives the number of a deleted request to the next one.
    return f"{link.id}:{link.asked_at.timestamp():.0f}"


def _open_link(group_id: int, asker_id: int, asked_id: int, now: datetime) -> BuddyLink | None:
    """Return the request of one member to another that can still be answered."""
    mine = (*_from(group_id, asker_id, asked_id), BuddyLink.declined_at.is_(None), *is_open(now))
    return db.session.scalar(select(BuddyLink).where(*mine).execution_options(populate_existing=True))


def _link(group_id: int, asker_id: int, asked_id: int) -> BuddyLink | None:
    mine = select(BuddyLink).where(*_from(group_id, asker_id, asked_id))
    return db.session.scalar(mine.execution_options(populate_existing=True))


def _from(group_id: int, asker_id: int, asked_id: int) -> tuple[ColumnElement[bool], ...]:
    return BuddyLink.group_id == group_id, BuddyLink.asker_id == asker_id, BuddyLink.asked_id == asked_id
