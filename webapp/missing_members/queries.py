"""Reading who is missing, for those who may know, and what a member chose about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Date, Select, and_, bindparam, exists, func, select

from webapp.buddies.queries import are_buddies
from webapp.db import db, reading
from webapp.groups.permissions import Permission
from webapp.groups.queries import consent_of, may_now
from webapp.missing_members.rules import (
    BEFORE,
    COMES_WITHIN,
    FIRST_CHOICE,
    LATELY,
    MAX_QUIET,
    SETTLES_IN,
    Missed,
    MissingReason,
    Running,
    WantedChoice,
    reason_of,
    says,
)
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Consent, Group, Membership
from webapp.models.missing import MissingChoice, MissingWatcher
from webapp.models.rsvps import Rsvp
from webapp.models.scoring import LedgerDay
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState, ConsentLevel, RsvpAnswer, RunStatus
from webapp.names import first_name
from webapp.nudges.queries import who_can_be_nudged
from webapp.privacy.break_queries import is_on_break
from webapp.privacy.gate import NOBODY, is_capped
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_holds, shows, switched_on
from webapp.privacy.switch_rules import MISSING
from webapp.text import search_key

SHOWN = 20
# Those who were found missing are compared again before they are named, and some have run since.
CONSIDERED = 2 * SHOWN
A_DAY = timedelta(days=1)
# The statement of a list, and the runners whom it is about if they are chosen one by one.
_Noticed = Select[*tuple[Any, ...]]
_Which = tuple[_Noticed, Collection[int]]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A member whom the job found missing, with what they call missing."""

    runner_id: int
    name: str
    level: ConsentLevel
    photo: str
    missed: Missed


@dataclass(frozen=True, slots=True)
class MissingPreview:
    """What others would read of a member for each reason that they chose, and what they read now, if anything."""

    sentences: Sequence[str]
    now: str | None


@dataclass(frozen=True, slots=True)
class MissingMember:
    """A member who is missing, in words, and whether the viewer may write to them now."""

    runner_id: int
    name: str
    photo: str | None
    says: str
    can_be_nudged: bool


def missing_for(group: Group, viewer: Membership, now: datetime) -> list[MissingMember]:
    """Return the members whom this one may know to be missing, by name: those noticed last, 20 at most.

    A captain reads of all who want captains to, a buddy of those who chose them; everybody else of nobody.
    """
    if group.is_read_only or is_capped():
        return []
    today = today_of(group, now)
    noticed = [one for found in _lists_for(viewer) for one in _noticed(group, viewer.runner_id, *found, today, now)]
    candidates = {one.runner_id: one for one in noticed}
    reasons = _reasons(list(candidates.values()), today)
    shown = [candidates[runner_id] for runner_id in reasons][:SHOWN]
    writable = who_can_be_nudged(group, viewer, [one.runner_id for one in shown], now)
    found = [
        MissingMember(
            *(one.runner_id, one.name, shown_link(group.slug, one.runner_id, one.level, one.photo)),
            *(says(reasons[one.runner_id], first_name(one.name)), one.runner_id in writable),
        )
        for one in shown
    ]
    return sorted(found, key=lambda one: (search_key(one.name), one.runner_id))


def today_of(group: Group, now: datetime) -> date:
    return now.astimezone(ZoneInfo(group.tz)).date()


def _lists_for(viewer: Membership) -> Sequence[_Which]:
    """Return which members a viewer may know of; an index answers each list."""
    captains: list[_Which] = [(_FOR_CAPTAINS, ())] if may_now(viewer, Permission.SEE_MISSING) else []
    buddies = reading().execute(_WATCHED, {"group": viewer.group_id, "viewer": viewer.runner_id}).scalars().all()
    return [*captains, (_OF_THESE, buddies)] if buddies else captains


def _noticed(
    group: Group, viewer_id: int, found: _Noticed, runner_ids: Collection[int], today: date, now: datetime
) -> list[_Candidate]:
    """Return those whom the job found missing and who may be named, the newest first."""
    people = {"group": group.id, "viewer": viewer_id} | ({"runners": list(runner_ids)} if runner_ids else {})
    moments = {"today": today, "now": now, "soon": now + COMES_WITHIN, "settled": now - SETTLES_IN}
    rows = reading().execute(found, people | moments)
    return [
        _Candidate(runner_id, name, level, photo, Missed(silent_days, below_habit))
        for runner_id, name, level, photo, silent_days, below_habit in rows
    ]


