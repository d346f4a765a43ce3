"""Reading pledges: a runner's own, and those that others chose to show them. How far they are is derived each time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from webapp.db import db
from webapp.errors import not_found
from webapp.groups.queries import consents_by_name, groups_of, visible_name
from webapp.models.groups import Consent, Group, Membership
from webapp.models.pledges import Pledge, PledgePass, PledgeWatcher
from webapp.models.scoring import LedgerDay
from webapp.paging import Page
from webapp.privacy.break_queries import break_spans
from webapp.privacy.gate import may_see
from webapp.privacy.queries import consent_holds, consent_is_given, is_named_member, level_of
from webapp.rulebook.pledges import (
    PASSES_AFTER,
    PledgeProgress,
    RunDay,
    Terms,
    amount_in_words,
    may_change_passes,
    may_take_pass,
    pledged_in_words,
    progress,
    progress_in_words,
)
from webapp.text import anywhere, search_key

# Pledges that are over, on a runner's page; those of others, on theirs; members found by name.
PAST, WATCHED, FOUND = 12, 50, 20
ON_HOME = 2
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class ShownPledge:
    """A pledge in words. `says`: how far its runner is, None where the reader may not know. `name`: of its runner."""

    id: int
    pledged: str
    starts_on: date
    ends_on: date
    plan: str
    backup_plan: str
    rest: Sequence[str]
    says: str | None
    progress: PledgeProgress
    due: str | None
    may_take_pass: bool
    name: str = ""
    runner_id: int = 0
    group: str = ""


@dataclass(frozen=True, slots=True)
class OwnPledges:
    """A runner's pledges: those of now, those to come, and the latest that are over."""

    present: list[ShownPledge]
    coming: list[ShownPledge]
    past: list[ShownPledge]


@dataclass(frozen=True, slots=True)
class PledgeMember:
    """A member as the group sees them, who sees a pledge or could be chosen to."""

    runner_id: int
    name: str


def own_today(runner_id: int, now: datetime) -> date:
    """Return the date where the runner's first group is; in UTC for one without a group."""
    groups = groups_of(runner_id)
    return now.astimezone(ZoneInfo(groups[0].tz if groups else "UTC")).date()


def own_pledge(runner_id: int, pledge_id: int) -> Pledge:
    """Return a pledge of the runner. Raises NotFound."""
    found = db.session.scalar(select(Pledge).where(Pledge.id == pledge_id, Pledge.runner_id == runner_id))
    if found is None:
        raise not_found()
    return found


def own_pledges(runner_id: int, today: date, units: str) -> OwnPledges:
    """Return a runner's pledges. What it reads does not grow with the number of those that are long over."""
    mine = select(Pledge).where(Pledge.runner_id == runner_id)
    ahead = db.session.scalars(mine.where(Pledge.ends_on >= today).order_by(Pledge.ends_on, Pledge.id)).all()
    over = mine.where(Pledge.ends_on < today).order_by(Pledge.ends_on.desc(), Pledge.id.desc()).limit(PAST)
    shown = shown_pledges([*ahead, *db.session.scalars(over)], today, units)
    return OwnPledges(
        [one for one in shown if one.starts_on <= today <= one.ends_on],
        [one for one in shown if one.starts_on > today],
        [one for one in shown if one.ends_on < today],
    )


def present_pledges(runner_id: int, today: date, units: str) -> list[ShownPledge]:
    """Return the pledges of now that the start page shows."""
    present = select(Pledge).where(Pledge.runner_id == runner_id, Pledge.starts_on <= today, Pledge.ends_on >= today)
    found = db.session.scalars(present.order_by(Pledge.ends_on, Pledge.id).limit(ON_HOME)).all()
    return shown_pledges(found, today, units)


def shown_pledges(pledges: Sequence[Pledge], today: date, units: str) -> list[ShownPledge]:
    """Return pledges as their runner sees them."""
    found = _progress_of(pledges, dict.fromkeys((one.id for one in pledges), today))
    return [_shown(one, found[one.id], units) for one in pledges]


def _shown(pledge: Pledge, found: PledgeProgress, units: str) -> ShownPledge:
    terms = found.terms
    return ShownPledge(
        pledge.id,
        pledged_in_words(terms, units),
        pledge.starts_on,
        pledge.ends_on,
        pledge.plan,
        pledge.backup_plan,
        [WEEKDAYS[one] for one in sorted(terms.rest_weekdays)],
        progress_in_words(found, units),
        found,
        None if found.due is None else amount_in_words(found.due, terms.measure, units),
        may_take_pass(terms, found.passes, found.today),
    )


def terms_of(pledge: Pledge) -> Terms:
    """Return what a pledge says, as the rules read it."""
    rest = frozenset(pledge.rest_weekdays)
    return Terms(pledge.period, pledge.starts_on, pledge.ends_on, pledge.measure, pledge.amount, rest)


def _progress_of(pledges: Sequence[Pledge], today_of: Mapping[int, date]) -> dict[int, PledgeProgress]:
    """Return how far the runners of some pledges are, by three statements for all of them."""
    if not pledges:
        return {}
    owners = {one.runner_id for one in pledges}
    first, last = min(one.starts_on for one in pledges), max(one.ends_on for one in pledges)
    ran, breaks = _run_days(owners, first, last), break_spans(owners, first, last)
    passes = _passes_of([one.id for one in pledges])
    return {
        one.id: progress(
            terms_of(one),
            ran.get(one.runner_id, ()),
            breaks.get(one.runner_id, ()),
            passes.get(one.id, 0),
            today_of[one.id],
        )
        for one in pledges
    }


