"""Snapshots of what entries are measured against, taken once a challenge begins. Nothing here commits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, case, exists, func, select, update

from webapp.activities.queries import lock_runners
from webapp.clock import latest_date
from webapp.db import db
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent, Group
from webapp.models.scoring import LedgerDay
from webapp.models.sync import InitialImport
from webapp.models.words import UNFINISHED, ConsentLevel
from webapp.privacy.gate import may_see
from webapp.privacy.queries import consent_holds, is_hidden_runner, shows
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook.baselines import (
    USUAL_WEEKS,
    WEEKS,
    Baseline,
    History,
    Week,
    baseline_from,
    classes_of,
    median_of,
    weeks_before,
)
from webapp.rulebook.lifecycle import State, state_of
from webapp.rulebook.ruleset import RuleSet
from webapp.scoring.service import rederive_entries


def begun_challenges(now: datetime) -> list[int]:
    """Return the challenges that have begun, are not frozen, and have entries whose baseline can be stored."""
    waits = exists().where(Entry.challenge_id == Challenge.id, *_without_baseline())
    columns = (Challenge.id, Challenge.starts_on, Challenge.ends_on, Challenge.grace_hours, Group.tz)
    wanted = select(*columns).join(Group, Group.id == Challenge.group_id).where(Challenge.frozen_at.is_(None), waits)
    found = db.session.execute(wanted.where(Challenge.starts_on <= latest_date(now)).order_by(Challenge.id))
    return [
        row.id
        for row in found
        if state_of(row.starts_on, row.ends_on, row.grace_hours, row.tz, now) is not State.COMING
    ]


def entries_without_baseline(challenge_id: int) -> Sequence[int]:
    """Return the entries whose baseline can be stored, in the order in which their runners are locked.

    A runner whose initial import is under way has to wait for its end.
    """
    wanted = select(Entry.id).where(Entry.challenge_id == challenge_id, *_without_baseline())
    return db.session.scalars(wanted.order_by(Entry.runner_id)).all()


def snapshot_own_baselines(challenge_id: int, entry_ids: Collection[int], now: datetime) -> set[int]:
    """Store the baselines of these entries from their own history, and score them; those without history are skipped.

    Call this for a challenge that has begun and is not frozen. Returns the entries that got a baseline; each gets one
    once. Enqueues nothing: a caller that works in batches enqueues Job.PUBLISH_BOARD once, after the last of them.
    """
    return _snapshot(challenge_id, entry_ids, now, from_median=False)


def snapshot_median_baselines(challenge_id: int, entry_ids: Collection[int], now: datetime) -> set[int]:
    """Store the median of the other baselines for entries without history. Otherwise as `snapshot_own_baselines`.

    Call this once every entry with a history has its baseline.
    """
    return _snapshot(challenge_id, entry_ids, now, from_median=True)


def reset_baselines(challenge_id: int) -> None:
    """Clear the baseline of every entry, because the measure or its sports have changed.

    Call this for a challenge that is not frozen. The sweep stores new ones within a minute, Job.SNAPSHOT_BASELINES at
    once.
    """
    nothing = {
        "baseline": None,
        "baseline_weeks": None,
        "baseline_own": None,
        "usual_longest_m": None,
        "baseline_snapshot_at": None,
    }
    db.session.execute(update(Entry).where(Entry.challenge_id == challenge_id).values(nothing))


def measures_differently(before: RuleSet, after: RuleSet) -> bool:
    """Return whether baselines stored under some rules mean nothing under others: another measure, other sports."""
    then, now = (
        (rules.measured.ledger, rules.measured.adds_up, classes_of(rules.counts.sports)) for rules in (before, after)
    )
    return then != now


def histories_of(runner_ids: Collection[int], rules: RuleSet, starts_on: date) -> dict[int, History]:
    """Return the ledger's history of some runners before a date; runners without a day in it are left out."""
    weeks, usual = weeks_before(starts_on), weeks_before(starts_on, USUAL_WEEKS)
    longest = func.max(case((LedgerDay.local_date.between(usual[-1].first, usual[0].last), LedgerDay.longest_m)))
    wanted = (
        select(LedgerDay.runner_id, func.min(LedgerDay.local_date), longest, *(_of(rules, week) for week in weeks))
        .where(LedgerDay.runner_id.in_(runner_ids), LedgerDay.sport_class.in_(classes_of(rules.counts.sports)))
        .where(LedgerDay.local_date < starts_on, LedgerDay.runs > 0)
        .group_by(LedgerDay.runner_id)
    )
    return {
        runner_id: History([int(amount) for amount in sums], first_day, longest_m)
        for runner_id, first_day, longest_m, *sums in db.session.execute(wanted)
    }


