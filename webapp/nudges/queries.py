"""Reading who may be written to, what was written, and what a draft can speak of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, bindparam, exists, select
from sqlalchemy.orm import aliased

from webapp.buddies.queries import NamedMember, are_buddies, buddy_ids, named_members
from webapp.db import db, reading
from webapp.group_runs.queries import runs_between
from webapp.groups.permissions import Permission
from webapp.groups.queries import consent_of, may_now
from webapp.models.attendance import Attendance
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Consent, Group, Membership
from webapp.models.missing import Nudge
from webapp.models.rsvps import Rsvp
from webapp.models.words import AttendanceOutcome, NudgeKind, RsvpAnswer, RunStatus
from webapp.names import first_name
from webapp.nudges.rules import KEPT, NUDGE_EVERY, Situation
from webapp.paging import Page
from webapp.privacy.break_queries import is_on_break
from webapp.privacy.queries import consent_holds, is_hidden_runner, shows, switched_on
from webapp.privacy.switch_rules import CALL_OUTS, NUDGES

PER_PAGE = 20
# Runs that a draft speaks of lie within these many days of now; the names in it are this many.
MISSED_WITHIN, NEXT_WITHIN = timedelta(days=6), timedelta(days=6)
NAMED = 2


@dataclass(frozen=True, slots=True)
class ShownNudge:
    """A message with the other of the two: who sent it, or to whom it went."""

    id: int
    kind: NudgeKind
    text: str
    sent_at: datetime
    is_thanked: bool
    other: NamedMember


def who_can_be_nudged(group: Group, viewer: Membership, runner_ids: Collection[int], now: datetime) -> set[int]:
    """Return those of these members to whom this one may write now, few enough for one statement."""
    if not runner_ids or group.is_read_only:
        return set()
    found = _BY_CAPTAIN if may_now(viewer, Permission.SEE_MISSING) else _BY_BUDDY
    lately = {"lately": now - NUDGE_EVERY}
    return set(reading().execute(found, _values(group, viewer, runner_ids, now) | lately).scalars())


def may_nudge(group: Group, viewer: Membership, runner_id: int) -> bool:
    """Return whether a member is a captain, or the buddy of another, and so may ever write to them."""
    return may_now(viewer, Permission.SEE_MISSING) or runner_id in buddy_ids(group.id, viewer.runner_id)


def may_write(group: Group, viewer: Membership) -> bool:
    """Return whether what a member writes reaches anybody: they are neither muted nor hidden."""
    mine = {"group": group.id, "viewer": viewer.runner_id}
    return not group.is_read_only and bool(db.session.scalar(_MAY_WRITE, mine))


def _values(group: Group, viewer: Membership, runner_ids: Collection[int], now: datetime) -> dict[str, Any]:
    today = now.astimezone(ZoneInfo(group.tz)).date()
    return {"group": group.id, "viewer": viewer.runner_id, "runners": list(runner_ids), "today": today}


def _viewer_is_heard() -> ColumnElement[bool]:
    """Return the condition that the one who looks is neither muted nor hidden. It is decided once for all rows."""
    mine = aliased(Consent)
    is_viewer = (mine.group_id == bindparam("group"), mine.runner_id == bindparam("viewer"))
    return exists().where(
        *is_viewer, mine.muted_at.is_(None), consent_holds(mine), ~is_hidden_runner(bindparam("viewer"))
    )


_MAY_WRITE = select(_viewer_is_heard())


def _is_reached(today: Any) -> ColumnElement[bool]:
    """Return the condition that the group sees a member, who is not on a break."""
    return consent_holds() & ~is_hidden_runner(Consent.runner_id) & ~is_on_break(Consent.runner_id, today)


def _nudged_lately() -> ColumnElement[bool]:
    """Return the condition that somebody, in any group, wrote to a member lately that they are missed."""
    lately = (Nudge.kind == NudgeKind.MISSED, Nudge.sent_at > bindparam("lately"))
    return exists().where(Nudge.to_id == Consent.runner_id, *lately)


_THESE_REACHED = select(Consent.runner_id).where(
    *(Consent.group_id == bindparam("group"), Consent.runner_id.in_(bindparam("runners", expanding=True))),
    *(Consent.runner_id != bindparam("viewer"), _is_reached(bindparam("today", type_=Date)), _viewer_is_heard()),
)
_BY_CAPTAIN = _THESE_REACHED.where(shows(NUDGES), ~_nudged_lately())
_BY_BUDDY = _BY_CAPTAIN.where(are_buddies(bindparam("group"), bindparam("viewer"), Consent.runner_id))
_CALLED = _THESE_REACHED.where(shows(CALL_OUTS))


def who_can_be_called(group: Group, viewer: Membership, runner_ids: Collection[int], now: datetime) -> set[int]:
    """Return those of these members whom this one may call out, if both switched it on."""
    if not runner_ids or group.is_read_only or not calls_out(group.id, viewer.runner_id):
        return set()
    return set(db.session.scalars(_CALLED, _values(group, viewer, runner_ids, now)))


def calls_out(group_id: int, runner_id: int) -> bool:
    """Return whether a member switched call-outs on."""
    return switched_on(CALL_OUTS, consent_of(group_id, runner_id))


def callable_page(group: Group, viewer_id: int, number: int, today: date) -> tuple[list[NamedMember], Page]:
    """Return one page of the members who can be called out, by name, without the viewer."""
    found = select(Consent.runner_id).where(
        *(Consent.group_id == group.id, Consent.runner_id != viewer_id, shows(CALL_OUTS), _is_reached(today)),
    )
    some = found.order_by(Consent.search_name, Consent.id).offset((number - 1) * PER_PAGE).limit(PER_PAGE + 1)
    ids = db.session.scalars(some).all()
    return named_members(group.id, group.slug, ids[:PER_PAGE]), Page(number, PER_PAGE, None, len(ids) > PER_PAGE)


def was_sent_since(kind: NudgeKind, since: datetime, *which: ColumnElement[bool]) -> bool:
    """Return whether a message of a kind was sent after a moment."""
    return bool(db.session.scalar(select(exists().where(Nudge.kind == kind, Nudge.sent_at >= since, *which))))


def received(group: Group, runner_id: int, now: datetime) -> list[ShownNudge]:
    """Return what a member was sent lately, the latest first, from those whom the group sees."""
    return _shown(group, now, Nudge.to_id == runner_id, is_mine=False)


def sent(group: Group, runner_id: int, now: datetime) -> list[ShownNudge]:
    """Return what a member sent lately. Nothing says whether it was read."""
    return _shown(group, now, Nudge.from_id == runner_id, is_mine=True)


def _shown(group: Group, now: datetime, whose: ColumnElement[bool], *, is_mine: bool) -> list[ShownNudge]:
    lately = select(Nudge).where(Nudge.group_id == group.id, whose, Nudge.sent_at > now - KEPT)
    found = db.session.scalars(lately.order_by(Nudge.id.desc()).limit(PER_PAGE)).all()
    ids = {one.to_id if is_mine else one.from_id for one in found}
    people = {one.runner_id: one for one in named_members(group.id, group.slug, ids)}
    return [
        ShownNudge(one.id, one.kind, one.text, one.sent_at, one.thanked_at is not None, people[other])
        for one in found
        if (other := one.to_id if is_mine else one.from_id) in people
    ]


def situation_of(group: Group, receiver: NamedMember, viewer_id: int, now: datetime) -> Situation:
    """Return what a draft to a member can speak of."""
    zone = ZoneInfo(group.tz)
    missed, coming = _missed_run(group.id, receiver.runner_id, now), _next_run(group.id, now)
    about = Situation(first_name(receiver.name), missed.on_date if missed else None)
    if coming is None:
        return about
    people = _names_of_those_in(group, coming, {receiver.runner_id, viewer_id})
    at = f"{coming.starts_at.astimezone(zone):%H:%M}"
    return Situation(about.name, about.missed_on, coming.on_date, at, coming.title, people)


def _missed_run(group_id: int, runner_id: int, now: datetime) -> GroupRun | None:
    """Return the latest run of the group, if somebody came to it and this runner was not seen there."""
    past = [one for one in runs_between(group_id, now - MISSED_WITHIN, now) if one.status != RunStatus.CANCELLED]
    if not past:
        return None
    came = (Attendance.run_id == past[-1].id, Attendance.outcome.in_((AttendanceOutcome.CAME, _LEFT)))
    runners = set(db.session.scalars(select(Attendance.runner_id).where(*came)))
    return past[-1] if runner_id not in runners else None


_LEFT = AttendanceOutcome.LEFT_EARLY


def _next_run(group_id: int, now: datetime) -> GroupRun | None:
    planned = runs_between(group_id, now, now + NEXT_WITHIN)
    return next((one for one in planned if one.status != RunStatus.CANCELLED), None)


def _names_of_those_in(group: Group, run: GroupRun, besides: set[int]) -> Sequence[str]:
    """Return first names of some who come to a run, of those whom the group sees."""
    answers = select(Rsvp.runner_id).where(
        Rsvp.run_id == run.id, Rsvp.answer == RsvpAnswer.IN, Rsvp.runner_id.not_in(besides)
    )
    found = db.session.scalars(answers.order_by(Rsvp.answered_at, Rsvp.id).limit(10 * NAMED)).all()
    return [first_name(one.name) for one in named_members(group.id, group.slug, found)][:NAMED]
