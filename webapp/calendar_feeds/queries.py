"""Reading calendar feeds, and what stands in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from webapp.auth.rules import digest_of
from webapp.calendar_feeds.rules import AHEAD, BACK, MAX_ENTRIES, ChallengeInCalendar, RunInCalendar
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.calendar_feeds import CalendarFeed
from webapp.models.challenges import Challenge, Entry
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Group, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer
from webapp.privacy.break_queries import is_on_break
from webapp.text import is_writable


def feed_of(runner_id: int) -> CalendarFeed | None:
    """Return the feed of a runner."""
    return db.session.get(CalendarFeed, runner_id, populate_existing=True)


def feed_by(token: str) -> tuple[CalendarFeed, Runner] | None:
    """Return the feed of a secret address with its runner."""
    if not is_writable(token):
        return None
    found = select(CalendarFeed, Runner).join(Runner, Runner.id == CalendarFeed.runner_id)
    row = db.session.execute(found.where(CalendarFeed.token_digest == digest_of(token))).one_or_none()
    return (row[0], row[1]) if row else None


def runs_in_calendar(feed: CalendarFeed, now: datetime) -> list[RunInCalendar]:
    """Return the runs in a feed, the first one first: those of the runner's groups, by what they answered."""
    answered = and_(Rsvp.id.is_not(None), Rsvp.answer != RsvpAnswer.OUT)
    wanted = or_(answered, _is_open(feed.runner_id, now)) if feed.shows_unanswered else answered
    within = (GroupRun.starts_at >= now - BACK, GroupRun.starts_at < now + AHEAD)
    found = _runs(feed.runner_id).where(wanted, *within).order_by(GroupRun.starts_at, GroupRun.id)
    return [_run(row) for row in db.session.execute(found.limit(MAX_ENTRIES))]


def run_in_calendar(run_id: int, runner_id: int) -> RunInCalendar | None:
    """Return one run, by what a member answered; None where it is no run of a group of theirs."""
    row = db.session.execute(_runs(runner_id).where(GroupRun.id == run_id)).one_or_none()
    return _run(row) if row else None


def challenges_in_calendar(runner_id: int, now: datetime) -> list[ChallengeInCalendar]:
    """Return the challenges that a runner is in and that end within the dates of the feed."""
    c, first, last = Challenge, (now - BACK).date(), (now + AHEAD).date()
    shown = (c.id, c.name, Group.slug, Group.id, Group.name, c.ends_on, c.edition, c.created_at)
    entered = select(*shown).join(Entry, Entry.challenge_id == c.id).join(Group, Group.id == c.group_id)
    mine = entered.join(Membership, _is_in(c.group_id, runner_id)).where(Entry.runner_id == runner_id)
    found = mine.where(c.ends_on.between(first, last)).order_by(c.ends_on, c.id)
    return [ChallengeInCalendar(*row) for row in db.session.execute(found.limit(MAX_ENTRIES))]


def _runs(runner_id: int) -> Select[*tuple[Any, ...]]:
    """Select the runs of a runner's groups with their answer. Leaving a group takes them out at once."""
    shown = (GroupRun, Group.slug, Group.name, Rsvp.answer, Rsvp.answered_at, PaceGroup)
    of_groups = select(*shown).join(Group, Group.id == GroupRun.group_id)
    mine = of_groups.join(Membership, _is_in(GroupRun.group_id, runner_id))
    answered = mine.outerjoin(Rsvp, and_(Rsvp.run_id == GroupRun.id, Rsvp.runner_id == runner_id))
    return answered.outerjoin(PaceGroup, PaceGroup.id == Rsvp.pace_group_id)


def _is_in(group_id: Any, runner_id: int) -> ColumnElement[bool]:
    return and_(Membership.group_id == group_id, Membership.runner_id == runner_id)


def _is_open(runner_id: int, now: datetime) -> ColumnElement[bool]:
    """Return the condition that a run is to come, not answered, and on no day of a break: nothing asks then."""
    return and_(Rsvp.id.is_(None), GroupRun.starts_at > now, ~is_on_break(runner_id, GroupRun.on_date))


def _run(row: Any) -> RunInCalendar:
    run, slug, group, answer, answered_at, pace_group = row
    return RunInCalendar(run, run.id, slug, group, answer, answered_at, pace_group)
