"""A past month, or a challenge so far, under proposed rules: from the ledger, or from single runs if they need them.

An organiser may ask repeatedly with other bounds, so any figure here can be subtracted from another. Where the
difference would reveal a single run, the preview shows nobody else's figures: only one of three words and the
organiser's own total, both by rules with coarse bounds. Otherwise it shows what boards over any dates show anyway.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from types import MappingProxyType

from sqlalchemy import exists, or_, select

from webapp.activities.queries import runs_of
from webapp.clock import latest_date
from webapp.db import db
from webapp.entries.baseline_service import baseline_level, histories_of
from webapp.models.challenges import Entry, Team, TeamStint
from webapp.models.groups import Consent, Membership
from webapp.models.scoring import LedgerDay
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState, ConsentLevel
from webapp.privacy.gate import may_see, shared
from webapp.privacy.queries import consent_holds, shows
from webapp.privacy.switch_rules import LONGEST
from webapp.rulebook.baselines import baseline_from, classes_of, median_of
from webapp.rulebook.coarse_bounds import BY_WEEKS, coarse, reveals_runs
from webapp.rulebook.date_ranges import ALONE_TELLS, monday_of, whole_weeks
from webapp.rulebook.judging import ChallengeRules, RunnerContext, counting
from webapp.rulebook.preview_sentences import Placed, team_scores
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.runs import Run
from webapp.rulebook.shapes.base import Days
from webapp.rulebook.spread import Spread, Word, measure_spread, ranks, spread_word
from webapp.rulebook.windows import Window

TOP = 20
# With fewer members than this, the preview never says how even it would be.
FEW = 10


@dataclass(frozen=True, slots=True)
class Side:
    """The table that one set of rules would have given. `rules`: those that were applied.

    Where it could reveal single runs (`is_mine_only`), their bounds are rounded, `rows` holds the viewer's own total
    without a place, `word` says how even it would be, and there is no other figure. `team_scores` is empty unless
    everyone in a team shares totals.
    """

    title: str
    rules: RuleSet
    rows: list[Placed]
    spread: Spread | None
    word: Word | None
    # Members who are on no such table because of what they have agreed to.
    hidden: int
    is_mine_only: bool
    team_scores: Mapping[str, Fraction]

    @property
    def has_places(self) -> bool:
        """Return whether runners are ranked; those who share one goal are not."""
        return not self.is_mine_only and self.rules.group_goal is None

    @property
    def top(self) -> list[Placed]:
        return self.rows[:TOP]

    @property
    def mine(self) -> Placed | None:
        """Return the viewer's own row if it is not among the first."""
        return next((row for row in self.rows[TOP:] if row.is_me), None)


@dataclass(frozen=True, slots=True)
class Preview:
    """A window under several sets of rules. `stored_from`: the date from which single runs of everybody are stored.

    The window is cut to whole weeks (`by_weeks`) where a side measures what is shared by weeks only. If it has none
    (`is_too_short`), such a side is about the viewer alone.
    """

    window: Window
    sides: list[Side]
    stored_from: date | None
    guesses_targets: bool
    by_weeks: bool
    is_too_short: bool


@dataclass(frozen=True, slots=True)
class _Member:
    runner_id: int
    name: str
    level: ConsentLevel
    shows_longest: bool
    stored_from: date


_Ledger = Mapping[int, list[LedgerDay]]
_Runs = Mapping[int, list[Run]]


@dataclass(frozen=True, slots=True)
class _Data:
    """The members a preview is about, their days of the window by runner, their teams, and the latest date on earth."""

    members: Sequence[_Member]
    ledger: _Ledger
    window: Window
    teams: Mapping[int, str]
    latest: date


def window_before(group_id: int, today: date) -> Window:
    """Return the last whole month, or the last thirty days where the group has run nothing in that month."""
    last = today.replace(day=1) - timedelta(days=1)
    month = Window(last.replace(day=1), last)
    theirs = (Membership.runner_id == LedgerDay.runner_id) & (Membership.group_id == group_id)
    ran = exists().where(theirs, LedgerDay.local_date.between(month.starts_on, month.ends_on))
    return month if db.session.scalar(select(ran)) else Window(today - timedelta(days=30), today - timedelta(days=1))


def window_so_far(starts_on: date, ends_on: date, today: date) -> Window | None:
    """Return the days of a challenge so far, the last 31 at most; None before the first."""
    last = min(ends_on, today)
    return Window(max(starts_on, last - timedelta(days=30)), last) if starts_on <= last else None


def teams_in(challenge_id: int) -> dict[int, str]:
    """Return {runner: name of the team} for everyone who is in a team of a challenge now."""
    now_in = select(Entry.runner_id, Team.name).join(TeamStint, TeamStint.entry_id == Entry.id)
    rows = now_in.join(Team, Team.id == TeamStint.team_id).where(Team.challenge_id == challenge_id)
    return {row.runner_id: row.name for row in db.session.execute(rows.where(TeamStint.to_date.is_(None)))}


