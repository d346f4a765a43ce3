"""Jobs of challenges."""

import logging
from collections.abc import Callable, Iterable
from datetime import date

from webapp.challenge_admin import closing_queries, closing_service
from webapp.db import batches, db, write_transaction
from webapp.drafts import service as drafts
from webapp.drafts.turn_queries import undrafted
from webapp.entries import baseline_service
from webapp.extensions import clock
from webapp.groups.queries import locked_group
from webapp.job_names import Job
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.queue import enqueue
from webapp.results.queries import without_results
from webapp.results.service import store_results as store
from webapp.rulebook.presets import TeamMode
from webapp.scoring.entry_queries import entry_ids_of
from webapp.scoring.service import BATCH
from webapp.series import service as series
from webapp.series.queries import active_series
from webapp.teams import balance_service
from webapp.teams.queries import challenges_with_teams

log = logging.getLogger(__name__)


def close_sweep() -> None:
    """Freeze the challenges whose time has come."""
    _each(Job.CLOSE_CHALLENGE, close_challenge, closing_queries.to_freeze(clock().now()))
    for challenge_id in without_results():
        enqueue(Job.STORE_RESULTS, challenge_id)


def close_challenge(challenge_id: int) -> None:
    """Freeze a challenge if its time has come, or enqueue the job that its board still waits for."""
    now = clock().now()
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or not closing_queries.is_ripe(challenge, now):
        return
    with write_transaction():
        closing_service.freeze(challenge_id, now)


def store_results(challenge_id: int) -> None:
    """Store the results of a challenge that was frozen when they were not stored yet."""
    with write_transaction():
        store(challenge_id)


def renew_sweep() -> None:
    """Make the next challenge of every series for which it is time."""
    _each(Job.RENEW_SERIES, renew_series, active_series())


def renew_series(series_id: int) -> None:
    """Make the challenges of a series that should exist by now."""
    with write_transaction():
        series.renew(series_id, clock().now())


def begin_sweep() -> None:
    """Do what is due when challenges begin: put runners who were not picked into teams, and snapshot baselines."""
    now = clock().now()
    _each(Job.PLACE_UNDRAFTED, place_undrafted, undrafted(now))
    _each(Job.SNAPSHOT_BASELINES, snapshot_baselines, baseline_service.begun_challenges(now))


def place_undrafted(challenge_id: int) -> None:
    """Put the runners whom no captain has picked into the smallest teams."""
    with write_transaction():
        drafts.place_undrafted(challenge_id, clock().now())


def mileage_sweep() -> None:
    """Update what pages show of recent mileage: the order of draft pools, and how even the teams are."""
    _each(Job.REFRESH_DRAFT_ORDER, refresh_draft_order, challenges_with_teams(clock().now()))


def refresh_draft_order(challenge_id: int) -> None:
    """Order the draft pool by recent mileage, and measure how even the teams are."""
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is not None and challenge.team_mode == TeamMode.PICKED and _today(challenge) <= challenge.starts_on:
        for entry_ids in batches(entry_ids_of(challenge_id), BATCH):
            # Each batch is complete on its own; between two of them, captains can pick.
            with write_transaction():
                locked = _locked(challenge_id)
                if locked is not None:
                    balance_service.refresh_draft_order(locked, entry_ids, _today(locked))
    measure_team_spread(challenge_id)


def measure_team_spread(challenge_id: int) -> None:
    """Store how even the teams of a large challenge are. For a small one, its page computes it."""
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or not balance_service.is_large(challenge_id):
        return
    found = balance_service.compared(challenge, _today(challenge))
    # Computing it takes a second for ten thousand entries. Others can write during that time.
    with write_transaction():
        balance_service.keep_balance(challenge_id, found)


def snapshot_baselines(challenge_id: int) -> None:
    """Snapshot the baselines of the entries: first of those with a history, then, by their median, of the others."""
    now = clock().now()
    if challenge_id not in baseline_service.begun_challenges(now):
        return
    for step in (baseline_service.snapshot_own_baselines, baseline_service.snapshot_median_baselines):
        for entry_ids in batches(baseline_service.entries_without_baseline(challenge_id), BATCH):
            # Each batch is complete on its own; between two of them, syncs can store runs.
            with write_transaction():
                step(challenge_id, entry_ids, now)
    enqueue(Job.PUBLISH_BOARD, challenge_id)


def _each(job: Job, run: Callable[[int], None], ids: Iterable[int]) -> None:
    """Run a job for each of `ids`, in transactions of its own. A failure of one does not stop the others."""
    for one in ids:
        try:
            run(one)
        except Exception:  # whatever is wrong with one, the others must not wait for it
            db.session.rollback()
            log.exception("%s(%s) failed", job, one)
            # As a job of its own it is tried again, and the operator sees it if that does not help.
            enqueue(job, one)


def _locked(challenge_id: int) -> Challenge | None:
    """Return a challenge, with its group locked until the commit, which also guards its teams."""
    challenge = db.session.get(Challenge, challenge_id)
    return challenge if challenge is not None and locked_group(Group.id == challenge.group_id) else None


def _today(challenge: Challenge) -> date:
    return clock().today(db.session.get_one(Group, challenge.group_id).tz)
