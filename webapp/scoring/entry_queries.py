"""Reading the input of scoring: entries with their rules, and the stored rows that were derived from runs."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, exists, or_, select

from webapp.activities.queries import runs_of
from webapp.db import Base, db
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry, TeamStint
from webapp.models.groups import Consent
from webapp.models.reviews import Review
from webapp.models.scoring import DayScore, LedgerDay, Standing, TeamShare
from webapp.privacy.queries import shows
from webapp.privacy.switch_rules import COUNT_PRIVATE
from webapp.rulebook.judging import (
    ChallengeRules,
    DayValue,
    Decision,
    Override,
    Rows,
    RunnerContext,
    Verdict,
    counting,
    day_values,
    latest_team,
    ledger,
    met_target,
    sum_of,
    team_sums,
)
from webapp.rulebook.lifecycle import Stint
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import Run
from webapp.rulebook.shapes.base import ScoringContext


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table of derived rows: the columns that name a row, and those that are derived."""

    model: type[Base]
    key: tuple[str, ...]
    values: tuple[str, ...]

    @property
    def table(self) -> Table:
        return Base.metadata.tables[self.model.__tablename__]


A_DAY = timedelta(days=1)
LEDGER = StoredTable(
    LedgerDay,
    ("runner_id", "sport_class", "local_date"),
    ("distance_m", "moving_s", "climb_m", "runs", "longest_m"),
)
DAYS = StoredTable(DayScore, ("entry_id", "local_date"), ("challenge_id", "team_id", "value", "runs", "amount"))
STANDINGS = StoredTable(Standing, ("entry_id",), ("challenge_id", "team_id", "total", "days"))
SHARES = StoredTable(TeamShare, ("entry_id", "team_id"), ("total", "days", "met"))


def stored_rows(shape: StoredTable, owner_ids: Collection[int], *wanted: ColumnElement[bool]) -> Rows:
    """Return the stored rows of the owners (runners for the ledger, entries for all others) that are `wanted`."""
    columns = [shape.table.c[name] for name in (*shape.key, *shape.values)]
    width = len(shape.key)
    rows = db.session.execute(select(*columns).where(columns[0].in_(owner_ids), *wanted))
    return {tuple(row[:width]): tuple(row[width:]) for row in rows}


def stored_ledger(runner_ids: Collection[int], read_from: Mapping[int, date | None]) -> Rows:
    """Return the ledger of these runners from the first date whose runs are kept; older days are facts.

    `read_from`: that date by runner, from `activities.queries.read_from_of`.
    """
    since = {runner_id: read_from.get(runner_id) or date.min for runner_id in runner_ids}
    recent = LEDGER.table.c.local_date >= min(since.values(), default=date.min)
    rows = stored_rows(LEDGER, runner_ids, recent)
    return {key: values for key, values in rows.items() if key[2] >= since[key[0]]}


@dataclass(frozen=True, slots=True)
class EntryContext:
    """An entry with everything that judges and scores its runs."""

    id: int
    runner_id: int
    challenge_id: int
    rules: ChallengeRules
    rule_set: RuleSet
    target: int | None
    baseline: int | None
    runner: RunnerContext
    stints: tuple[Stint, ...]

    @property
    def context(self) -> ScoringContext:
        return self.rule_set.context(self.rules.starts_on, self.rules.ends_on, self.target, self.baseline)


def entries_of_runner(runner_id: int, dates: Collection[date] | None) -> list[EntryContext]:
    """Return a runner's entries in challenges with one of `dates` in their window, or next to it; None is all entries.

    Entries of frozen challenges are facts, and left out. The challenges of the others are locked against freezing.
    """
    wanted = [Entry.runner_id == runner_id]
    if dates:
        wanted += [Challenge.starts_on <= max(dates) + A_DAY, Challenge.ends_on >= min(dates) - A_DAY]
    entries = list(_entries(wanted, lock=True))
    if dates is None:
        return entries
    return [entry for entry in entries if any(entry.rules.around.covers(day) for day in dates)]


def entries_by_id(entry_ids: Collection[int]) -> list[EntryContext]:
    """Return these entries, as `entries_of_runner` does."""
    return list(_entries([Entry.id.in_(entry_ids)], lock=True))


def entries_of_runners(runner_ids: Collection[int], *, frozen: bool = False) -> list[EntryContext]:
    """Return all entries of some runners that are not frozen, or those that are, without locking them."""
    return list(_entries([Entry.runner_id.in_(runner_ids)], frozen=frozen))


