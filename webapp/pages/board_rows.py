"""The rows and teams of a board as HTML: rendered once for all viewers, with the viewer's own row put in its place.

Pages of rows are cached by the board's version. Every change of visibility moves the version in its own transaction, so
that no process shows a row for longer than the database does. Each row is cached by what it shows: when a run comes in,
a page is read again, and only the rows that it changed are rendered again.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from flask import current_app, url_for
from markupsafe import Markup

from webapp.cache import cached, cached_row
from webapp.leaderboards import queries, team_queries
from webapp.leaderboards.page_context import as_another
from webapp.leaderboards.queries import BoardContext, Viewer
from webapp.leaderboards.rows import BoardRow


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a board: its rows, and each of them as HTML."""

    rows: Sequence[BoardRow]
    html: Sequence[Markup]


def page_of(context: BoardContext, mine: BoardRow | None, page: int, address: str, *, live: bool) -> Rows:
    """Return a page of the board, from 1, with `mine` as the viewer sees it. `address`: that of the board's first page.

    `live`: False once no day is left, as for the macros.
    """
    viewer = context.viewer
    key = (*viewer.edition, "rows", page, viewer.units, address, live, context.moves)
    shared = cached(key, partial(_shared, context, page, address, live))
    place = next((n for n, row in enumerate(shared.rows) if mine and row.entry_id == mine.entry_id), None)
    if mine is None or place is None:
        return shared
    rows, html = list(shared.rows), list(shared.html)
    rows[place], html[place] = mine, _html("runner_row", mine, address, live, not context.hides_figures)
    return Rows(rows, html)


def rendered(context: BoardContext, rows: Sequence[BoardRow], address: str, *, live: bool) -> Rows:
    """Return rows that only this viewer requested, such as those of a search."""
    shows_totals = not context.hides_figures
    return Rows(rows, [_html("runner_row", row, address, live, shows_totals) for row in rows])


def teams_of(viewer: Viewer, team_score: str) -> list[Markup]:
    """Return the teams of a board, the best first, each as HTML, the viewer's own as theirs."""
    seen = team_queries.teams_of(viewer, viewer.team_id)
    best = next((team.score for team in seen if team.score is not None), None)
    draw = partial(_team_html, viewer, team_score, best)
    key = (*viewer.edition, "teams as HTML", viewer.units, viewer.slug)
    shared = cached(key, lambda: [draw(team) for team in team_queries.teams_of(viewer)])
    return [draw(team) if team.is_mine else html for team, html in zip(seen, shared, strict=True)]


def _shared(context: BoardContext, page: int, address: str, live: bool) -> Rows:
    nobody = replace(context, viewer=as_another(context.viewer))
    return rendered(context, queries.board_page(nobody, page), address, live=live)


def _team_html(viewer: Viewer, team_score: str, top: Any, team: team_queries.BoardTeam) -> Markup:
    address = url_for("board.team", slug=viewer.slug, challenge_id=viewer.challenge_id, team_id=team.id)
    return _html("team_row", team, team_score, top, address)


def _html(macro: str, *shown: Hashable) -> Markup:
    """Return what a macro of boards makes of these values."""
    return cast(Markup, cached_row((macro, *shown), lambda: getattr(_macros(), macro)(*shown)))


def _macros() -> Any:
    return current_app.jinja_env.get_template("macros/board.html").module
