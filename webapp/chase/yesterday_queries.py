"""Read how a chase moved since yesterday began: the gaps, and the odds as they were then."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from webapp.chase.news_queries import gains_since, gap_changes, neighbours_of
from webapp.chase.odds_queries import RunnerForms
from webapp.chase.queries import Chase, Rival
from webapp.leaderboards.queries import BoardContext, Viewer
from webapp.rulebook.chase_news import GapChange, OddsMove, Side, largest_move
from webapp.rulebook.odds_forms import shown_odds
from webapp.rulebook.odds_words import ShownOdds


@dataclass(frozen=True, slots=True)
class Yesterday:
    """What changed since yesterday began: the gaps to both neighbours, and the odds that moved most."""

    gaps: dict[Side, GapChange]
    move: OddsMove | None


def yesterday_began(viewer: Viewer, now: datetime) -> datetime:
    """Return the moment with which a chase is compared, in the group's zone."""
    zone = ZoneInfo(viewer.tz)
    return datetime.combine(now.astimezone(zone).date() - timedelta(days=1), time(), zone)


def since_yesterday(context: BoardContext, mine: Chase, now: datetime) -> Yesterday | None:
    """Return how the viewer's chase moved; None if the challenge began after that, or is over.

    `mine`: read with `yesterday_began` as the moment of its `forms_then`. Nothing is stored of the odds: those of
    yesterday follow from the same days, as far as they were over then.
    """
    yesterday = yesterday_began(context.viewer, now).date()
    if not mine.days_left or yesterday <= context.viewer.starts_on:
        return None
    gains = gains_since(context, mine, yesterday)
    gaps = {change.side: change for change in gap_changes(context, mine, gains)}
    return Yesterday(gaps, _move(mine, gains))


def _move(mine: Chase, gains: dict[int, int]) -> OddsMove | None:
    both: dict[Side, ShownOdds | None] = {"ahead": mine.odds, "behind": mine.odds_behind}
    shown = {side: odds.step for side, odds in both.items() if odds and not odds.instead}
    others = {side: other for side, other in neighbours_of(mine).items() if side in shown and other.entry_id in gains}
    if not others or mine.me.entry_id not in gains or mine.forms_then is None:
        return None
    before = {side: _step_then(mine.forms_then, mine, side, other, gains) for side, other in others.items()}
    return largest_move(
        OddsMove(side, others[side].name, step, shown[side]) for side, step in before.items() if step is not None
    )


def _step_then(forms: RunnerForms, mine: Chase, side: Side, other: Rival, gains: dict[int, int]) -> int | None:
    """Return the step of the odds when yesterday began, None without odds."""
    total, gap = mine.me.total or 0, other.gap or 0
    me = mine.me._replace(total=total - gains[mine.me.entry_id])
    theirs = (total + gap if side == "ahead" else total - gap) - gains[other.entry_id]
    rival = me._replace(runner_id=other.runner_id, entry_id=other.entry_id, total=theirs)
    odds = shown_odds(forms.matchup(me, rival) if side == "ahead" else forms.matchup(rival, me))
    return None if odds.instead else odds.step
