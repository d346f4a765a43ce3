"""A month that is over, under rules that are only thought of: read from the ledger, and from runs where rules ask."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import exists, or_, select

from webapp.accounts.models import Runner
from webapp.activities.queries import runs_of
from webapp.activities.rules import SPORT_CLASSES, Run
from webapp.challenges.baselines import basis_from, median_of
from webapp.challenges.basis import baseline_level, past_of
from webapp.challenges.evenness import Evenness, evenness, ranks
from webapp.extensions import db
from webapp.groups.models import Consent, Membership
from webapp.privacy.rules import may_see, shared
from webapp.scoring.models import LedgerDay
from webapp.scoring.rules import ChallengeRules, Own, counting
from webapp.scoring.rulesets import RuleSet, basis_of
from webapp.scoring.shapes import Days
from webapp.sync.models import Connection

TOP = 20
# Where rules could tell runs or days, how even it would be is said of no fewer than these who have anything.
FEW = 10


class Window(NamedTuple):
    """Local dates, both ends in."""

    starts_on: date
    ends_on: date


class Shown(NamedTuple):
    """A row of the table, as the viewer may see it."""

    rank: int | None
    name: str
    total: int | None
    is_me: bool


class Side(NamedTuple):
    """The table that one set of rules would have given; with rules that ask for single runs, the viewer's row alone."""

    title: str
    rules: RuleSet
    rows: list[Shown]
    mine: Shown | None
    # None where it would tell runs or days of a few.
    evenness: Evenness | None
    # Members who stand on no such table, by what they have agreed to.
    hidden: int
    # Where others are not shown by name.
    is_mine_only: bool


class Preview(NamedTuple):
    """A month under several sets of rules. `held_from`: from when on single runs are held of everybody, where asked."""

    window: Window
    sides: list[Side]
    held_from: date | None
    guesses_targets: bool


class _Member(NamedTuple):
    runner_id: int
    name: str
    level: str
    shows_longest: bool
    count_private: bool
    held_from: date


# (class of sport, date) -> the ledger's columns.
_Ledger = Mapping[int, list[LedgerDay]]
_Runs = Mapping[int, list[Run]]


def window_before(group_id: int, today: date) -> Window:
    """Return the last whole month, or the last thirty days where the group has run nothing in that month."""
    last = today.replace(day=1) - timedelta(days=1)
    month = Window(last.replace(day=1), last)
    theirs = (Membership.runner_id == LedgerDay.runner_id) & (Membership.group_id == group_id)
    ran = exists().where(theirs, LedgerDay.local_date.between(*month))
    return month if db.session.scalar(select(ran)) else Window(today - timedelta(days=30), today - timedelta(days=1))


def preview(group_id: int, viewer_id: int, window: Window, sets: Sequence[tuple[str, RuleSet]]) -> Preview:
    """Return the tables that each of these (title, rules) would have given over the window."""
    members = _members(group_id)
    ledger = _ledger_of(group_id, window)
    sides = [_side(title, rules, _totals(members, ledger, window, rules), members, viewer_id)
             for title, rules in sets]  # fmt: skip
    asked = any(rules.needs_runs for _, rules in sets)
    held = max((member.held_from for member in members), default=date.min)
    late = held if asked and held > window.starts_on else None
    return Preview(window, sides, late, any(rules.shape == "target_share" for _, rules in sets))


def _side(title: str, rules: RuleSet, totals: Mapping[int, int], members: Sequence[_Member], viewer_id: int) -> Side:
    seen = [member for member in members if member.runner_id == viewer_id or _may_stand(member, rules)]
    places = ranks({member.runner_id: totals[member.runner_id] for member in seen})
    ordered = sorted(seen, key=lambda member: (places[member.runner_id], member.name, member.runner_id))
    rows = [_shown(member, places, totals, viewer_id) for member in ordered]
    even = evenness([totals[member.runner_id] for member in seen])
    mine_only = _would_tell(rules)
    if mine_only:
        rows = [row for row in rows if row.is_me]
    few = mine_only and even.ran < FEW
    if few:
        # Nor where one stands oneself: a place behind others tells how many of them have anything.
        rows = [row._replace(rank=None) for row in rows]
    mine = next((row for row in rows[TOP:] if row.is_me), None)
    return Side(title, rules, rows[:TOP], mine, None if few else even, len(members) - len(seen), mine_only)


def _may_stand(member: _Member, rules: RuleSet) -> bool:
    """Tell whether others may see a member's total over past days, which is no score in a challenge they were in."""
    return may_see(member.level, "range_total") and (rules.measured.adds_up or member.shows_longest)


def _would_tell(rules: RuleSet) -> bool:
    """Tell whether such rules, tried one after the other on people by name, would find out more than they share.

    A least distance finds out single runs; a cap on time or climb finds out days, of which only the distance is shared.
    """
    is_daily = rules.measured.ledger in ("moving_s", "climb_m") and not rules.is_plain_sum
    return rules.needs_runs or is_daily


def _shown(member: _Member, places: Mapping[int, int], totals: Mapping[int, int], viewer_id: int) -> Shown:
    is_me = member.runner_id == viewer_id
    row = {"rank": places[member.runner_id], "name": member.name, "range_total": totals[member.runner_id]}
    seen = shared(member.level, row, is_self=is_me)
    return Shown(seen["rank"], seen["name"], seen["range_total"], is_me)


