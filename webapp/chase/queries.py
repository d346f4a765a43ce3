"""Reading chases: mine, and the challenge's tightest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from webapp.charts import LineKey
from webapp.chase.means_queries import mean_days, means_of
from webapp.chase.neighbour_queries import Neighbours, entries_beside, neighbours
from webapp.chase.odds_queries import RunnerForms, forms_at
from webapp.chase.usual_days_queries import known, usual_days_of
from webapp.circles.queries import ChosenCircle, circle_of
from webapp.leaderboards.lack_queries import own_lack, unscored
from webapp.leaderboards.queries import BoardContext, BoardRow, rows_of
from webapp.models.circles import CircleKind
from webapp.privacy.break_queries import Break
from webapp.rulebook import chase
from webapp.rulebook.chase_outlook import Means, Outlook, UsualDays, is_shown, milestone_in_reach, outlook, span_of
from webapp.rulebook.lifecycle import State
from webapp.rulebook.odds import Contender
from webapp.rulebook.odds_forms import Matchup, shown_odds, with_chance
from webapp.rulebook.odds_words import ShownOdds, WhatIf, ready_amounts, slider_amounts
from webapp.rulebook.ranking import Lack

BESIDE_NAMED = 3


@dataclass(frozen=True, slots=True)
class Rival:
    """The one next ahead or behind, and how far; a `gap` of None is not shown."""

    name: str
    runner_id: int
    gap: int | None
    entry_id: int
    photo: str | None


@dataclass(frozen=True, slots=True)
class Chase:
    """The viewer's own chase, as `macros/chase.html` draws it."""

    me: BoardRow
    ahead: Rival | None
    behind: Rival | None
    beside: list[str]
    beside_count: int
    outlook: Outlook | None
    closing: int | None
    # How many whole days this is the mean of.
    closing_days: int
    # The odds that the viewer ends up ahead of the next one ahead, and the next one behind ahead of the viewer; None
    # while nobody is there, and after the last day.
    odds: ShownOdds | None
    odds_behind: ShownOdds | None
    # What these odds are made of, where there is a chance.
    matchup: Matchup | None
    matchup_behind: Matchup | None
    # The runs of the slider, each with the chance after it.
    steps: tuple[WhatIf, ...]
    # The next round total, where the one ahead is out of reach and this is not.
    milestone: int | None
    # "month", "week" or "time": how the challenge's dates are called.
    span: str
    days_left: int
    started: bool
    closed: bool
    # What is missing before anyone can score or, once somebody has, before the viewer can.
    lack: Lack | None
    # The viewer's own break. They chase nobody meanwhile, and nobody chases them.
    on_break: Break | None
    # The choice of whom the viewer chases; `ahead` and `behind` are among these.
    circle: CircleKind
    # What the odds were made of at an earlier moment, if that was asked for.
    forms_then: RunnerForms | None = None

    @property
    def matchups(self) -> dict[LineKey, Matchup]:
        """Return the pairs with a chance, by the one behind."""
        pairs: dict[LineKey, Matchup | None] = {"me": self.matchup, "behind": self.matchup_behind}
        return {key: pair for key, pair in pairs.items() if pair}

    @property
    def sides(self) -> dict[LineKey, tuple[Contender, float]]:
        """Return those who have odds, each with the km that a unit of their total stands for."""
        found: dict[LineKey, tuple[Contender, float]] = {}
        if other := self.matchup_behind:
            found |= {"me": (other.ahead, other.km), "behind": (other.behind, other.km)}
        if own := self.matchup:
            found |= {"me": (own.behind, own.km), "ahead": (own.ahead, own.km)}
        return found


def my_chase(context: BoardContext, now: datetime, then: datetime | None = None) -> Chase | None:
    """Return the viewer's own chase; None for one who is not on the board. `then`: the moment of its `forms_then`."""
    viewer, on_break = context.viewer, context.breaks.get(context.viewer.runner_id)
    circle = circle_of(viewer.group_id, viewer.runner_id) if viewer.circle_at else ChosenCircle()
    me, ahead, behind, count = _rows(context, None if on_break else circle)
    if me is None:
        return None
    names = _names_beside(context) if count else []
    left = viewer.days_left(now)
    forecasts = forecasts_of(context, [me, *([ahead] if ahead else [])], now)
    takes, closing = forecasts.of(me, ahead) if ahead and ahead.total is not None else (None, None)
    milestone = forecasts.milestone(me) if takes and takes.kind == "far" else None
    forms, forms_then = _forms(context, (me, ahead, behind) if left else (), now, then)
    own, other = (forms.matchup(me, ahead) if ahead else None), (forms.matchup(behind, me) if behind else None)
    ready, steps = forecasts.tried_runs(me)
    odds = shown_odds(own, ready) if own and left else None
    odds_behind = shown_odds(other) if other and left else None
    tried = shown_odds(own, steps) if own and left else None
    return Chase(
        me, _rival(me, ahead), _rival(me, behind), names, count, takes, closing, forecasts.days,
        odds, odds_behind, with_chance(own, odds), with_chance(other, odds_behind),
        tried.what_ifs if tried and tried.helps else (), milestone,
        span_of(viewer.starts_on, viewer.ends_on), left,
        started=context.now.above_zero > 0, closed=viewer.state(now) is State.CLOSED, forms_then=forms_then,
        lack=own_lack(context) or unscored(context, now).lack, on_break=on_break, circle=circle.kind,
    )  # fmt: skip


