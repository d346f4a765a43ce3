"""Reading chases: mine, and the challenge's tightest."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from webapp.chase.means_queries import means_of
from webapp.chase.odds_queries import forms_of
from webapp.chase.usual_days_queries import known, usual_days_of
from webapp.leaderboards.queries import BoardContext, BoardRow, Viewer, own_lack, own_placement, rows_of, unscored
from webapp.leaderboards.statement_queries import PLACEMENT, read
from webapp.paging import Page
from webapp.rulebook import chase
from webapp.rulebook.chase_outlook import Means, Outlook, UsualDays, is_shown, milestone_in_reach, outlook, span_of
from webapp.rulebook.lifecycle import State
from webapp.rulebook.odds_words import ShownOdds, ready_amounts
from webapp.rulebook.ranking import BUCKET_WIDTHS, Lack, bucket_of

PAIRS = 20
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
    # The odds that the viewer ends up ahead of the next one ahead, and the next one behind ahead of the viewer; None
    # while nobody is there, and after the last day.
    odds: ShownOdds | None
    odds_behind: ShownOdds | None
    # The next round total, where the one ahead is out of reach and this is not.
    milestone: int | None
    # "month", "week" or "time": how the challenge's dates are called.
    span: str
    days_left: int
    started: bool
    closed: bool
    # What is missing before anyone can score or, once somebody has, before the viewer can.
    lack: Lack | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One runner and the one next ahead."""

    id: int
    behind: BoardRow
    ahead: BoardRow
    gap: int
    outlook: Outlook | None
    closing: int | None


def my_chase(context: BoardContext, now: datetime) -> Chase | None:
    """Return the viewer's own chase; None for one who is not on the board."""
    me = own_placement(context)
    if me is None:
        return None
    viewer = context.viewer
    totals = [_nearest_total(viewer, ahead=True), _nearest_total(viewer, ahead=False)]
    standing = _first_with(context, [total for total in totals if total is not None])
    rows = rows_of(context, standing.values())
    ahead, behind = (rows.get(standing.get(total, 0)) if total is not None else None for total in totals)
    names, count = _beside(context, me)
    left = viewer.days_left(now)
    forecasts = _forecasts(context, [me, *([ahead] if ahead else [])], now)
    takes, closing = forecasts.of(me, ahead) if ahead and ahead.total is not None else (None, None)
    milestone = forecasts.milestone(me) if takes and takes.kind == "far" else None
    odds, odds_behind = _odds(context, me, ahead, behind, forecasts.ready_runs(me), now) if left else (None, None)
    return Chase(
        me, _rival(me, ahead), _rival(me, behind), names, count, takes, closing, odds, odds_behind, milestone,
        span_of(viewer.starts_on, viewer.ends_on), left,
        started=context.now.above_zero > 0, closed=viewer.state(now) is State.CLOSED,
        lack=own_lack(context) or unscored(context, now).lack,
    )  # fmt: skip


def _odds(
    context: BoardContext,
    me: BoardRow,
    ahead: BoardRow | None,
    behind: BoardRow | None,
    ready_runs: list[int],
    now: datetime,
) -> tuple[ShownOdds | None, ShownOdds | None]:
    forms = forms_of(context, {row.runner_id for row in (me, ahead, behind) if row}, now)
    return forms.odds(me, ahead, ready_runs) if ahead else None, forms.odds(behind, me) if behind else None


def tightest(context: BoardContext, now: datetime, page: int) -> tuple[list[Pair], bool]:
    """Return a page of the challenge's chases, the smallest gap first, and whether more follow."""
    viewer = context.viewer
    chasers = read(
        select(PLACEMENT.c.entry_id, PLACEMENT.c.total + PLACEMENT.c.gap, PLACEMENT.c.gap)
        .where(PLACEMENT.c.challenge_id == viewer.challenge_id, PLACEMENT.c.gap.is_not(None), ~PLACEMENT.c.rank_only)
        .order_by(PLACEMENT.c.gap, PLACEMENT.c.entry_id)
        .limit(PAIRS + 1)
        .offset(Page(page, PAIRS).offset),
        {},
    ).all()
    leads = _first_with(context, {lead for _, lead, _ in chasers})
    rows = rows_of(context, {entry for entry, _, _ in chasers} | set(leads.values()))
    forecasts = _forecasts(context, rows.values(), now)
    pairs = [
        Pair(entry, rows[entry], rows[leads[lead]], gap, *forecasts.of(rows[entry], rows[leads[lead]]))
        for entry, lead, gap in chasers[:PAIRS]
        if entry in rows and leads.get(lead) in rows and _shows_gap(rows[entry], rows[leads[lead]])
    ]
    return pairs, len(chasers) > PAIRS and not context.hides_figures


def _rival(me: BoardRow, other: BoardRow | None) -> Rival | None:
    if other is None:
        return None
    gap = None if other.total is None or me.total is None else abs(other.total - me.total)
    return Rival(other.name, other.runner_id, gap, other.entry_id, other.photo)


