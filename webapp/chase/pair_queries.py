"""Read the challenge's tightest chases, each with its odds."""

from dataclasses import dataclass
from datetime import datetime

from webapp.chase.neighbour_queries import Chaser, chasers, first_with, own_chaser
from webapp.chase.odds_queries import RunnerForms, shared_forms_of
from webapp.chase.queries import forecasts_of
from webapp.leaderboards.queries import BoardContext, BoardRow, rows_of
from webapp.paging import Page
from webapp.rulebook.chase_outlook import Outlook
from webapp.rulebook.odds_forms import shown_odds
from webapp.rulebook.odds_words import ShownOdds

PAIRS = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """One runner and the one next ahead."""

    id: int
    behind: BoardRow
    ahead: BoardRow
    gap: int
    outlook: Outlook | None
    closing: int | None
    # None after the last day, and where there are none.
    odds: ShownOdds | None


def tightest(context: BoardContext, now: datetime, page: int) -> tuple[list[Pair], bool]:
    """Return a page of the challenge's chases and whether more follow: the viewer's own first, then the tightest."""
    on_page, more = _chasers(context, page)
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
        Pair(behind.entry_id, behind, ahead, gap, *forecasts.of(behind, ahead), _odds(forms, behind, ahead))
        for behind, ahead, gap in placed
        if _shows_gap(behind, ahead)
    ]
    if page == 1:
        pairs.sort(key=lambda pair: not (pair.behind.is_me or pair.ahead.is_me))
    return pairs, more and not context.hides_figures


def _chasers(context: BoardContext, page: int) -> tuple[list[Chaser], bool]:
    """Return the chasers of a page, the viewer on the first one, and whether more follow."""
    own = own_chaser(context)
    mine = [own] if own else []
    first = mine if page == 1 else []
    before = 0 if page == 1 else len(mine)
    found = [*first, *chasers(context, Page(page, PAIRS).offset - before, PAIRS + 1 - len(first))]
    return found[:PAIRS], len(found) > PAIRS


def _odds(forms: RunnerForms, behind: BoardRow, ahead: BoardRow) -> ShownOdds | None:
    found = shown_odds(forms.matchup(behind, ahead)) if forms.left.days > 0 else None
    return found if found and found.instead is None else None


def _shows_gap(chaser: BoardRow, lead: BoardRow) -> bool:
    """Return whether the viewer sees the gap as the gate lets them see the two rows."""
    return chaser.gap is not None and not chaser.rank_only and lead.total is not None
