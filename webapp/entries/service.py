"""Entering challenges and leaving them. Nothing here commits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, select, update

from webapp.challenges.queries import is_closed, refuse_closed
from webapp.db import db
from webapp.entries.baseline_service import snapshot_own_baselines
from webapp.job_names import Job
from webapp.leaderboards.service import remove_entries
from webapp.models.challenges import Challenge, ChallengeLeaver, Entry, Series, SeriesChoice, Team, TeamStint
from webapp.models.groups import Group
from webapp.queue import after_commit
from webapp.results.service import redact_results
from webapp.rulebook.lifecycle import MAX_GRACE_HOURS, smallest_team
from webapp.rulebook.presets import TeamMode
from webapp.scoring.service import rederive_entry
from webapp.sync.service import request_older_resyncs
from webapp.teams.balance_service import refresh_draft_order
from webapp.teams.queries import team_sizes


def enter(challenge: Challenge, runner_id: int, now: datetime) -> int | None:
    """Enter a runner, in the smallest team if there are teams, and score them; the whole window counts, even late.

    A team gets what they run from today on; if the challenge says so, all of it on a first joining. Returns the entry,
    None if they were in it already. Raises ChallengeFinished. Enqueues Job.PUBLISH_BOARD.
    """
    refuse_closed(challenge, now)
    there = select(Entry.id).where(Entry.challenge_id == challenge.id, Entry.runner_id == runner_id)
    if db.session.scalar(there) is not None:
        return None
    entry = Entry(challenge_id=challenge.id, runner_id=runner_id, joined_at=now)
    db.session.add(entry)
    db.session.flush()
    team_id = smallest_team(team_sizes(challenge.id))
    today = now.astimezone(ZoneInfo(db.session.get_one(Group, challenge.group_id).tz)).date()
    # Until it begins the captains choose.
    if team_id is not None and not (challenge.team_mode == TeamMode.PICKED and today < challenge.starts_on):
        since = challenge.starts_on if brings_whole(challenge, runner_id) else max(challenge.starts_on, today)
        db.session.add(TeamStint(entry_id=entry.id, team_id=team_id, from_date=since))
        db.session.flush()
    entry_id = entry.id
    refresh_draft_order(challenge, [entry_id], today)
    if today < challenge.starts_on or not snapshot_own_baselines(challenge.id, [entry_id], now):
        rederive_entry(entry_id, now)
    request_older_resyncs(challenge.id, challenge.starts_on, runner_id)
    after_commit(Job.PUBLISH_BOARD, challenge.id)
    return entry_id


def brings_whole(challenge: Challenge, runner_id: int) -> bool:
    """Return whether a runner who enters now brings the whole window to a team. One who was in before never does."""
    return challenge.late_counts_whole and db.session.get(ChallengeLeaver, (challenge.id, runner_id)) is None


def enter_open_challenges(group: Group, runner_id: int, now: datetime) -> None:
    """Enter a runner in every challenge of the group that is not closed. Enqueues Job.PUBLISH_BOARD for each.

    Hold the group's lock (`groups.queries.locked_group`).
    """
    # No grace time is longer, so everything that ended before that is closed.
    oldest = now.date() - timedelta(hours=MAX_GRACE_HOURS, days=2)
    recent = select(Challenge).where(Challenge.group_id == group.id, Challenge.ends_on >= oldest)
    for challenge in db.session.scalars(recent.order_by(Challenge.id)).all():
        if not is_closed(challenge, now):
            enter(challenge, runner_id, now)


def withdraw(group_id: int | None, runner_id: int) -> None:
    """Take a runner out of the challenges of one group, or of all (None), with everything derived about them.

    In a final challenge they become a former member: a place and a rank, and nothing else.
    """
    redact_results(group_id, runner_id)
    mine = select(Entry.id, Entry.challenge_id).where(Entry.runner_id == runner_id)
    if group_id is not None:
        mine = mine.join(Challenge, Challenge.id == Entry.challenge_id).where(Challenge.group_id == group_id)
    entry_ids, challenge_ids = [], set()
    for entry_id, challenge_id in db.session.execute(mine):
        entry_ids.append(entry_id)
        challenge_ids.add(challenge_id)
    _remove(entry_ids)
    if group_id is not None:
        _remember_leaver(challenge_ids, runner_id)
    choices = delete(SeriesChoice).where(SeriesChoice.runner_id == runner_id)
    if group_id is not None:
        choices = choices.where(SeriesChoice.series_id.in_(select(Series.id).where(Series.group_id == group_id)))
    db.session.execute(choices)


def step_out(challenge: Challenge, runner_id: int, now: datetime) -> bool:
    """Take a runner out of one challenge at their own wish; they may come back. Returns whether they were in it.

    Raises ChallengeFinished.
    """
    refuse_closed(challenge, now)
    mine = select(Entry.id).where(Entry.challenge_id == challenge.id, Entry.runner_id == runner_id)
    entry_ids = db.session.scalars(mine).all()
    _remove(entry_ids)
    _remember_leaver({challenge.id} if entry_ids else set(), runner_id)
    return bool(entry_ids)


def _remember_leaver(challenge_ids: set[int], runner_id: int) -> None:
    """Record that a runner left these challenges; only those with teams that are not frozen need it."""
    mine = select(Challenge.id).where(Challenge.id.in_(challenge_ids), Challenge.frozen_at.is_(None))
    for challenge_id in db.session.scalars(mine.where(Challenge.team_mode != TeamMode.NONE)).all():
        db.session.merge(ChallengeLeaver(challenge_id=challenge_id, runner_id=runner_id))
    db.session.flush()


def _remove(entry_ids: Sequence[int]) -> None:
    remove_entries(entry_ids)
    # The captain of an active team must be in it; in a final one their name would remain as the captain's.
    theirs = (Entry.challenge_id == Team.challenge_id) & (Entry.runner_id == Team.captain_id)
    led = exists().where(theirs, Entry.id.in_(entry_ids))
    db.session.execute(update(Team).where(led).values(captain_id=None))
    db.session.execute(delete(Entry).where(Entry.id.in_(entry_ids)))