def preview(
    group_id: int,
    viewer_id: int,
    now: datetime,
    today: date,
    window: Window,
    sets: Sequence[tuple[str, RuleSet]],
    teams: Mapping[int, str] = MappingProxyType({}),
    *,
    chosen_dates: bool = False,
) -> Preview:
    """Return the tables that each of these (title, rules) would have given over the window. `today`: in the group.

    `chosen_dates`: the window is that of a challenge. An organiser chooses its dates, and so could subtract one window
    from another: what would reveal single runs is then about whole past weeks, too.
    """
    by_weeks = any(_goes_by_weeks(rules, chosen_dates) for _, rules in sets)
    weeks = whole_weeks(window.starts_on, window.ends_on, today) if by_weeks else None
    is_too_short = by_weeks and weeks is None
    window = Window(*weeks) if weeks else window
    data = _Data(_members(group_id), _ledger_of(group_id, window), window, teams, latest_date(now))
    asked = [(title, _applied(rules)) for title, rules in sets]
    sides = [
        _own_side(title, rules, data, viewer_id, says_word=not is_too_short)
        if reveals_runs(rules) or (is_too_short and _goes_by_weeks(rules, chosen_dates))
        else _side(title, rules, data, viewer_id)
        for title, rules in asked
    ]
    late = _stored_late(data.members, window) if any(rules.needs_runs for _, rules in asked) else None
    return Preview(window, sides, late, any(one.needs_target for _, one in asked), weeks is not None, is_too_short)


def _stored_late(members: Sequence[_Member], window: Window) -> date | None:
    """Return from which date runs of everybody are stored, if that is inside the window."""
    stored = max((member.stored_from for member in members), default=date.min)
    return stored if stored > window.starts_on else None


def _goes_by_weeks(rules: RuleSet, chosen_dates: bool) -> bool:
    return rules.measured.ledger in BY_WEEKS or (chosen_dates and reveals_runs(rules))


def _applied(rules: RuleSet) -> RuleSet:
    """Return the rules that a preview applies: without "Only You" runs, and coarse where they would reveal runs."""
    rules = replace(rules, counts=replace(rules.counts, private=False))
    return coarse(rules) if reveals_runs(rules) else rules


def _own_side(title: str, rules: RuleSet, data: _Data, viewer_id: int, *, says_word: bool) -> Side:
    """Return a word and the viewer's own total. The word is about the same members whatever the bounds are."""
    totals = _totals(data, rules)
    ran = [member for member in data.members if _may_stand(member, RuleSet()) and data.ledger.get(member.runner_id)]
    word = spread_word([totals[member.runner_id] for member in ran]) if says_word and len(ran) >= FEW else None
    rows = [
        Placed(viewer_id, member.name, None, totals[viewer_id], is_me=True)
        for member in data.members
        if member.runner_id == viewer_id
    ]
    return Side(title, rules, rows, None, word, 0, is_mine_only=True, team_scores={})


def _side(title: str, rules: RuleSet, data: _Data, viewer_id: int) -> Side:
    seen = [member for member in data.members if member.runner_id == viewer_id or _may_stand(member, rules)]
    totals = _totals(data, rules)
    places = ranks({member.runner_id: totals[member.runner_id] for member in seen})
    ordered = sorted(seen, key=lambda member: (places[member.runner_id], member.name, member.runner_id))
    rows = [_shown(member, places, totals, viewer_id) for member in ordered]
    spread = measure_spread([totals[member.runner_id] for member in seen])
    teams = _team_scores(rules, data, {member.runner_id: totals[member.runner_id] for member in seen})
    hidden = len(data.members) - len(seen)
    return Side(title, rules, rows, spread, None, hidden, is_mine_only=False, team_scores=teams)


def _team_scores(rules: RuleSet, data: _Data, seen: Mapping[int, int]) -> dict[str, Fraction]:
    """Return the score of each team; nothing if a total in one is not shown, since the sum would give it away."""
    if not data.teams.keys() <= seen.keys():
        return {}
    totals: dict[str, list[int]] = defaultdict(list)
    for runner_id, team in data.teams.items():
        totals[team].append(seen[runner_id])
    return team_scores(rules, totals)


def _may_stand(member: _Member, rules: RuleSet) -> bool:
    """Return whether others may see a member's total over past days, which is not their score in a challenge."""
    return may_see(member.level, "range_total") and (rules.measured.adds_up or member.shows_longest)


def _shown(member: _Member, places: Mapping[int, int], totals: Mapping[int, int], viewer_id: int) -> Placed:
    is_me = member.runner_id == viewer_id
    total = totals[member.runner_id]
    row = {"rank": places[member.runner_id] if total else None, "name": member.name, "range_total": total}
    seen = shared(member.level, row, is_self=is_me)
    return Placed(member.runner_id, seen["name"], seen["rank"], seen["range_total"], is_me)


def _totals(data: _Data, rules: RuleSet) -> dict[int, int]:
    runs = _runs_for(data, rules)
    weekly = _mean_weeks(data.members, data.window.starts_on, rules)
    return {
        member.runner_id: _total(member, _days(member, data, runs, rules), data.window, rules, weekly)
        for member in data.members
    }


