"""What the parts of pages need that show who comes to a group run, and take a member's answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.db import db
from webapp.group_runs.queries import leads, pace_groups_of
from webapp.group_runs.rules import is_open_for_answers
from webapp.groups.permissions import Permission
from webapp.groups.queries import may_now
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Group, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer, RunStatus
from webapp.paging import Page
from webapp.privacy.gate import seen_as_another, viewpoint_of
from webapp.rsvps.answer_queries import ShownRsvp, answers_page, first_answers, in_pace_group
from webapp.rsvps.forms import RsvpForm
from webapp.rsvps.queries import AnswerTally, RsvpCounts, counts_of, guests_that_fit, own_answer, place_in_queue
from webapp.rsvps.rules import ASKED_FROM

# How many of each answer a page lists; a page of its own lists all.
LISTED = 60


@dataclass(frozen=True, slots=True)
class Answering:
    """A member's answer and the form for it.

    mine: their answer, None for none yet; place: theirs on the waiting list, from 1
    is_offered: is a place held for them, until `mine.offered_until`? offered_guests: how many guests could come along
    asks_again: was the run moved since they answered? closed: "began", "cancelled" or "archived": it takes no answers
    moves: does a freed place go to the next by itself, as it does until `moves_until`? answered: in, maybe, out
    would_wait: would “in” mean to wait? says: what is free, by pace group
    """

    run: GroupRun
    slug: str
    form: RsvpForm
    mine: Rsvp | None
    counts: RsvpCounts
    place: int | None
    is_offered: bool
    offered_guests: int
    asks_again: bool
    closed: str | None
    moves_until: datetime
    moves: bool
    answered: RsvpAnswer | None
    would_wait: bool
    says: Mapping[int, str]
    pace_group: PaceGroup | None


@dataclass(frozen=True, slots=True)
class PaceGroupAnswers:
    """Those who run in one pace group, or in none yet (None). places: None for any number."""

    pace_group: PaceGroup | None
    tally: AnswerTally
    places: int | None
    runners: Sequence[ShownRsvp]


@dataclass(frozen=True, slots=True)
class RunAnswers:
    """The answers to a run, as a page lists them.

    hidden: how many of those who are in show nothing of themselves; out: for readers who count the run alone
    """

    run: GroupRun
    slug: str
    counts: RsvpCounts
    pace_groups: Sequence[PaceGroupAnswers]
    hidden: int
    maybe: Sequence[ShownRsvp]
    waiting: Sequence[ShownRsvp]
    out: Sequence[ShownRsvp]
    sees_out: bool


def answer_context(
    run: GroupRun, membership: Membership, now: datetime, *,
    suggested: int | None = None, form: RsvpForm | None = None, counts: RsvpCounts | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what rsvps/_answer.html needs. `suggested`: the pace group that fits; `counts`: the tally, if known."""
    mine = own_answer(viewpoint_of(membership.runner_id), run.id)
    pace_groups = pace_groups_of([run.id])[run.id]
    counts = counts or counts_of([run.id], now)[run.id]
    answering = Answering(
        run=run,
        slug=membership.group.slug,
        form=form or RsvpForm(mine, pace_groups, suggested),
        mine=mine,
        counts=counts,
        place=place_in_queue(mine, is_run_full=counts.free == 0) if mine and mine.queued_at else None,
        is_offered=mine is not None and mine.offered_until is not None and mine.offered_until > now,
        offered_guests=guests_that_fit(mine, now) if mine and mine.offered_until else 0,
        asks_again=asks_again(run, mine),
        closed=_closed(run, membership, now),
        moves_until=run.starts_at - ASKED_FROM,
        moves=now <= run.starts_at - ASKED_FROM,
        answered=_said(mine),
        would_wait=counts.free == 0 and _said(mine) != RsvpAnswer.IN,
        says={one.id: _says(counts, one.id) for one in pace_groups},
        pace_group=next((one for one in pace_groups if mine and one.id == mine.pace_group_id), None),
    )
    return {"answering": answering}


def _said(mine: Rsvp | None) -> RsvpAnswer | None:
    """Return what a member answered, whether or not there was a place."""
    if mine is None:
        return None
    return RsvpAnswer.IN if mine.answer == RsvpAnswer.WAITING else mine.answer


def answers_context(
    run: GroupRun, viewpoint: int, now: datetime, *, sees_out: bool = False, counts: RsvpCounts | None = None
) -> dict[str, Any]:
    """Return what rsvps/_answers.html needs. `sees_out`: is the reader one who counts the run (`counts_run`)?"""
    counts = counts or counts_of([run.id], now)[run.id]
    first = Page(1, LISTED)
    going = first_answers(run, RsvpAnswer.IN, viewpoint, LISTED) if counts.going else []
    answers = RunAnswers(
        run=run,
        slug=db.session.get_one(Group, run.group_id).slug,
        counts=counts,
        pace_groups=[one for one in _by_pace_group(run, counts, going) if one.pace_group or one.runners],
        hidden=sum(one.is_hidden for one in going),
        maybe=first_answers(run, RsvpAnswer.MAYBE, viewpoint, LISTED) if counts.maybe else [],
        waiting=answers_page(run, RsvpAnswer.WAITING, viewpoint, first) if counts.waiting else [],
        out=first_answers(run, RsvpAnswer.OUT, viewpoint, LISTED) if counts.out and sees_out else [],
        sees_out=sees_out,
    )
    return {"answers": answers}


def counts_run(run: GroupRun, membership: Membership) -> bool:
    """Return whether a member counts who comes to a run: who may plan runs, leads this one or is at its back."""
    if seen_as_another.get() or membership.group.is_read_only:
        return False
    return may_now(membership, Permission.PLAN_RUNS) or leads(run.id, membership.runner_id)


def asks_again(run: GroupRun, mine: Rsvp | None) -> bool:
    """Return whether a run was moved since a member meant to come to it."""
    if mine is None or run.asked_again_at is None or mine.answer == RsvpAnswer.OUT:
        return False
    return mine.answered_at < run.asked_again_at


def _closed(run: GroupRun, membership: Membership, now: datetime) -> str | None:
    if run.status == RunStatus.CANCELLED:
        return "cancelled"
    if not is_open_for_answers(run, now):
        return "began"
    return "archived" if membership.group.is_read_only else None


def _says(counts: RsvpCounts, pace_group_id: int) -> str:
    """Return what a choice of a pace group says below its name."""
    tally, free = counts.of(pace_group_id), counts.free_in(pace_group_id)
    coming = f"{tally.coming} in" if tally.coming else "nobody yet"
    if free is None:
        return coming
    if not free:
        return f"{coming} · full" + (f", {tally.waiting} waiting" if tally.waiting else "")
    return f"{coming} · {free} place{'' if free == 1 else 's'} free"


def _by_pace_group(run: GroupRun, counts: RsvpCounts, going: Sequence[ShownRsvp]) -> Iterator[PaceGroupAnswers]:
    for one in (*pace_groups_of([run.id])[run.id], None):
        pace_group_id = one.id if one else None
        places = counts.group_places.get(one.id) if one else None
        yield PaceGroupAnswers(one, counts.of(pace_group_id), places, in_pace_group(going, pace_group_id))