def _forms(
    context: BoardContext, rows: Iterable[BoardRow | None], now: datetime, then: datetime | None
) -> tuple[RunnerForms, RunnerForms | None]:
    """Return the forms of the runners in these rows now, and as they were when an earlier date began."""
    forms, *earlier = forms_at(context, {row.runner_id for row in rows if row}, [now, then] if then else [now])
    return forms, earlier[0] if earlier else None


def _rows(
    context: BoardContext, circle: ChosenCircle | None
) -> tuple[BoardRow | None, BoardRow | None, BoardRow | None, int]:
    """Return the viewer's row, those of the next ahead and behind in the circle, and how many are level with them.

    Runners on a break are not among these. At zero, where nobody has a place, nobody is level.
    """
    viewer = context.viewer
    if viewer.entry_id is None:
        return None, None, None, 0
    around = neighbours(context, circle) if circle else Neighbours(None, None, 0)
    entries = (viewer.entry_id, around.ahead, around.behind)
    rows = rows_of(context, {entry for entry in entries if entry is not None})
    me, ahead, behind = (rows.get(entry or 0) for entry in entries)
    return me, ahead, behind, around.beside_count if viewer.total and not context.hides_figures else 0


def _rival(me: BoardRow, other: BoardRow | None) -> Rival | None:
    if other is None:
        return None
    gap = None if other.total is None or me.total is None else abs(other.total - me.total)
    return Rival(other.name, other.runner_id, gap, other.entry_id, other.photo)


def _names_beside(context: BoardContext) -> list[str]:
    """Return some names with the viewer's total, of those who show theirs."""
    return [row.name for row in rows_of(context, entries_beside(context, BESIDE_NAMED)).values()]


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The means and usual days of some runners, as far as the viewer may know them."""

    context: BoardContext
    today: date
    # How many whole days the means go over.
    days: int
    means: dict[int, Fraction]
    usual_days: dict[int, UsualDays]

    def of(self, chaser: BoardRow, lead: BoardRow) -> tuple[Outlook | None, int | None]:
        """Return what it takes, and by how much the gap closes a day where that reads as something."""
        viewer, unit = self.context.viewer, self.context.rules.unit
        if self.today > viewer.ends_on:
            return None, None
        means = Means(self.means.get(chaser.runner_id), self.means.get(lead.runner_id))
        usual_days = known(self.usual_days, chaser.runner_id)
        one_run, gap = self.context.rules.shaped.days_stand_alone, (lead.total or 0) - (chaser.total or 0)
        takes = outlook(gap, means, usual_days, unit, self.today, viewer.ends_on, one_run=one_run)
        if means.own is None or means.rival is None:
            return takes, None
        closing = chase.closing(means.own, means.rival)
        return takes, closing if is_shown(closing, unit) else None

    def tried_runs(self, me: BoardRow) -> tuple[list[int], list[int]]:
        """Return the runs that the card tries out, and those of the slider.

        There are none where days are worth more or less than what they measure.
        """
        usual_days, rules = known(self.usual_days, me.runner_id), self.context.rules
        if usual_days is None or not rules.shaped.is_plain_sum:
            return [], []
        tried = usual_days, rules.unit, self.context.viewer.units
        return ready_amounts(*tried), slider_amounts(*tried)

    def milestone(self, me: BoardRow) -> int | None:
        viewer, left = self.context.viewer, (self.context.viewer.ends_on - self.today).days + 1
        own, usual_days = self.means.get(me.runner_id), known(self.usual_days, me.runner_id)
        return milestone_in_reach(me.total or 0, own, usual_days, left, self.context.rules.unit, viewer.units)


def forecasts_of(context: BoardContext, rows: Iterable[BoardRow], now: datetime) -> Forecasts:
    """Return what is known of the means and usual days of the runners in these rows, the viewer among them."""
    means = means_of(context, rows, now)
    today = now.astimezone(ZoneInfo(context.viewer.tz)).date()
    usual_days = usual_days_of(context, means.keys() | _viewer_in(context, rows), today)
    return Forecasts(context, today, mean_days(context, today), means, usual_days)


def _viewer_in(context: BoardContext, rows: Iterable[BoardRow]) -> set[int]:
    return {row.runner_id for row in rows if row.is_me}
