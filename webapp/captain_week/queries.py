"""Reading what a captain looks after this week. The number of statements does not depend on the size of the group."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Date, and_, bindparam, or_, select

from webapp.attendance.rules import can_be_closed
from webapp.buddies.queries import NamedMember, named_members
from webapp.captain_week.rules import MAX_PEOPLE, MAX_RUNS, CaptainDays, days_around
from webapp.db import db, reading
from webapp.group_runs.queries import pace_groups_of, runs_between
from webapp.group_runs.rules import is_open_for_answers, needs_leader
from webapp.missing_members.queries import MissingMember, missing_for, today_of
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup
from webapp.models.groups import Consent, Group, Membership
from webapp.models.words import FactKind, RunStatus
from webapp.nudges.queries import who_can_be_nudged
from webapp.privacy.break_queries import is_on_break
from webapp.privacy.gate import is_capped, viewpoint_of
from webapp.privacy.queries import chose_totals, consent_holds, shows
from webapp.privacy.switch_rules import MISSING
from webapp.rsvps.queries import RsvpCounts, counts_of


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """A member of a list, and whether the captain may write to them now."""

    who: NamedMember
    can_be_nudged: bool


@dataclass(frozen=True, slots=True)
class ShownOffer:
    """A pace group that nobody leads, and a member who would; `who` None: one whom the group does not see."""

    run: GroupRun
    pace_group: PaceGroup
    runner_id: int
    who: NamedMember | None


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run of this week with the tally of its answers, and the pace groups that nobody leads."""

    run: GroupRun
    counts: RsvpCounts
    leaderless: Sequence[PaceGroup]


@dataclass(frozen=True, slots=True)
class CaptainWeek:
    """All that the page shows."""

    came_back: Sequence[ShownPerson]
    newcomers: Sequence[ShownPerson]
    offers: Sequence[ShownOffer]
    planned: Sequence[PlannedRun]
    to_close: Sequence[GroupRun]
    missing: Sequence[MissingMember]

    @property
    def gaps(self) -> list[tuple[GroupRun, PaceGroup]]:
        """Return the pace groups of this week that nobody leads, each with its run."""
        return [(one.run, pace_group) for one in self.planned for pace_group in one.leaderless]


def week_of(group: Group, viewer: Membership, now: datetime) -> CaptainWeek:
    """Return what a captain or an organiser looks after. Call it for no other viewer."""
    days = days_around(now, group.tz)
    back, new = _came_back(group, days, now), _newcomers(group.id, days)
    offers = _offers(group.id, now)
    people = {one.runner_id: one for one in named_members(group.id, group.slug, _people_of(back, new, offers))}
    people.pop(viewpoint_of(viewer.runner_id), None)
    writable = who_can_be_nudged(group, viewer, [one for one in (*back, *new) if one in people], now)
    runs = [one for one in runs_between(group.id, days.begin, days.end) if one.status != RunStatus.CANCELLED]
    return CaptainWeek(
        came_back=[ShownPerson(people[one], one in writable) for one in back if one in people],
        newcomers=[ShownPerson(people[one], one in writable) for one in new if one in people],
        offers=[ShownOffer(*row, people.get(row[2])) for row in offers],
        planned=_planned([one for one in runs if one.starts_at >= days.today], now),
        to_close=[one for one in runs if one.closed_at is None and can_be_closed(one, now)],
        missing=missing_for(group, viewer, now),
    )


def _people_of(*lists: Collection[int] | Sequence[tuple[GroupRun, PaceGroup, int]]) -> set[int]:
    return {one if isinstance(one, int) else one[2] for people in lists for one in people}


def _came_back(group: Group, days: CaptainDays, now: datetime) -> list[int]:
    """Return members whose first run after a pause came in these days, the latest first.

    Only those who show their totals, or may be named as missing: the others have not said that the group may know how
    often they run. One who is on a break by now is left alone.
    """
    if is_capped():
        return []
    values = {"group": group.id, "begin": days.begin, "today": today_of(group, now)}
    return list(dict.fromkeys(reading().execute(_CAME_BACK, values).scalars()))


_CAME_BACK = (
    select(Consent.runner_id)
    .select_from(Fact)
    .join(Consent, and_(Consent.runner_id == Fact.runner_id, Consent.group_id == bindparam("group")))
    .join(Membership, and_(Membership.group_id == Consent.group_id, Membership.runner_id == Consent.runner_id))
    .where(Fact.kind == FactKind.COME_BACK, Fact.happened_at >= bindparam("begin"), Fact.withdrawn_since.is_(None))
    .where(consent_holds(), or_(chose_totals(), shows(MISSING)))
    .where(~is_on_break(Consent.runner_id, bindparam("today", type_=Date)))
    .order_by(Fact.happened_at.desc(), Fact.id.desc())
    .limit(MAX_PEOPLE)
)


def _newcomers(group_id: int, days: CaptainDays) -> list[int]:
    """Return those who joined in these days, the latest first."""
    return list(reading().execute(_NEWCOMERS, {"group": group_id, "begin": days.begin}).scalars())


_NEWCOMERS = (
    select(Membership.runner_id)
    .where(Membership.group_id == bindparam("group"), Membership.joined_at >= bindparam("begin"))
    .order_by(Membership.joined_at.desc(), Membership.id.desc())
    .limit(MAX_PEOPLE)
)


def _offers(group_id: int, now: datetime) -> list[tuple[GroupRun, PaceGroup, int]]:
    """Return who offers to lead a pace group of a run to come, the next run first."""
    rows = db.session.execute(_OFFERS, {"group": group_id, "now": now})
    return [(run, pace_group, runner_id) for run, pace_group, runner_id in rows]


_OFFERS = (
    select(GroupRun, PaceGroup, LeaderOffer.runner_id)
    .join(PaceGroup, PaceGroup.run_id == GroupRun.id)
    .join(LeaderOffer, LeaderOffer.pace_group_id == PaceGroup.id)
    .where(GroupRun.group_id == bindparam("group"), GroupRun.starts_at > bindparam("now"))
    .where(GroupRun.status != RunStatus.CANCELLED, PaceGroup.leader_id.is_(None))
    .order_by(GroupRun.starts_at, PaceGroup.position, LeaderOffer.id)
    .limit(MAX_PEOPLE)
)


def _planned(runs: Sequence[GroupRun], now: datetime) -> list[PlannedRun]:
    shown = [one for one in runs if is_open_for_answers(one, now) or one.closed_at is None][:MAX_RUNS]
    ids = [one.id for one in shown]
    counts, groups = counts_of(ids, now), pace_groups_of(ids)
    return [
        PlannedRun(run, counts[run.id], [one for one in groups[run.id] if needs_leader(one) and run.starts_at > now])
        for run in shown
    ]