def _totals(members: Sequence[_Member], ledger: _Ledger, window: Window, rules: RuleSet) -> dict[int, int]:
    runs = _runs_for(members, window, rules)
    weekly = _mean_weeks(members, window.starts_on, rules)
    return {
        member.runner_id: _total(member, _days(member, ledger, runs, window, rules), window, rules, weekly)
        for member in members
    }


def _total(member: _Member, days: Days, window: Window, rules: RuleSet, weekly: Mapping[int, int]) -> int:
    mean = weekly.get(member.runner_id)
    length = (window.ends_on - window.starts_on).days + 1
    # Nobody set a target then: what the weeks before come to stands in for it.
    target = None if mean is None else max(1, mean * length // 7)
    return sum(rules.gains(days, basis_of(rules, *window, target, mean)))


def _days(member: _Member, ledger: _Ledger, runs: _Runs, window: Window, rules: RuleSet) -> Days:
    """Return what was measured day by day: from runs where they are asked for and held, else from the ledger."""
    since = member.held_from if _asks_runs(member, rules) else date.max
    by_day: dict[date, list[LedgerDay]] = defaultdict(list)
    for row in ledger.get(member.runner_id, ()):
        if row.local_date < since and row.sport_class in _classes(rules):
            by_day[row.local_date].append(row)
    amounts = {day: _from_ledger(rows, rules) for day, rows in by_day.items()}
    own = Own(member.count_private)
    taken = counting(runs.get(member.runner_id, ()), ChallengeRules(*window, rules.counts), own)
    of_date: dict[date, list[Run]] = defaultdict(list)
    for run in taken:
        if run.local_date >= since:
            of_date[run.local_date].append(run)
    return sorted((amounts | {day: rules.measured.of_day(of) for day, of in of_date.items()}).items())


def _from_ledger(rows: Sequence[LedgerDay], rules: RuleSet) -> int:
    column = rules.measured.ledger
    if column is None:
        return 1
    values = [int(getattr(row, column)) for row in rows]
    return sum(values) if rules.measured.adds_up else max(values)


def _asks_runs(member: _Member, rules: RuleSet) -> bool:
    """Tell whether the ledger will not do: it holds the "Only You" runs of those who let them count."""
    return rules.needs_runs or (member.count_private and not rules.counts.private)


def _classes(rules: RuleSet) -> frozenset[str]:
    return frozenset(name for name, sports in SPORT_CLASSES.items() if sports & rules.counts.sports)


def _members(group_id: int) -> list[_Member]:
    """Return those whom the group may see, as on a board."""
    found = (
        select(Consent.runner_id, Consent.shown_name, Consent.level, Consent.longest_at.is_not(None))
        .add_columns(Runner.count_private, Connection.read_from)
        .join(Runner, Runner.id == Consent.runner_id)
        .join(Membership, (Membership.runner_id == Consent.runner_id) & (Membership.group_id == group_id))
        .outerjoin(Connection, Connection.runner_id == Consent.runner_id)
        .where(Consent.group_id == group_id, Consent.withdrawn_at.is_(None))
        .where(or_(Connection.state.is_(None), Connection.state != "deauthorised"))
    )
    return [_Member._make((*row[:-1], row.read_from or date.min)) for row in db.session.execute(found)]


_COLUMNS = [getattr(LedgerDay, name) for name in (
    "runner_id", "sport_class", "local_date", "distance_m", "moving_s", "climb_m", "runs", "longest_m",
)]  # fmt: skip


def _ledger_of(group_id: int, window: Window) -> _Ledger:
    theirs = (Membership.runner_id == LedgerDay.runner_id) & (Membership.group_id == group_id)
    wanted = select(*_COLUMNS).join(Membership, theirs).where(LedgerDay.local_date.between(*window))
    days: dict[int, list[LedgerDay]] = defaultdict(list)
    for row in db.session.execute(wanted.where(LedgerDay.runs > 0)):
        days[row.runner_id].append(row)  # type: ignore[arg-type]  # a row with the same names
    return days


def _runs_for(members: Sequence[_Member], window: Window, rules: RuleSet) -> _Runs:
    asked = [member.runner_id for member in members if _asks_runs(member, rules)]
    return runs_of(asked, sports=rules.counts.sports, first=window.starts_on, last=window.ends_on) if asked else {}


def _mean_weeks(members: Sequence[_Member], first: date, rules: RuleSet) -> dict[int, int]:
    """Return each member's mean week in the weeks before, where the rules are about it; of who has none, the median."""
    if rules.shape not in ("improvement", "target_share"):
        return {}
    past = past_of([member.runner_id for member in members], rules, first)
    found = {runner_id: basis_from(of, first).baseline for runner_id, of in past.items()}
    own = {runner_id: mean for runner_id, mean in found.items() if mean is not None}
    # As in a challenge: of those who share theirs.
    told = [
        own[one.runner_id]
        for one in members
        if one.runner_id in own and may_see(baseline_level(one.level, one.shows_longest, rules), "baseline")
    ]
    middle = median_of(told)
    return {member.runner_id: own.get(member.runner_id, middle) for member in members}
