"""The rows and teams of a board as HTML: rendered once for all viewers, with the viewer's own row put in its place.

Shared HTML is cached by the board's version. Every change of visibility moves the version in its own transaction, so
that no process shows a row for longer than the database does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from flask import current_app, url_for
from markupsafe import Markup

from webapp.cache import cached
from webapp.leaderboards import queries, team_queries
from webapp.leaderboards.page_context import as_another
from webapp.leaderboards.queries import BoardContext, Viewer
from webapp.leaderboards.rows import BoardRow

ROW_END = Markup("</tr>")


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
    rows[place], html[place] = mine, rendered(context, [mine], address, live=live).html[0]
    return Rows(rows, html)


def rendered(context: BoardContext, rows: Sequence[BoardRow], address: str, *, live: bool) -> Rows:
    """Return rows that only this viewer requested, such as those of a search.

    One call of the macro renders all of them, three times as fast as a call for each. What people wrote is escaped, so
    nothing but the end of a row looks like one.
    """
    html: Markup = _macros().runner_rows(rows, address, live, not context.hides_figures)
    return Rows(rows, [row + ROW_END for row in html.split(ROW_END)[:-1]])


def teams_of(viewer: Viewer, team_score: str) -> list[Markup]:
    """Return the teams of a board, the best first, each as HTML, the viewer's own as theirs.

    The viewer's own team is cached by what it shows as well: to most of its members it looks the same.
    """
    seen = team_queries.teams_of(viewer, viewer.team_id)
    best = next((team.score for team in seen if team.score is not None), None)
    draw = partial(_team_html, viewer, team_score, best)
    key = (*viewer.edition, "teams as HTML", viewer.units, viewer.slug)
    shared = cached(key, lambda: [draw(team) for team in team_queries.teams_of(viewer)])
    return [
        cached((key, team), partial(draw, team)) if team.is_mine else html
        for team, html in zip(seen, shared, strict=True)
    ]


def _shared(context: BoardContext, page: int, address: str, live: bool) -> Rows:
    nobody = replace(context, viewer=as_another(context.viewer))
    return rendered(context, queries.board_page(nobody, page), address, live=live)


def _team_html(viewer: Viewer, team_score: str, top: Any, team: team_queries.BoardTeam) -> Markup:
    address = url_for("board.team", slug=viewer.slug, challenge_id=viewer.challenge_id, team_id=team.id)
    return cast(Markup, _macros().team_row(team, team_score, top, address))


def _macros() -> Any:
    return current_app.jinja_env.get_template("macros/board.html").module
