"""Sending what one member writes to another. Nothing here commits.

How often is decided under a lock on the receiver, so that two who send at once do not both get through.
"""

from datetime import date, datetime

from sqlalchemy import delete, or_, select, update

from webapp.activities.queries import lock_runners
from webapp.buddies.queries import buddy_ids, is_seen
from webapp.buddies.rules import days_to_run
from webapp.db import db
from webapp.errors import Problem, not_found
from webapp.facts.service import record_fact
from webapp.groups.moderation_queries import is_muted
from webapp.groups.queries import refuse_read_only
from webapp.models.groups import Group, Membership
from webapp.models.missing import Nudge
from webapp.models.words import FactKind, NudgeKind
from webapp.nudges.queries import may_nudge, was_sent_since, who_can_be_called, who_can_be_nudged
from webapp.nudges.rules import CALL_OUTS, KEPT, start_of_day, together_text
from webapp.privacy.break_queries import break_of


class MutedSender(Problem):
    """What a muted member writes reaches nobody."""

    title = "You are muted in this group"
    message = "What you write reaches nobody here, so nothing was sent. Organisers can unmute you."
    status = 409


class HiddenSender(Problem):
    """A message comes from somebody with a name."""

    title = "The group does not see you"
    message = "A message comes with your name. Show it on “How the group sees me” first."
    status = 409


class CannotBeReached(Problem):
    """The receiver gets no message now. The reason is theirs alone."""

    title = "Nothing was sent"
    message = "This member gets no such message right now. Perhaps somebody wrote to them lately. Try another day."
    status = 409


def send_nudge(group: Group, sender: Membership, to_id: int, text: str, now: datetime) -> Nudge:
    """Send a member a message of one's own, at most once a fortnight from anybody in any group.

    The same message sent twice in a row is one. Raises MutedSender, HiddenSender, CannotBeReached, and NotFound for
    one whom the group does not see, or by somebody who is neither a captain nor a buddy. Locks the receiver.
    """
    if not may_nudge(group, sender, to_id):
        raise not_found()
    _prepare(group, sender, to_id)
    twice = _sent_today(group, sender, to_id, NudgeKind.MISSED, now)
    if twice is not None and twice.text == text:
        return twice
    if to_id not in who_can_be_nudged(group, sender, {to_id}, now):
        raise CannotBeReached
    return _send(group, sender, to_id, NudgeKind.MISSED, text, now)


def call_out(group: Group, sender: Membership, to_id: int, words: int, now: datetime) -> Nudge:
    """Call a member out of bed, at most once a day from anybody; both have switched it on.

    `words`: the place of the ready words. Raises as `send_nudge`. Locks the receiver.
    """
    _prepare(group, sender, to_id)
    today = start_of_day(now, group.tz)
    if to_id not in who_can_be_called(group, sender, {to_id}, now):
        raise CannotBeReached
    if was_sent_since(NudgeKind.CALL_OUT, today, Nudge.to_id == to_id):
        raise CannotBeReached
    return _send(group, sender, to_id, NudgeKind.CALL_OUT, CALL_OUTS[words], now)


def ask_to_run(group: Group, sender: Membership, to_id: int, on: date, now: datetime) -> Nudge:
    """Ask a buddy to run together on a day of the next week, at most once a day. Asking again changes nothing.

    Raises as `send_nudge`, and NotFound where the two are no buddies. Locks the receiver.
    """
    today = start_of_day(now, group.tz)
    if to_id not in buddy_ids(group.id, sender.runner_id) or on not in days_to_run(today.date()):
        raise not_found()
    _prepare(group, sender, to_id)
    asked = _sent_today(group, sender, to_id, NudgeKind.TOGETHER, now)
    if asked is not None:
        return asked
    if break_of(to_id, today.date()) is not None:
        raise CannotBeReached
    return _send(group, sender, to_id, NudgeKind.TOGETHER, together_text(on), now)


def say_thanks(group_id: int, runner_id: int, nudge_id: int, now: datetime) -> None:
    """Let the sender of a message know that it was welcome. Raises NotFound."""
    mine = (Nudge.id == nudge_id, Nudge.group_id == group_id, Nudge.to_id == runner_id)
    thanked = update(Nudge).where(*mine, Nudge.thanked_at.is_(None)).values(thanked_at=now)
    if not db.session.scalars(thanked.returning(Nudge.id)).all() and not db.session.scalar(
        select(Nudge.id).where(*mine)
    ):
        raise not_found()


def leave_group(group_id: int, runner_id: int) -> None:
    """Erase what a member of a group wrote and was written, because they leave it."""
    theirs = or_(Nudge.from_id == runner_id, Nudge.to_id == runner_id)
    db.session.execute(delete(Nudge).where(Nudge.group_id == group_id, theirs))


def purge_nudges(now: datetime) -> None:
    """Erase messages that were sent long ago."""
    db.session.execute(delete(Nudge).where(Nudge.sent_at < now - KEPT))


def _prepare(group: Group, sender: Membership, to_id: int) -> None:
    """Refuse a sender from whom nothing goes out, and lock the receiver."""
    refuse_read_only(group)
    if is_muted(group.id, sender.runner_id):
        raise MutedSender
    if not is_seen(group.id, sender.runner_id):
        raise HiddenSender
    if to_id == sender.runner_id or not lock_runners([to_id]) or not is_seen(group.id, to_id):
        raise not_found()


def _sent_today(group: Group, sender: Membership, to_id: int, kind: NudgeKind, now: datetime) -> Nudge | None:
    mine = (Nudge.group_id == group.id, Nudge.from_id == sender.runner_id, Nudge.to_id == to_id, Nudge.kind == kind)
    today = select(Nudge).where(*mine, Nudge.sent_at >= start_of_day(now, group.tz))
    return db.session.scalars(today.order_by(Nudge.id.desc())).first()


def _send(group: Group, sender: Membership, to_id: int, kind: NudgeKind, text: str, now: datetime) -> Nudge:
    ids = {"group_id": group.id, "from_id": sender.runner_id, "to_id": to_id}
    nudge = Nudge(**ids, kind=kind, text=text, sent_at=now)
    db.session.add(nudge)
    db.session.flush()
    # SQLite gives the number of a purged message to the next one.
    key, people = f"{nudge.id}:{now.timestamp():.0f}", {"runner_id": to_id, "about_id": sender.runner_id}
    data = {"nudge_id": nudge.id}
    record_fact(FactKind.NUDGE, key, now, group_id=group.id, by_id=sender.runner_id, **people, data=data)
    return nudge
