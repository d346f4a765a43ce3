"""What we hold about me: all of it in words, and a copy to take along."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Blueprint, Response, render_template, send_file
from flask.typing import ResponseReturnValue

from webapp.auth import rules as account_rules
from webapp.auth.session import login_required, signed_in_runner
from webapp.data_export import queries, rules, service
from webapp.data_export.inventory import SECTIONS
from webapp.data_export.queries import StoredRows
from webapp.db import db
from webapp.extensions import clock, limiter, settings
from webapp.formatting import days_in_words
from webapp.sync.queries import connection_of

bp = Blueprint("data_export", __name__)

# A copy reads every table; nobody needs many of them.
copies_limit = limiter.shared_limit("20 per hour", scope="copies")
# How many bytes of a copy stay in memory before it goes into a file.
IN_MEMORY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of row on the page: what it is, how many there are since when, and how long they are kept."""

    words: str
    about: str
    kept: str
    stored: StoredRows


@bp.get("/account/held")
@login_required
def page() -> ResponseReturnValue:
    """Show everything that is stored about me: what, how much of it, and for how long."""
    runner = signed_in_runner()
    connection = connection_of(runner.id)
    return render_template(
        "data_export/export.html",
        runner=runner,
        sections=_sections(runner.id),
        connection=connection,
        state_words=account_rules.connection_in_words(connection.state if connection else None),
        allowed=rules.scopes_in_words(account_rules.scopes_of(connection.scopes)) if connection else None,
    )


def _sections(runner_id: int) -> list[tuple[str, list[Line]]]:
    stored = [one for one in queries.stored_about(runner_id) if one.rows]
    return [(title, [_line(one) for one in stored if one.kind.section == title]) for title in SECTIONS]


def _line(stored: StoredRows) -> Line:
    kind = stored.kind
    return Line(kind.words, kind.about, rules.kept_in_words(kind, _raw_days()), stored)


def _raw_days() -> str:
    return days_in_words(settings().raw_days)


@bp.get("/account/export.json")
@login_required
@copies_limit
def as_json() -> ResponseReturnValue:
    """Hand over everything as one JSON document."""
    return _copy(service.write_json, "json", "application/json")


@bp.get("/account/export.zip")
@login_required
@copies_limit
def as_zip() -> ResponseReturnValue:
    """Hand over everything as tables for a spreadsheet, with the JSON in addition."""
    return _copy(service.write_zip, "zip", "application/zip")


def _copy(write: Callable[[int, datetime, str, IO[bytes]], None], ending: str, kind: str) -> Response:
    """Write the copy whole before the first byte leaves: no transaction is open while a slow reader takes it."""
    runner_id, now = signed_in_runner().id, clock().now()
    file: Any = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  # the answer closes it, after the last byte
    queries.see_one_moment()
    write(runner_id, now, _raw_days(), file)
    db.session.rollback()
    file.seek(0)
    name = f"chasepack-{now:%Y-%m-%d}.{ending}"
    answer = send_file(file, mimetype=kind, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