def _total(member: _Member, days: Days, window: Window, rules: RuleSet, weekly: Mapping[int, int]) -> int:
    mean = weekly.get(member.runner_id)
    length = (window.ends_on - window.starts_on).days + 1
    # Nobody set a target then, so the earlier weeks are used instead.
    target = None if mean is None else max(1, mean * length // 7)
    return sum(rules.gains(days, rules.context(window.starts_on, window.ends_on, target, mean)))


def _days(member: _Member, data: _Data, runs: _Runs, rules: RuleSet) -> Days:
    """Return what was measured day by day: from stored runs if the rules need them, otherwise from the ledger."""
    since = member.stored_from if rules.needs_runs else date.max
    classes = classes_of(rules.counts.sports)
    by_day: dict[date, list[LedgerDay]] = defaultdict(list)
    for row in data.ledger.get(member.runner_id, ()):
        if row.local_date < since and row.sport_class in classes:
            by_day[row.local_date].append(row)
    amounts = {day: _from_ledger(rows, rules) for day, rows in _shared_days(by_day, rules).items()}
    asked = ChallengeRules(data.window.starts_on, data.window.ends_on, rules.counts)
    of_date: dict[date, list[Run]] = defaultdict(list)
    for run in counting(runs.get(member.runner_id, ()), asked, RunnerContext(), data.latest):
        if run.local_date >= since:
            of_date[run.local_date].append(run)
    return sorted((amounts | {day: rules.measured.of_day(of) for day, of in of_date.items()}).items())


def _shared_days(by_day: dict[date, list[LedgerDay]], rules: RuleSet) -> dict[date, list[LedgerDay]]:
    """Return the days that a table by name may add up: as on boards over any dates, no week with one day of running."""
    if reveals_runs(rules) or rules.measured.ledger not in ALONE_TELLS:
        return by_day
    of_week = Counter(monday_of(day) for day in by_day)
    return {day: rows for day, rows in by_day.items() if of_week[monday_of(day)] > 1}


def _from_ledger(rows: Sequence[LedgerDay], rules: RuleSet) -> int:
    column = rules.measured.ledger
    if column is None:
        return 1
    values = [int(getattr(row, column)) for row in rows]
    return sum(values) if rules.measured.adds_up else max(values)


def _members(group_id: int) -> list[_Member]:
    """Return those whom the group may see, as on a board."""
    found = (
        select(Consent.runner_id, Consent.shown_name, Consent.level, shows(LONGEST).label("shows_longest"))
        .add_columns(Connection.read_from)
        .join(Membership, (Membership.runner_id == Consent.runner_id) & (Membership.group_id == group_id))
        .outerjoin(Connection, Connection.runner_id == Consent.runner_id)
        .where(Consent.group_id == group_id, consent_holds())
        .where(or_(Connection.state.is_(None), Connection.state != ConnectionState.DEAUTHORISED))
    )
    return [
        _Member(row.runner_id, row.shown_name, row.level, row.shows_longest, row.read_from or date.min)
        for row in db.session.execute(found)
    ]


_COLUMNS = [getattr(LedgerDay, name) for name in (
    "runner_id", "sport_class", "local_date", "distance_m", "moving_s", "climb_m", "runs", "longest_m",
)]  # fmt: skip


def _ledger_of(group_id: int, window: Window) -> _Ledger:
    theirs = (Membership.runner_id == LedgerDay.runner_id) & (Membership.group_id == group_id)
    wanted = (
        select(*_COLUMNS).join(Membership, theirs).where(LedgerDay.local_date.between(window.starts_on, window.ends_on))
    )
    days: dict[int, list[LedgerDay]] = defaultdict(list)
    for row in db.session.execute(wanted.where(LedgerDay.runs > 0)):
        days[row.runner_id].append(row)  # type: ignore[arg-type]  # a row with the same names
    return days


def _runs_for(data: _Data, rules: RuleSet) -> _Runs:
    if not rules.needs_runs:
        return {}
    asked, around = (
        [member.runner_id for member in data.members],
        ChallengeRules(data.window.starts_on, data.window.ends_on).around,
    )
    return runs_of(asked, sports=rules.counts.sports, first=around.starts_on, last=around.ends_on)


def _mean_weeks(members: Sequence[_Member], first: date, rules: RuleSet) -> dict[int, int]:
    """Return each member's mean week before, if the rules need it; for members without one, the median."""
    if rules.shaped.needs is None:
        return {}
    histories = histories_of([member.runner_id for member in members], rules, first)
    found = {runner_id: baseline_from(history, first).mean for runner_id, history in histories.items()}
    own = {runner_id: mean for runner_id, mean in found.items() if mean is not None}
    # As in a challenge, the median is of those who share theirs.
    agreed = [
        own[one.runner_id]
        for one in members
        if one.runner_id in own and may_see(baseline_level(one.level, one.shows_longest, rules), "baseline")
    ]
    middle = median_of(agreed)
    return {member.runner_id: own.get(member.runner_id, middle) for member in members}