def _run_days(runner_ids: Collection[int], first: date, last: date) -> Mapping[int, Sequence[RunDay]]:
    columns = (LedgerDay.runner_id, LedgerDay.local_date, LedgerDay.runs, LedgerDay.distance_m)
    days = select(*columns).where(LedgerDay.runner_id.in_(runner_ids), LedgerDay.sport_class == "run")
    found: defaultdict[int, list[RunDay]] = defaultdict(list)
    for runner_id, on, runs, distance_m in db.session.execute(days.where(LedgerDay.local_date.between(first, last))):
        found[runner_id].append(RunDay(on, runs, distance_m))
    return found


def _passes_of(pledge_ids: Collection[int]) -> dict[int, int]:
    passes = select(PledgePass.pledge_id, func.count()).where(PledgePass.pledge_id.in_(pledge_ids))
    return {pledge_id: count for pledge_id, count in db.session.execute(passes.group_by(PledgePass.pledge_id))}  # noqa: C416  # a Result is no dict


# Those who see a pledge ---------------------------------------------------------------------------------------------


def watched_pledges(runner_id: int, now: datetime, units: str) -> list[ShownPledge]:
    """Return the pledges that others chose to show this runner, of now and of the week before.

    Both must be members of the pledge's group, and its owner is shown there. What a muted owner wrote is left out, and
    so is how far they are where they do not share totals.
    """
    since = now.astimezone(UTC).date() - PASSES_AFTER
    rows = db.session.execute(_WATCHED, {"reader": runner_id, "since": since}).all()
    today_of = {row.Pledge.id: now.astimezone(ZoneInfo(row.tz)).date() for row in rows}
    found = _progress_of([row.Pledge for row in rows], today_of)
    return [
        _shown_to_other(row.Pledge, row.Consent, row.group_name, found[row.Pledge.id], units)
        for row in rows
        if may_see(level_of(row.Consent), "pledge")
    ]


def _shown_to_other(pledge: Pledge, consent: Consent, group: str, found: PledgeProgress, units: str) -> ShownPledge:
    is_heard = consent.muted_at is None
    sees_progress = may_see(level_of(consent), "pledge_progress")
    return ShownPledge(
        pledge.id,
        pledged_in_words(found.terms, units),
        pledge.starts_on,
        pledge.ends_on,
        pledge.plan if is_heard else "",
        pledge.backup_plan if is_heard else "",
        (),
        progress_in_words(found, units) if sees_progress else None,
        found,
        None,
        False,
        consent.shown_name,
        pledge.runner_id,
        group,
    )


def _is_member(group_id: Any, runner_id: Any) -> ColumnElement[bool]:
    member = aliased(Membership)
    return exists().where(member.group_id == group_id, member.runner_id == runner_id)


_WATCHED = (
    select(Pledge, Consent, Group.name.label("group_name"), Group.tz.label("tz"))
    .join(PledgeWatcher, PledgeWatcher.pledge_id == Pledge.id)
    .join(Group, Group.id == Pledge.group_id)
    .join(Consent, and_(Consent.group_id == Pledge.group_id, Consent.runner_id == Pledge.runner_id))
    .where(PledgeWatcher.runner_id == bindparam("reader"), Pledge.ends_on >= bindparam("since"))
    .where(_is_member(Pledge.group_id, PledgeWatcher.runner_id), _is_member(Pledge.group_id, Pledge.runner_id))
    .where(consent_holds(), is_named_member())
    .order_by(Pledge.ends_on, Consent.search_name, Pledge.id)
    .limit(WATCHED)
)


def watchers_of(pledge: Pledge) -> list[PledgeMember]:
    """Return who sees a pledge, by the names that the group sees."""
    if pledge.group_id is None:
        return []
    seen_by = (
        select(Consent.runner_id, visible_name())
        .join(PledgeWatcher, PledgeWatcher.runner_id == Consent.runner_id)
        .where(PledgeWatcher.pledge_id == pledge.id, Consent.group_id == pledge.group_id)
        .order_by(Consent.search_name, Consent.id)
    )
    return [PledgeMember(*row) for row in db.session.execute(seen_by)]


def choosable_members(group_id: int, runner_id: int, name: str) -> list[PledgeMember]:
    """Return members whose shown name contains `name`, other than the runner who looks."""
    values = {"name": anywhere(search_key(name)), "reader": runner_id}
    found = consents_by_name(group_id, Page(1, FOUND), (_HAS_NAME, _IS_NAMED, _IS_OTHER), values)
    return _members(group_id, Consent.id.in_(found))


def can_be_chosen(group_id: int, runner_id: int) -> bool:
    """Return whether a runner is a member whose name the group sees."""
    return bool(_members(group_id, Consent.runner_id == runner_id))


_HAS_NAME = Consent.search_name.like(bindparam("name"), escape="/")
_IS_NAMED = is_named_member()
_IS_OTHER = Consent.runner_id != bindparam("reader")


def _members(group_id: int, which: ColumnElement[bool]) -> list[PledgeMember]:
    shown = select(Consent.runner_id, Consent.shown_name).where(Consent.group_id == group_id, consent_is_given(), which)
    rows = db.session.execute(shown.where(is_named_member()).order_by(Consent.search_name, Consent.id))
    return [PledgeMember(*row) for row in rows]


def count_not_over(runner_id: int, today: date) -> int:
    mine = select(func.count()).where(Pledge.runner_id == runner_id, Pledge.ends_on >= today)
    return db.session.scalar(mine) or 0


def passes_can_change(pledge: Pledge, today: date) -> bool:
    """Return whether free passes may be taken and taken back."""
    return may_change_passes(terms_of(pledge), today)