def entries_in(challenge_id: int) -> list[EntryContext]:
    """Return the entries of a challenge that is not frozen, without locking them."""
    return list(_entries([Entry.challenge_id == challenge_id]))


def entry_ids_of(challenge_id: int) -> Sequence[int]:
    """Return the entries of a challenge in the order of their runners, as runners are locked."""
    wanted = select(Entry.id).where(Entry.challenge_id == challenge_id).order_by(Entry.runner_id)
    return db.session.scalars(wanted).all()


def entry_of(runner_id: int, challenge_id: int) -> int | None:
    return db.session.scalar(select(Entry.id).where(Entry.runner_id == runner_id, Entry.challenge_id == challenge_id))


def takes_part(runner_id: int, challenge_id: int) -> bool:
    return entry_of(runner_id, challenge_id) is not None


def runner_ids_of(entry_ids: Collection[int]) -> Sequence[int]:
    return db.session.scalars(select(Entry.runner_id).where(Entry.id.in_(entry_ids))).all()


def all_runners() -> Sequence[int]:
    return db.session.scalars(select(Runner.id).order_by(Runner.id)).all()


def due_again(today: date, *, of: int | None = None, limit: int | None = None) -> Sequence[int]:
    """Return the runners whose runs are to be judged again, the longest due first: a limited number, or only `of`.

    `today`: the latest date that has begun on earth.
    """
    due = select(Runner.id).where(Runner.rederive_on <= today).order_by(Runner.rederive_on, Runner.id).limit(limit)
    return db.session.scalars(due if of is None else due.where(Runner.id == of)).all()


def published_challenges() -> Sequence[int]:
    """Return the challenges whose board shows every standing as it is now."""
    waiting = exists().where(Standing.challenge_id == Challenge.id, Standing.dirty_from.is_not(None))
    wanted = select(Challenge.id).where(Challenge.as_of.is_not(None), ~waiting)
    return db.session.scalars(wanted.order_by(Challenge.id)).all()


def _entries(
    wanted: Sequence[ColumnElement[bool]], *, lock: bool = False, frozen: bool = False
) -> Iterator[EntryContext]:
    """Yield the entries, those that are not frozen or those that are, each from one row a stint or one without."""
    found = (
        select(Entry.id, Entry.runner_id, Entry.challenge_id, Entry.target, Entry.baseline, Entry.usual_longest_m)
        .add_columns(shows(COUNT_PRIVATE), TeamStint.team_id, TeamStint.from_date, TeamStint.to_date)
        .join(Challenge, Challenge.id == Entry.challenge_id)
        .outerjoin(Consent, (Consent.group_id == Challenge.group_id) & (Consent.runner_id == Entry.runner_id))
        .outerjoin(TeamStint, TeamStint.entry_id == Entry.id)
        .where(*wanted, Challenge.frozen_at.is_not(None) if frozen else Challenge.frozen_at.is_(None))
        .order_by(Entry.id, TeamStint.from_date)
    )
    if lock:
        # Key share: freezing skips the challenge, or we see that it is frozen. Boards are published meanwhile.
        found = found.with_for_update(read=True, key_share=True, of=Challenge)
    rows = db.session.execute(found).all()
    # Read after the runners are locked: a change of rules then either is seen here, or derives them again behind us.
    rules = _rules_of_challenges({row.challenge_id for row in rows})
    overrides = overrides_of({row.runner_id for row in rows}, rules.keys())
    for _, group in groupby(rows, key=lambda row: row.id):
        of_entry = list(group)
        entry_id, runner_id, challenge_id, target, baseline, usual_longest_m, count_private = of_entry[0][:7]
        runner = RunnerContext(count_private, usual_longest_m, overrides.get((runner_id, challenge_id), {}))
        stints = tuple(Stint(*row[7:]) for row in of_entry if row.team_id is not None)
        yield EntryContext(entry_id, runner_id, challenge_id, *rules[challenge_id], target, baseline, runner, stints)


def _rules_of_challenges(challenge_ids: Collection[int]) -> dict[int, tuple[ChallengeRules, RuleSet]]:
    columns = (Challenge.id, Challenge.starts_on, Challenge.ends_on, Challenge.rules)
    found = {}
    for challenge_id, starts_on, ends_on, rule_set in db.session.execute(
        select(*columns).where(Challenge.id.in_(challenge_ids))
    ):
        found[challenge_id] = ChallengeRules(starts_on, ends_on, rule_set.counts), rule_set
    return found


