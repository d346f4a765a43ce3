"""The latest overtakes as HTML: rendered once for all viewers, with lines that name the viewer put in their place."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from flask import current_app
from markupsafe import Markup

from webapp.cache import cached
from webapp.chase.feed_queries import Passing, feed_of, own_lines
from webapp.leaderboards.page_context import as_another
from webapp.leaderboards.queries import Viewer


@dataclass(frozen=True, slots=True)
class OvertakeRows:
    """The latest overtakes as HTML, and how many others there are."""

    html: Sequence[Markup]
    more: int


def latest(viewer: Viewer, board: str) -> OvertakeRows:
    """Return the latest overtakes as the viewer sees them. `board`: the address of the board, where names lead."""
    shared = cached((*viewer.days_edition, "overtakes as HTML", board), partial(_shared, viewer, board))
    own = own_lines(viewer)
    html = [_line(own[place], board) if place in own else line for place, line in enumerate(shared.html)]
    return OvertakeRows(html, shared.more)


def _shared(viewer: Viewer, board: str) -> OvertakeRows:
    feed = feed_of(as_another(viewer))
    return OvertakeRows([_line(line, board) for line in feed.items], feed.more)


def _line(line: Passing, board: str) -> Markup:
    macros: Any = current_app.jinja_env.get_template("macros/feed.html").module
    return cast(Markup, macros.overtake(line, board))
