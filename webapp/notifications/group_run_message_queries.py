"""Reading what notifications say of group runs: they change, they are tomorrow, a place is free, nobody leads."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from webapp.db import db
from webapp.formatting import local_date
from webapp.group_runs.queries import pace_groups_of
from webapp.group_runs.rules import is_open_for_answers, needs_leader
from webapp.groups.permissions import Permission
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup
from webapp.models.groups import Consent
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer, RunStatus
from webapp.notifications.message_rules import Details, Told, of_members


@dataclass(frozen=True, slots=True)
class _About:
    """A notification with the run that it is about, and the reader's answer to it. `is_muted`: the planner is."""

    told: Told
    run: GroupRun
    mine: Rsvp | None
    is_muted: bool

    def words(self, now: datetime) -> dict[str, object]:
        """Return what all templates of group runs say of the run."""
        day = self.run.on_date
        starts = self.run.starts_at.astimezone(ZoneInfo(self.run.tz))
        return {
            "title": self.run.title,
            "day": day,
            "at": f"{starts:%H:%M}",
            "is_today": local_date(now, self.run.tz) == day,
            "is_tomorrow": (day - local_date(now, self.run.tz)).days == 1,
            "place": self.run.meeting_place,
        }

    def details(self, words: Mapping[str, object], now: datetime) -> Details:
        assert self.told.group
        here = {"slug": self.told.group.slug, "run_id": self.run.id}
        return Details("group_runs.run", here, {**self.words(now), **words})

    @property
    def is_asked_again(self) -> bool:
        """Return whether the reader answered before the day or the time moved, and meant to come."""
        mine, moved = self.mine, self.run.asked_again_at
        return mine is not None and mine.answer != RsvpAnswer.OUT and moved is not None and mine.answered_at < moved


def _about(told: Sequence[Told]) -> list[_About]:
    """Return the notifications to members whose run is still there, in groups that are not archived."""
    there = [one for one in of_members(told) if one.group and not one.group.is_read_only]
    ids, readers = {one.group_run_id for one in there}, {one.runner_id for one in there}
    muted = exists().where(
        Consent.group_id == GroupRun.group_id,
        Consent.runner_id == GroupRun.created_by_id,
        Consent.muted_at.is_not(None),
    )
    runs = {
        run.id: (run, is_muted)
        for run, is_muted in db.session.execute(_RUNS.add_columns(muted).where(GroupRun.id.in_(ids)))
    }
    answers = select(Rsvp).where(Rsvp.run_id.in_(ids), Rsvp.runner_id.in_(readers))
    mine = {(one.run_id, one.runner_id): one for one in db.session.scalars(answers)}
    return [
        _About(one, runs[number][0], mine.get((number, one.runner_id)), runs[number][1])
        for one in there
        if (number := one.group_run_id or 0) in runs
    ]


_RUNS = select(GroupRun)


def changed_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Say what a run is now that it changed: cancelled, at another time, or different."""
    return {one.told.id: one.details(_change(one), now) for one in _about(told)}


def _change(one: _About) -> dict[str, object]:
    is_cancelled = one.run.status == RunStatus.CANCELLED
    was = one.told.data.get("was")
    before = datetime.fromisoformat(was).astimezone(ZoneInfo(one.run.tz)) if was else None
    has_moved = before is not None and before.astimezone(one.run.starts_at.tzinfo) != one.run.starts_at
    return {
        "is_cancelled": is_cancelled,
        "is_back": not is_cancelled and bool(one.told.data.get("restored")),
        "has_moved": has_moved,
        "was_day": before.date() if before else None,
        "was_at": f"{before:%H:%M}" if before else None,
        "reason": "" if one.is_muted else one.run.reason,
        "is_asked": not is_cancelled and one.is_asked_again,
    }


def reminder_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Say when and where the reader runs tomorrow, and with whom, as long as that time stands and is ahead."""
    due = [
        one
        for one in _about(told)
        if is_open_for_answers(one.run, now) and one.told.data.get("starts_at") == one.run.starts_at.isoformat()
    ]
    groups = pace_groups_of({one.run.id for one in due})
    found = {one.told.id: _reminder(one, groups[one.run.id]) for one in due}
    return {one.told.id: one.details(words, now) for one in due if (words := found[one.told.id])}


def _reminder(one: _About, groups: Sequence[PaceGroup]) -> dict[str, object] | None:
    """Return what the reader is reminded of; None for one who neither comes nor leads by now."""
    reader, mine = one.told.runner_id, one.mine
    leads = [group.name for group in groups if group.leader_id == reader]
    closes = [group.name for group in groups if group.back_marker_id == reader and group.leader_id != reader]
    if not leads and not closes and (mine is None or mine.answer == RsvpAnswer.OUT):
        return None
    chosen = next((group for group in groups if mine and group.id == mine.pace_group_id), None)
    return {
        "purpose": "" if one.is_muted else one.run.purpose,
        "rain_plan": "" if one.is_muted else one.run.rain_plan,
        "pace_group": chosen.name if chosen and not leads and not closes else None,
        "metres": (chosen and chosen.distance_m) or None,
        "leads": leads,
        "closes": closes,
        "answer": mine.answer if mine else None,
        "is_asked": one.is_asked_again,
    }


def freed_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Say that the reader moved up, as long as they are in and the run is ahead."""
    return {
        one.told.id: one.details({}, now)
        for one in _about(told)
        if is_open_for_answers(one.run, now) and one.mine and one.mine.answer == RsvpAnswer.IN
    }


def offered_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Say until when a place is held for the reader, as long as it is."""
    return {
        one.told.id: one.details({"until": until}, now)
        for one in _about(told)
        if is_open_for_answers(one.run, now) and (until := _held_until(one.mine)) and now < until
    }


def _held_until(mine: Rsvp | None) -> datetime | None:
    return mine.offered_until if mine and mine.answer == RsvpAnswer.WAITING else None


def leader_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Name the pace groups that nobody leads, for those who may plan runs; nothing once somebody does."""
    open_ones = [
        one
        for one in _about(told)
        if is_open_for_answers(one.run, now) and one.told.group and one.told.group.lets(Permission.PLAN_RUNS)
    ]
    groups = pace_groups_of({one.run.id for one in open_ones})
    missing = {one.told.id: _without_leader(one, groups[one.run.id]) for one in open_ones}
    offered = _offered({group.id for some in missing.values() for group in some})
    return {
        one.told.id: one.details(_needed(some, offered), now) for one in open_ones if (some := missing[one.told.id])
    }


def _without_leader(one: _About, groups: Sequence[PaceGroup]) -> list[PaceGroup]:
    """Return the pace groups that need a leader: the one that the fact names, or all of them."""
    named = one.told.data.get("pace_group_id")
    return [group for group in groups if needs_leader(group) and named in (None, group.id)]


def _offered(pace_group_ids: Collection[int]) -> set[int]:
    offers = select(LeaderOffer.pace_group_id).where(LeaderOffer.pace_group_id.in_(pace_group_ids)).distinct()
    return set(db.session.scalars(offers)) if pace_group_ids else set()


def _needed(groups: Sequence[PaceGroup], offered: set[int]) -> dict[str, Any]:
    return {"names": [group.name for group in groups], "is_offered": any(group.id in offered for group in groups)}
