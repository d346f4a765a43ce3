"""Jobs of challenges."""

import logging
from collections.abc import Callable, Iterable
from datetime import date

from webapp.activities.queries import batches
from webapp.challenge_admin import closing
from webapp.drafts import service as drafts
from webapp.entries import baseline_service
from webapp.extensions import begin_write, clock, db
from webapp.groups.queries import locked_group
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.queue import ask
from webapp.results.queries import without_results
from webapp.results.service import store_results as store
from webapp.rulebook.presets import TeamMode
from webapp.scoring.entry_facts import entry_ids_of
from webapp.scoring.service import BATCH
from webapp.series import service as series
from webapp.teams import balance

log = logging.getLogger(__name__)


def close_round() -> None:
    """Freeze the challenges whose time has come."""
    _each("jobs.challenges.close", close, closing.to_freeze(clock().now()))
    for challenge_id in without_results():
        ask("jobs.challenges.store_results", challenge_id)


def close(challenge_id: int) -> None:
    """Freeze a challenge if its time has come, or ask for what its board still waits for."""
    now = clock().now()
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or not closing.is_ripe(challenge, now):
        return
    begin_write()
    missing = closing.freeze(challenge_id, now)
    db.session.commit()
    if missing:
        ask(missing, challenge_id)


def store_results(challenge_id: int) -> None:
    """Store the results of a challenge that was frozen when they were not stored yet."""
    begin_write()
    store(challenge_id)
    db.session.commit()


def renew_round() -> None:
    """Make the next challenge of every series for which it is time."""
    _each("jobs.challenges.renew", renew, series.living_series())


def renew(series_id: int) -> None:
    """Make the challenges of a series that are to be there by now."""
    begin_write()
    made = series.renew(series_id, clock().now())
    db.session.commit()
    for challenge_id in made:
        ask("jobs.scoring.rederive_challenge", challenge_id)
        ask("jobs.challenges.compare", challenge_id)


def begin_round() -> None:
    """Do what there is to do when challenges begin: place who was not picked, fix what entries are measured against."""
    now = clock().now()
    _each("jobs.challenges.place_left", place_left, drafts.undrafted(now))
    _each("jobs.challenges.fix", fix, baseline_service.begun_challenges(now))


def place_left(challenge_id: int) -> None:
    """Put those whom no captain has picked into the smallest teams."""
    begin_write()
    placed = drafts.place_left(challenge_id, clock().now())
    db.session.commit()
    if placed:
        ask("jobs.leaderboards.publish", challenge_id)
        # There may be more of them.
        ask("jobs.challenges.place_left", challenge_id)


def weigh_round() -> None:
    """Look at what members ran meanwhile, wherever a page says something of recent mileage."""
    _each("jobs.challenges.weigh", weigh, balance.to_weigh(clock().now()))


def weigh(challenge_id: int) -> None:
    """Put those who wait for a captain in order, and see how even the teams are."""
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is not None and challenge.team_mode == TeamMode.PICKED and _today(challenge) <= challenge.starts_on:
        for entry_ids in batches(entry_ids_of(challenge_id), BATCH):
            # Each batch is whole by itself; between them, captains can pick.
            begin_write()
            held = _held(challenge_id)
            if held is not None:
                balance.keep_waiting(held, entry_ids, _today(held))
            db.session.commit()
    compare(challenge_id)


def compare(challenge_id: int) -> None:
    """See how even the teams of a large challenge are; of a small one its page does."""
    challenge = db.session.get(Challenge, challenge_id)
    if challenge is None or not balance.is_large(challenge_id):
        return
    found = balance.compared(challenge, _today(challenge))
    # It takes a second for ten thousand, in which others write.
    begin_write()
    balance.keep_balance(challenge_id, found)
    db.session.commit()


def fix(challenge_id: int) -> None:
    """Fix what the entries of a challenge are measured against: first those with a history, then by their median."""
    now = clock().now()
    if challenge_id not in baseline_service.begun_challenges(now):
        return
    for step in (baseline_service.fix_own, baseline_service.fix_borrowed):
        for entry_ids in batches(baseline_service.entries_to_fix(challenge_id), BATCH):
            # Each batch is whole by itself; between them, runs can be taken in.
            begin_write()
            step(challenge_id, entry_ids, now)
            db.session.commit()
    ask("jobs.leaderboards.publish", challenge_id)


def _each(name: str, job: Callable[[int], None], ids: Iterable[int]) -> None:
    """Do `job`, called `name`, for each of `ids`, in transactions of its own; one that fails stops no other."""
    for one in ids:
        try:
            job(one)
        except Exception:  # whatever is wrong with one, the others are not to wait for it
            db.session.rollback()
            log.exception("%s(%s) failed", name, one)
            # By itself it is tried again, and seen among the failed when that does not help.
            ask(name, one)


def _held(challenge_id: int) -> Challenge | None:
    """Return a challenge, and let nobody else change its group and the teams of it until the commit."""
    challenge = db.session.get(Challenge, challenge_id)
    return challenge if challenge is not None and locked_group(Group.id == challenge.group_id) else None


def _today(challenge: Challenge) -> date:
    return clock().today(db.session.get_one(Group, challenge.group_id).tz)
