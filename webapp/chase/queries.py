"""Reading chases: mine, the challenge's tightest, and the overtakes of a group."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select

from webapp.chase.means_queries import means_of
from webapp.chase.odds_queries import forms_of
from webapp.chase.usual_days_queries import known, usual_days_of
from webapp.leaderboards.queries import BoardContext, BoardRow, Viewer, own_lack, own_placement, rows_of, unscored
from webapp.leaderboards.statement_queries import CONSENT, ENTRY, PLACEMENT, read, table
from webapp.models.chase import Overtake, Passed
from webapp.paging import Page
from webapp.privacy.gate import may_see
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_holds, shares_totals
from webapp.rulebook import chase
from webapp.rulebook.chase_outlook import Means, Outlook, UsualDays, is_shown, milestone_in_reach, outlook, span_of
from webapp.rulebook.lifecycle import State
from webapp.rulebook.odds_words import ShownOdds, ready_amounts
from webapp.rulebook.ranking import BUCKET_WIDTHS, Lack, bucket_of

OVERTAKE, PASSED = table(Overtake), table(Passed)

PAIRS = 20
BESIDE_NAMED = 3
FEED_LINES = 10
# Beyond that the feed says "and 1,000 more" and does not count further.
COUNTED = 1000


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


@dataclass(frozen=True, slots=True)
class FeedRunner:
    """Somebody in the feed."""

    name: str
    runner_id: int
    is_me: bool
    entry_id: int
    # The address of their photo, None for initials. Only of passers: the others are named in a sentence.
    photo: str | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """A line of the feed: the passer, the date, how many they passed, and those who may be named, nearest first."""

    id: str
    date: date
    passer: FeedRunner
    passed: list[FeedRunner]
    passed_count: int


@dataclass(frozen=True, slots=True)
class Feed:
    """The latest lines, and the number of others."""

    items: list[Passing]
    more: int


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


def feed_of(viewer: Viewer, limit: int = FEED_LINES, page: int = 1) -> Feed:
    """Return a page of the overtakes of a challenge, from 1, the latest date first."""
    lines = _overtakes_of(viewer)
    before = Page(page, limit).offset
    found = read(lines.limit(limit).offset(before), {}).all()
    passed = _passed(viewer, [(passer, day) for passer, day, *_ in found])
    items = [
        Passing(
            f"{entry}-{day}",
            day,
            FeedRunner(name, runner, runner == viewer.runner_id, entry, shown_link(viewer.slug, runner, level, photo)),
            passed[entry, day],
            count,
        )
        for entry, day, count, runner, name, level, photo in found
    ]
    rest = lines.offset(before).limit(COUNTED + limit).subquery()
    counted = read(select(func.count()).select_from(rest), {}).scalar_one()
    return Feed(items, counted - len(found))


def _passed(viewer: Viewer, keys: Collection[tuple[int, date]]) -> dict[tuple[int, date], list[FeedRunner]]:
    found: defaultdict[tuple[int, date], list[FeedRunner]] = defaultdict(list)
    people = _people_of(viewer)
    named = (
        select(PASSED.c.passer_id, PASSED.c.local_date, *people.c["entry_id", "runner_id", "name", "level"])
        .join(people, people.c.entry_id == PASSED.c.passed_id)
        # Every passer on every date, a few more than wanted: SQLite looks up no pairs.
        .where(PASSED.c.passer_id.in_({key[0] for key in keys}), PASSED.c.local_date.in_({key[1] for key in keys}))
        .order_by(PASSED.c.place)
    )
    for passer, day, entry, runner_id, name, level in read(named, {}) if keys else ():
        if (passer, day) in keys and may_see(level, "overtakes", is_self=runner_id == viewer.runner_id):
            found[passer, day].append(FeedRunner(name, runner_id, runner_id == viewer.runner_id, entry))
    return found


def _overtakes_of(viewer: Viewer) -> Select[*tuple[Any, ...]]:
    """Select (entry, date, how many it passed, runner, name, level, photo) of those who show their totals.

    The latest date comes first.
    """
    people = _people_of(viewer)
    who = people.c["runner_id", "name", "level", "photo"]
    return (
        select(OVERTAKE.c.passer_id, OVERTAKE.c.local_date, OVERTAKE.c.passed_count, *who)
        .join(people, people.c.entry_id == OVERTAKE.c.passer_id)
        .where(OVERTAKE.c.challenge_id == viewer.challenge_id, people.c.shares_totals)
        .order_by(OVERTAKE.c.local_date.desc(), OVERTAKE.c.passed_count.desc(), OVERTAKE.c.passer_id)
    )


def _people_of(viewer: Viewer) -> Any:
    consented = (CONSENT.c.runner_id == ENTRY.c.runner_id) & (CONSENT.c.group_id == viewer.group_id)
    return (
        select(ENTRY.c.id.label("entry_id"), ENTRY.c.runner_id, CONSENT.c.shown_name.label("name"), CONSENT.c.level)
        .add_columns(shares_totals(CONSENT.c).label("shares_totals"), photo_version(CONSENT.c).label("photo"))
        .join(CONSENT, consented)
        .where(ENTRY.c.challenge_id == viewer.challenge_id, consent_holds(CONSENT.c))
        .subquery()
    )


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
    total, bucket = PLACEMENT.c.total, PLACEMENT.c.bucket
    here = select(total).where(PLACEMENT.c.challenge_id == viewer.challenge_id).limit(1)
    own = viewer.bucket if viewer.total else 0
    if ahead:
        found = here.where(bucket <= own, total > viewer.total).order_by(bucket.desc(), total)
    else:
        found = here.where(bucket >= own, bucket < 0, total < viewer.total).order_by(bucket, total.desc())
    nearest: int | None = read(found, {}).scalar()
    return nearest


def _first_with(context: BoardContext, totals: Collection[int]) -> dict[int, int]:
    """Return for each total, all above zero, the first entry on the board that has it, if any one that shows it."""
    if not totals:
        return {}
    width = BUCKET_WIDTHS[context.rules.unit]
    buckets = {bucket_of(total, 0, width) for total in totals}
    here = PLACEMENT.c.challenge_id == context.viewer.challenge_id
    first = select(PLACEMENT.c.total, func.min(PLACEMENT.c.entry_id)).where(here)
    first = first.group_by(PLACEMENT.c.total, PLACEMENT.c.rank_only).order_by(PLACEMENT.c.rank_only.desc())
    # A total is in only one bucket, and SQLite looks up no pairs.
    rows = read(first.where(PLACEMENT.c.bucket.in_(buckets), PLACEMENT.c.total.in_(set(totals))), {})
    return {total: entry for total, entry in rows}  # noqa: C416  # a Result is not the dict it looks like


def _beside(context: BoardContext, me: BoardRow) -> tuple[list[str], int]:
    """Return some names with the same total, and how many there are; none at zero, where nobody has a place.

    Runners who show their rank alone are not among them.
    """
    viewer = context.viewer
    if not me.total or context.hides_figures:
        return [], 0
    same = select(PLACEMENT.c.entry_id).where(
        PLACEMENT.c.challenge_id == viewer.challenge_id, PLACEMENT.c.entry_id != me.entry_id
    )
    same = same.where(PLACEMENT.c.bucket == viewer.bucket, PLACEMENT.c.total == me.total, ~PLACEMENT.c.rank_only)
    count = read(select(func.count()).select_from(same.subquery()), {}).scalar_one()
    nearest = same.order_by(PLACEMENT.c.bucket, PLACEMENT.c.entry_id).limit(BESIDE_NAMED)
    rows = rows_of(context, read(nearest, {}).scalars().all())
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
