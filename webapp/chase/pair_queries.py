"""Read the challenge's tightest chases, each with its odds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from webapp.cache import cached
from webapp.chase.neighbour_queries import chasers, first_with
from webapp.chase.odds_queries import RunnerForms, shared_forms_of
from webapp.chase.queries import Chase, Rival, forecasts_of
from webapp.leaderboards.queries import BoardContext, BoardRow, rows_of
from webapp.paging import Page
from webapp.privacy.gate import NOBODY
from webapp.rulebook.chase_outlook import Outlook
from webapp.rulebook.odds_forms import shown_odds
from webapp.rulebook.odds_words import ShownOdds

PAIRS = 20


@dataclass(frozen=True, slots=True)
class PairRunner:
    """One of a pair."""

    name: str
    runner_id: int
    entry_id: int
    photo: str | None
    is_me: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """One runner and the one next ahead."""

    id: int
    behind: PairRunner
    ahead: PairRunner
    gap: int
    outlook: Outlook | None
    closing: int | None
    # None after the last day, and where there are none.
    odds: ShownOdds | None

    @property
    def is_mine(self) -> bool:
        return self.behind.is_me or self.ahead.is_me


@dataclass(frozen=True, slots=True)
class PairPage:
    """A page of pairs as every member sees them, and whether more follow."""

    pairs: Sequence[Pair]
    more: bool


def tightest(context: BoardContext, now: datetime, page: int, card: Chase | None = None) -> PairPage:
    """Return a page of the challenge's chases: the viewer's own first, by their `card`, then the tightest.

    What all members see alike is read once for each version of the board, and each hour, since odds change with it.
    """
    viewer = context.viewer
    nobody = replace(context, viewer=replace(viewer, runner_id=NOBODY, entry_id=None))
    shared = cached(key_of(context, now, page), partial(_page, nobody, now, page))
    own = _own(card)
    others = [_as_seen(pair, viewer.runner_id) for pair in shared.pairs if not own or pair.id != viewer.entry_id]
    if page > 1:
        return PairPage(others, shared.more)
    others.sort(key=lambda pair: not pair.is_mine)
    return PairPage([*own, *others], shared.more)


def key_of(context: BoardContext, now: datetime, page: int) -> tuple[object, ...]:
    """Return what names a page of pairs as all members see it who read the same units."""
    viewer, hour = context.viewer, now.replace(minute=0, second=0, microsecond=0)
    return (*viewer.edition, "pairs", page, viewer.units, viewer.slug, context.day, hour)


def _page(context: BoardContext, now: datetime, page: int) -> PairPage:
    found = chasers(context, Page(page, PAIRS).offset, PAIRS + 1)
    on_page = found[:PAIRS]
    leads = first_with(context, {chaser.lead_total for chaser in on_page})
    rows = rows_of(context, {chaser.entry_id for chaser in on_page} | set(leads.values()))
    forecasts = forecasts_of(context, rows.values(), now)
    forms = shared_forms_of(context, [row.runner_id for row in rows.values()], now)
    placed = [
        (rows[each.entry_id], rows[leads[each.lead_total]], each.gap)
        for each in on_page
        if each.entry_id in rows and leads.get(each.lead_total) in rows
    ]
    pairs = [
        Pair(
            behind.entry_id, _runner(behind), _runner(ahead), gap, *forecasts.of(behind, ahead),
            _odds(forms, behind, ahead),
        )
        for behind, ahead, gap in placed
        if _shows_gap(behind, ahead)
    ]  # fmt: skip
    return PairPage(pairs, len(found) > PAIRS and not context.hides_figures)


def _own(card: Chase | None) -> list[Pair]:
    """Return the viewer's own pair, of their circle; nothing for one who chases nobody or shows a place only."""
    if card is None or card.ahead is None or card.ahead.gap is None or not card.me.total:
        return []
    if card.me.gap is None or card.me.rank_only:
        return []
    odds = card.odds if card.odds and card.odds.instead is None else None
    me = replace(_runner(card.me), is_me=True)
    return [Pair(card.me.entry_id, me, _runner(card.ahead), card.ahead.gap, card.outlook, card.closing, odds)]


def _runner(row: BoardRow | Rival) -> PairRunner:
    return PairRunner(row.name, row.runner_id, row.entry_id, row.photo)


def _as_seen(pair: Pair, runner_id: int) -> Pair:
    if runner_id not in (pair.behind.runner_id, pair.ahead.runner_id):
        return pair
    behind, ahead = (replace(one, is_me=one.runner_id == runner_id) for one in (pair.behind, pair.ahead))
    return replace(pair, behind=behind, ahead=ahead)


def _odds(forms: RunnerForms, behind: BoardRow, ahead: BoardRow) -> ShownOdds | None:
    found = shown_odds(forms.matchup(behind, ahead)) if forms.left.days > 0 else None
    return found if found and found.instead is None else None


def _shows_gap(chaser: BoardRow, lead: BoardRow) -> bool:
    """Return whether the viewer sees the gap as the gate lets them see the two rows."""
    return chaser.gap is not None and not chaser.rank_only and lead.total is not None