def overrides_of(
    runner_ids: Collection[int], challenge_ids: Collection[int]
) -> dict[tuple[int, int], dict[tuple[str, str], Override]]:
    """Return what organisers decided, by (runner, challenge) and by the run's (source, id).

    A changed run that its runner asked about stays out until it was reviewed, whatever the rules now say about it.
    """
    ruled = or_(Review.decision.is_not(None), Review.verdict == Verdict.CHANGED)
    decided = select(Review).where(Review.challenge_id.in_(challenge_ids), ruled)
    found: dict[tuple[int, int], dict[tuple[str, str], Override]] = defaultdict(dict)
    for review in db.session.scalars(decided.where(Review.runner_id.in_(runner_ids))):
        found[review.runner_id, review.challenge_id][review.source, review.source_id] = override_of(review)
    return found


def override_of(review: Review) -> Override:
    """Return a review as the rules see it; a waiting review matches no present run."""
    if review.decision is None:
        return Override(Decision.LEAVE_OUT, -1, -1)
    adjusted = None
    if review.decision == Decision.ADJUST and review.adjusted_m is not None and review.adjusted_s is not None:
        adjusted = (review.adjusted_m, review.adjusted_s)
    seen = (review.distance_m, review.moving_s)
    return Override(cast(Any, review.decision), *seen, adjusted, review.climb_m, review.adjusted_climb_m)


def derived_ledger(runner_id: int, runs: Sequence[Run], today: date) -> Rows:
    """Return the ledger's rows that follow from a runner's runs. `today`: the latest date that has begun on earth."""
    values = ledger(runs, today)
    return {(runner_id, sport_class, day): tuple(value) for (sport_class, day), value in values.items()}


def derived_entries(
    entries: Sequence[EntryContext], runs: Mapping[int, Sequence[Run]], today: date
) -> dict[StoredTable, Rows]:
    """Return the rows of each table that follow from the runs of these entries.

    `runs`: by runner, all within each window. `today`: the latest date that has begun on earth.
    """
    days: Rows = {}
    for entry in entries:
        counted = counting(runs.get(entry.runner_id, ()), entry.rules, entry.runner, today)
        values = day_values(counted, entry.stints, entry.rule_set, entry.context)
        days |= {(entry.id, day): (entry.challenge_id, *value) for day, value in values.items()}
    return {DAYS: days, **derived_sums(entries, days)}


def derived_sums(entries: Sequence[EntryContext], days: Rows) -> dict[StoredTable, Rows]:
    """Return the rows of standings and shares that follow from the stored day scores of these entries."""
    rows: dict[StoredTable, Rows] = {STANDINGS: {}, SHARES: {}}
    of_entry: dict[int, list[DayValue]] = defaultdict(list)
    for (entry_id, _), (_, *value) in days.items():
        of_entry[entry_id].append(DayValue(*value))
    for entry in entries:
        values = of_entry[entry.id]
        total = sum_of(values)
        met = met_target(total.total, entry.rule_set, entry.target)
        rows[STANDINGS][(entry.id,)] = (entry.challenge_id, latest_team(entry.stints), total.total, total.days)
        shares = team_sums(values).items()
        rows[SHARES] |= {(entry.id, team_id): (shared.total, shared.days, met) for team_id, shared in shares}
    return rows


def runs_for(entries: Sequence[EntryContext]) -> dict[int, list[Run]]:
    """Return all runs that can count for these entries, or overlap with one that can, by runner."""
    return runs_of(
        {entry.runner_id for entry in entries},
        sports=frozenset().union(*(entry.rules.counts.sports for entry in entries)),
        first=min(entry.rules.around.starts_on for entry in entries),
        last=max(entry.rules.around.ends_on for entry in entries),
    )


@dataclass(frozen=True, slots=True)
class DayTotal:
    """What one of a runner's days brought to a challenge, and the amount of that day, in the units of its rules."""

    day: date
    value: int
    runs: int
    amount: int


def days_of(runner_id: int, challenge_id: int) -> list[DayTotal]:
    """Return the days that count for a runner in a challenge, by date; they stay when the runs are gone."""
    found = (
        select(DayScore.local_date, DayScore.value, DayScore.runs, DayScore.amount)
        .join(Entry, Entry.id == DayScore.entry_id)
        .where(Entry.runner_id == runner_id, Entry.challenge_id == challenge_id)
        .order_by(DayScore.local_date)
    )
    return [DayTotal(*row) for row in db.session.execute(found)]
