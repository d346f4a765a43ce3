"""The members on a group's page as HTML, with the reader's own row put in its place.

Whoever reads the same names and photos reads the same HTML: it is cached by all that it shows, and by nothing else, so
that a process cannot show what the database no longer says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from flask import current_app
from markupsafe import Markup

from webapp.cache import cached
from webapp.groups.queries import Member

ROW_END = Markup("</li>")


@dataclass(frozen=True, slots=True)
class MemberFrame:
    """What the rows of members have in common. Names lead to `board`, an address, and Manage to `managed`, if any."""

    tz: str
    today: date
    board: str | None
    managed: str | None


@dataclass(frozen=True, slots=True)
class MemberRows:
    """Members as HTML: the first faces, and a row of each."""

    faces: Markup
    rows: Sequence[Markup]


def rendered(members: Sequence[Member], entries: Mapping[int, int], frame: MemberFrame) -> MemberRows:
    """Return members as HTML. `entries`: of those who stand on the board, by runner."""
    alike = tuple((replace(one, is_me=False), entries.get(one.runner_id)) for one in members)
    shared = cached(("members as HTML", frame, alike), partial(_rendered, alike, frame))
    rows = [
        _rendered(((one, entries.get(one.runner_id)),), frame).rows[0] if one.is_me else row
        for one, row in zip(members, shared.rows, strict=True)
    ]
    return MemberRows(shared.faces, rows)


def _rendered(members: Sequence[tuple[Member, int | None]], frame: MemberFrame) -> MemberRows:
    macros: Any = current_app.jinja_env.get_template("macros/members.html").module
    rows: Markup = macros.rows(members, frame)
    return MemberRows(macros.faces([one for one, _ in members]), [row + ROW_END for row in rows.split(ROW_END)[:-1]])