def _of(rules: RuleSet, week: Week) -> ColumnElement[Any]:
    """Return what is measured of a week, read from the ledger."""
    measure, within = rules.measured, LedgerDay.local_date.between(week.first, week.last)
    if measure.ledger is None:
        return func.count(case((within, LedgerDay.local_date)).distinct())
    amount = case((within, getattr(LedgerDay, measure.ledger)), else_=0)
    return func.sum(amount) if measure.adds_up else func.max(amount)


def _without_baseline() -> tuple[ColumnElement[bool], ...]:
    reading = exists().where(InitialImport.runner_id == Entry.runner_id, InitialImport.state.in_(UNFINISHED))
    return Entry.baseline_snapshot_at.is_(None), ~reading


def _snapshot(challenge_id: int, entry_ids: Collection[int], now: datetime, *, from_median: bool) -> set[int]:
    # Lock runners first, then the challenge against freezing, then entries, as everything that derives does.
    of_runner = dict(db.session.execute(select(Entry.id, Entry.runner_id).where(Entry.id.in_(entry_ids))).all())
    lock_runners(of_runner.values())
    open_one = select(Challenge).where(Challenge.id == challenge_id, Challenge.frozen_at.is_(None))
    challenge = db.session.scalar(open_one.with_for_update(read=True, key_share=True))
    if challenge is None:
        return set()
    still = db.session.scalars(select(Entry.id).where(Entry.id.in_(entry_ids), *_without_baseline()))
    waiting = {entry_id: of_runner[entry_id] for entry_id in still}
    rules = challenge.rules
    histories = histories_of(waiting.values(), rules, challenge.starts_on)
    baselines = {
        entry_id: baseline_from(histories.get(runner_id, History([0] * WEEKS, None, None)), challenge.starts_on)
        for entry_id, runner_id in waiting.items()
    }
    wanted = {entry_id: baseline for entry_id, baseline in baselines.items() if (baseline.mean is None) is from_median}
    _claim(wanted, _median(challenge_id, rules) if from_median else None, now)
    if wanted:
        rederive_entries(wanted, now)
    return set(wanted)


def _claim(baselines: Mapping[int, Baseline], median: int | None, now: datetime) -> None:
    if not baselines:
        return
    mine = update(Entry).where(Entry.id == bindparam("entry"), Entry.baseline_snapshot_at.is_(None))
    values = mine.values(
        baseline=bindparam("mean"),
        baseline_weeks=bindparam("weeks"),
        baseline_own=bindparam("own"),
        usual_longest_m=bindparam("longest"),
        baseline_snapshot_at=bindparam("now"),
    )
    rows = [
        {
            "entry": entry_id,
            "mean": median if baseline.mean is None else baseline.mean,
            "weeks": baseline.weeks,
            "own": baseline.mean is not None,
            "longest": baseline.usual_longest_m,
            "now": now,
        }
        for entry_id, baseline in baselines.items()
    ]
    db.session.connection().execute(values, rows)
    db.session.expire_all()


def _median(challenge_id: int, rules: RuleSet) -> int:
    """Return the median baseline of those who let the group see theirs; 0 where nobody does.

    Including the others would reveal a hidden baseline to a reader who knows the rest.
    """
    consented = (Consent.runner_id == Entry.runner_id) & (Consent.group_id == Challenge.group_id)
    own = (
        select(Entry.baseline, Consent.level, shows(LONGEST))
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .join(Consent, consented & consent_holds())
        .where(Entry.challenge_id == challenge_id, Entry.baseline_own.is_(True))
        .where(~is_hidden_runner(Entry.runner_id))
    )
    return median_of(
        [
            mean
            for mean, level, shows_longest in db.session.execute(own)
            if mean is not None and may_see(baseline_level(level, shows_longest, rules), "baseline")
        ]
    )


def baseline_level(level: ConsentLevel | None, shows_longest: bool, rules: RuleSet) -> ConsentLevel | None:
    """Return the consent level that decides whether the group sees a member's baseline under some rules.

    The best of a week is a single run, which needs a consent of its own.
    """
    return level if rules.measured.adds_up or shows_longest else None