def _may_be_named() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a member switched it on, is seen and not excused, and that we can read their runs."""
    m = MissingChoice
    comes = exists().where(
        *(Rsvp.runner_id == m.runner_id, Rsvp.answer.in_((RsvpAnswer.IN, RsvpAnswer.WAITING))),
        *(GroupRun.id == Rsvp.run_id, GroupRun.group_id == m.group_id, GroupRun.status != RunStatus.CANCELLED),
        GroupRun.starts_at.between(bindparam("now"), bindparam("soon")),
    )
    # It leaves out hidden runners, too, whose access has ended.
    is_read = exists().where(
        *(Connection.runner_id == m.runner_id, Connection.state == ConnectionState.CONNECTED),
        Connection.gave_up_at.is_(None),
    )
    # Were they joined, SQLite would begin with all members who have settled in, and not with those noticed last.
    has_settled = exists().where(
        *(Membership.group_id == m.group_id, Membership.runner_id == m.runner_id),
        Membership.joined_at < bindparam("settled"),
    )
    is_away = is_on_break(m.runner_id, bindparam("today", type_=Date))
    return consent_holds(), shows(MISSING), is_read, has_settled, ~is_away, ~comes


def _all_noticed() -> _Noticed:
    m = MissingChoice
    here = (Consent.group_id == m.group_id, Consent.runner_id == m.runner_id)
    return (
        select(m.runner_id, Consent.shown_name, Consent.level, photo_version(), m.silent_days, m.below_habit)
        .join(Consent, and_(*here))
        .where(m.group_id == bindparam("group"), m.noticed_on.is_not(None), m.runner_id != bindparam("viewer"))
        .where(*_may_be_named())
        .order_by(m.noticed_on.desc(), m.runner_id.desc())
        .limit(CONSIDERED)
    )


_FOR_CAPTAINS = _all_noticed().where(MissingChoice.captains_see.is_(True))
_OF_THESE = _all_noticed().where(MissingChoice.runner_id.in_(bindparam("runners", expanding=True)))
_WATCHED = select(MissingWatcher.runner_id).where(
    *(MissingWatcher.group_id == bindparam("group"), MissingWatcher.watcher_id == bindparam("viewer")),
    are_buddies(bindparam("group"), bindparam("viewer"), MissingWatcher.runner_id),
)


def _reasons(candidates: Sequence[_Candidate], today: date) -> dict[int, MissingReason]:
    """Return why these are missing still, without those who have run since."""
    ran = running_of([one.runner_id for one in candidates], today)
    reasons = {one.runner_id: reason_of(one.missed, ran[one.runner_id], today) for one in candidates}
    return {runner_id: reason for runner_id, reason in reasons.items() if reason}


def running_of(runner_ids: Collection[int], today: date) -> Mapping[int, Running]:
    """Return what runners ran lately, from their ledgers."""
    if not runner_ids:
        return {}
    # A runner far to the east may be a day ahead of the group.
    within = {"first": today - MAX_QUIET, "last": today + A_DAY}
    spans = {"since": today - LATELY, "before_that": today - LATELY - BEFORE}
    rows = reading().execute(_RAN, {"runners": list(runner_ids), **within, **spans})
    found = {runner_id: Running(latest, lately, before) for runner_id, latest, lately, before in rows}
    return {runner_id: found.get(runner_id, Running()) for runner_id in runner_ids}


def _running() -> Select[*tuple[Any, ...]]:
    d = LedgerDay
    since: BindParameter[date] = bindparam("since")
    lately = func.count().filter(d.local_date >= since)
    before = func.count().filter(d.local_date >= bindparam("before_that"), d.local_date < since)
    return (
        select(d.runner_id, func.max(d.local_date), lately, before)
        .where(d.runner_id.in_(bindparam("runners", expanding=True)), d.sport_class == "run", d.runs > 0)
        .where(d.local_date.between(bindparam("first"), bindparam("last")))
        .group_by(d.runner_id)
    )


_RAN = _running()


def choice_of(group_id: int, runner_id: int) -> WantedChoice:
    """Return what a member chose; what they would begin with if they have not chosen yet."""
    found = db.session.get(MissingChoice, (group_id, runner_id))
    if found is None:
        return FIRST_CHOICE
    w = MissingWatcher
    watchers = select(w.watcher_id).where(w.group_id == group_id, w.runner_id == runner_id)
    missed = Missed(found.silent_days, found.below_habit)
    return WantedChoice(missed, found.captains_see, frozenset(db.session.scalars(watchers)))


def is_switched_on(group_id: int, runner_id: int) -> bool:
    return switched_on(MISSING, consent_of(group_id, runner_id))


def preview_of(group: Group, member: Membership, name: str, now: datetime) -> MissingPreview:
    """Return what others would read of a member under this name, and what they read now."""
    missed = choice_of(group.id, member.runner_id).missed
    chosen = [
        reason
        for reason, is_chosen in (
            (MissingReason.SILENT, missed.silent_days is not None),
            (MissingReason.BELOW_HABIT, missed.below_habit),
        )
        if is_chosen
    ]
    today, called = today_of(group, now), first_name(name)
    mine = (_OF_THESE, [member.runner_id])
    present = [] if is_capped() or group.is_read_only else _noticed(group, NOBODY, *mine, today, now)
    reasons = _reasons(present, today)
    now_read = says(reasons[member.runner_id], called) if member.runner_id in reasons else None
    return MissingPreview([says(reason, called) for reason in chosen], now_read)
