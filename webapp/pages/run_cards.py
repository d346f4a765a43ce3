"""Group runs as the pages show them: when, who leads, who comes, and what the reader answered."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from webapp.db import reading
from webapp.group_runs.people_queries import RunPerson, people_of_runs
from webapp.group_runs.queries import pace_groups_of
from webapp.group_runs.rules import ends_at, needs_leader
from webapp.models.attendance import Attendance
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Group
from webapp.models.rsvps import Rsvp
from webapp.models.words import AttendanceOutcome, RsvpAnswer, RunStatus
from webapp.rsvps.queries import RsvpCounts, counts_of, own_answers
from webapp.rulebook.pace_fit import PaceRange, band_words

# From this hour on, a run of today is one of tonight.
EVENING = 17
Phase = Literal["ahead", "on", "over"]


@dataclass(frozen=True, slots=True)
class RunReader:
    """The reader of a page about runs. `viewpoint`: as `privacy.gate.viewpoint_of`."""

    runner_id: int
    viewpoint: int
    units: str

    @property
    def sees_own(self) -> bool:
        """Return whether the reader sees what concerns them alone, and not the group as another member does."""
        return self.viewpoint == self.runner_id


@dataclass(frozen=True, slots=True)
class PaceGroupCard:
    """A pace group of a run. `coming`: how many come with it; `free`: its free places, None for any number."""

    band: PaceRange
    # Its paces in words.
    paces: str
    leader: RunPerson | None
    back_marker: RunPerson | None
    needs_leader: bool
    coming: int
    free: int | None


@dataclass(frozen=True, slots=True)
class RunCard:
    """A run, with the local times of its start and its planned end.

    `mine`: the reader's answer. `came`: how many were counted, of a run that has begun; None while nobody counted.
    """

    run: GroupRun
    group: Group
    today: date
    starts: datetime
    ends: datetime
    phase: Phase
    pace_groups: Sequence[PaceGroupCard]
    counts: RsvpCounts
    mine: Rsvp | None
    came: int | None

    @property
    def is_cancelled(self) -> bool:
        return self.run.status == RunStatus.CANCELLED

    @property
    def gaps(self) -> list[PaceGroupCard]:
        """Return the pace groups that need a leader."""
        return [one for one in self.pace_groups if one.needs_leader]

    @property
    def day(self) -> str:
        """Return the day as people say it: "Tonight", "Tomorrow"; "" for any other, which a date says."""
        days = (self.starts.date() - self.today).days
        if days == 0:
            return "Tonight" if self.starts.hour >= EVENING else "Today"
        return {1: "Tomorrow", -1: "Yesterday"}.get(days, "")

    @property
    def asks_again(self) -> bool:
        """Return whether the day or the time moved after the reader answered."""
        asked, mine = self.run.asked_again_at, self.mine
        return bool(asked and mine and mine.answered_at < asked and self.phase == "ahead" and not self.is_cancelled)

    @property
    def distance_of_mine(self) -> int | None:
        """Return how far the reader runs, if they come with a pace group that says so."""
        if self.mine is None or self.mine.answer == RsvpAnswer.OUT:
            return None
        chosen = (one.band for one in self.pace_groups if one.band.id == self.mine.pace_group_id)
        return next((band.distance_m for band in chosen), None)


def cards_of(group: Group, runs: Sequence[GroupRun], reader: RunReader, now: datetime) -> list[RunCard]:
    """Return a card for each run of a group. The number of reads does not grow with runs or members."""
    if not runs:
        return []
    ids = [run.id for run in runs]
    pace_groups, counts = pace_groups_of(ids), counts_of(ids, now)
    mine = own_answers(reader.runner_id, ids) if reader.sees_own else {}
    came = _came_of([run.id for run in runs if run.starts_at <= now])
    people = people_of_runs(group.id, group.slug, set(_leaders(pace_groups)), reader.viewpoint)
    today = now.astimezone(ZoneInfo(group.tz)).date()
    return [
        RunCard(
            run, group, today, *_local_times(run), _phase(run, now),
            [_pace_group(one, counts[run.id], people, reader.units) for one in pace_groups[run.id]],
            counts[run.id], mine.get(run.id), _counted(run, came.get(run.id)),
        )
        for run in runs
    ]  # fmt: skip


def leads_it(card: RunCard) -> bool:
    """Return whether the reader leads a pace group of a run, or runs at its back."""
    people = (person for one in card.pace_groups for person in (one.leader, one.back_marker))
    return any(person is not None and person.is_me for person in people)


def _leaders(pace_groups: Mapping[int, Sequence[PaceGroup]]) -> Iterator[int]:
    for of_run in pace_groups.values():
        for one in of_run:
            yield from (found for found in (one.leader_id, one.back_marker_id) if found is not None)


def _pace_group(one: PaceGroup, counts: RsvpCounts, people: Mapping[int, RunPerson], units: str) -> PaceGroupCard:
    band = PaceRange(one.id, one.name, one.slow_s_per_km, one.fast_s_per_km, one.distance_m, one.is_no_drop)
    leader, back_marker = (people.get(runner_id or 0) for runner_id in (one.leader_id, one.back_marker_id))
    # Whoever is no member any more leads nothing.
    is_sought = needs_leader(one) or leader is None
    return PaceGroupCard(
        band, band_words(band, units), leader, back_marker, is_sought, counts.of(one.id).coming, counts.free_in(one.id)
    )


def _local_times(run: GroupRun) -> tuple[datetime, datetime]:
    zone = ZoneInfo(run.tz)
    return run.starts_at.astimezone(zone), ends_at(run).astimezone(zone)


def _phase(run: GroupRun, now: datetime) -> Phase:
    if now < run.starts_at:
        return "ahead"
    return "on" if run.closed_at is None and now < ends_at(run) else "over"


def _counted(run: GroupRun, marked: int | None) -> int | None:
    """Return how many came: as they were counted at the start, or as many as are known to have come."""
    known = [count for count in (run.count_at_start, run.count_at_end, marked) if count is not None]
    return max(known, default=None)


def _came_of(run_ids: Collection[int]) -> Mapping[int, int]:
    if not run_ids:
        return {}
    came = (
        Attendance.run_id.in_(run_ids),
        Attendance.outcome.in_((AttendanceOutcome.CAME, AttendanceOutcome.LEFT_EARLY)),
    )
    counted = select(Attendance.run_id, func.count()).where(*came).group_by(Attendance.run_id)
    return {run_id: count for run_id, count in reading().execute(counted)}  # noqa: C416  # a Result is no dict