def _shows_gap(chaser: BoardRow, lead: BoardRow) -> bool:
    """Return whether the viewer sees the gap as the gate lets them see the two rows."""
    return chaser.gap is not None and lead.total is not None


def _nearest_total(viewer: Viewer, *, ahead: bool) -> int | None:
    """Return the nearest total strictly above the viewer's, or strictly below it. An entry at zero follows nobody."""
    own = viewer.bucket if viewer.total else 0
    values = {"challenge": viewer.challenge_id, "own": own, "total": viewer.total}
    nearest: int | None = read(_NEXT_AHEAD if ahead else _NEXT_BEHIND, values).scalar()
    return nearest


_TOTAL, _BUCKET = PLACEMENT.c.total, PLACEMENT.c.bucket
_HERE = PLACEMENT.c.challenge_id == bindparam("challenge")
_NEXT_AHEAD = (
    select(_TOTAL)
    .where(_HERE, bindparam("own") >= _BUCKET, bindparam("total") < _TOTAL)
    .order_by(_BUCKET.desc(), _TOTAL)
    .limit(1)
)
_NEXT_BEHIND = (
    select(_TOTAL)
    .where(_HERE, bindparam("own") <= _BUCKET, _BUCKET < 0, bindparam("total") > _TOTAL)
    .order_by(_BUCKET, _TOTAL.desc())
    .limit(1)
)
# A total is in only one bucket, and SQLite looks up no pairs.
_FIRST_WITH = (
    select(_TOTAL, func.min(PLACEMENT.c.entry_id))
    .where(_HERE, _BUCKET.in_(bindparam("buckets", expanding=True)), _TOTAL.in_(bindparam("totals", expanding=True)))
    .group_by(_TOTAL, PLACEMENT.c.rank_only)
    .order_by(PLACEMENT.c.rank_only.desc())
)
_SAME = select(PLACEMENT.c.entry_id).where(
    *(_HERE, PLACEMENT.c.entry_id != bindparam("entry"), bindparam("own") == _BUCKET),
    *(bindparam("total") == _TOTAL, ~PLACEMENT.c.rank_only),
)
_HOW_MANY_BESIDE = select(func.count()).select_from(_SAME.subquery())
_BESIDE = _SAME.order_by(_BUCKET, PLACEMENT.c.entry_id).limit(BESIDE_NAMED)


def _first_with(context: BoardContext, totals: Collection[int]) -> dict[int, int]:
    """Return for each total, all above zero, the first entry on the board that has it, if any one that shows it."""
    if not totals:
        return {}
    width = BUCKET_WIDTHS[context.rules.unit]
    buckets = {bucket_of(total, 0, width) for total in totals}
    values = {"challenge": context.viewer.challenge_id, "buckets": buckets, "totals": set(totals)}
    rows = read(_FIRST_WITH, values)
    return {total: entry for total, entry in rows}  # noqa: C416  # a Result is not the dict it looks like


def _beside(context: BoardContext, me: BoardRow) -> tuple[list[str], int]:
    """Return some names with the same total, and how many there are; none at zero, where nobody has a place.

    Runners who show their rank alone are not among them.
    """
    viewer = context.viewer
    if not me.total or context.hides_figures:
        return [], 0
    mine = {"entry": me.entry_id, "own": viewer.bucket, "total": me.total}
    values = {"challenge": viewer.challenge_id, **mine}
    count = read(_HOW_MANY_BESIDE, values).scalar_one()
    rows = rows_of(context, read(_BESIDE, values).scalars().all()) if count else {}
    return [row.name for row in rows.values()], count


@dataclass(frozen=True, slots=True)
class _Forecasts:
    """The means and usual days of some runners, as far as the viewer may know them."""

    context: BoardContext
    today: date
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

    def ready_runs(self, me: BoardRow) -> list[int]:
        """Return the runs that the card tries out; none where days are worth more or less than what they measure."""
        usual_days, rules = known(self.usual_days, me.runner_id), self.context.rules
        if usual_days is None or not rules.shaped.is_plain_sum:
            return []
        return ready_amounts(usual_days, rules.unit, self.context.viewer.units)

    def milestone(self, me: BoardRow) -> int | None:
        viewer, left = self.context.viewer, (self.context.viewer.ends_on - self.today).days + 1
        own, usual_days = self.means.get(me.runner_id), known(self.usual_days, me.runner_id)
        return milestone_in_reach(me.total or 0, own, usual_days, left, self.context.rules.unit, viewer.units)


def _forecasts(context: BoardContext, rows: Iterable[BoardRow], now: datetime) -> _Forecasts:
    means = means_of(context, rows, now)
    today = now.astimezone(ZoneInfo(context.viewer.tz)).date()
    return _Forecasts(context, today, means, usual_days_of(context, means.keys() | _viewer_in(context, rows), today))


def _viewer_in(context: BoardContext, rows: Iterable[BoardRow]) -> set[int]:
    return {row.runner_id for row in rows if row.is_me}
