"""The head of every page: its reader, and links to their groups."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask, g
from sqlalchemy.exc import SQLAlchemyError

from webapp.auth.session import current_runner, renew_session, sign_in_is_unknown
from webapp.db import db
from webapp.extensions import settings
from webapp.groups.queries import GroupLink, group_links

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of a page, as far as its head needs to know."""

    id: int
    name: str
    groups: Sequence[GroupLink]


def init_app(app: Flask) -> None:
    """Give every template the reader and their groups."""
    # A context may outlive a request (in tests, on the command line), so each request finds its own reader.
    app.before_request(_find_again)
    app.context_processor(_for_templates)


def _find_again() -> None:
    g.pop("reader", None)


def read_by(reader: Reader) -> None:
    """Set the reader of this page, for a view that has already read them from the database."""
    g.reader = reader
    renew_session()


def _for_templates() -> dict[str, object]:
    return {"is_trial": settings().simulated, **_reader()}


def _reader() -> dict[str, object]:
    """Return the reader and their groups. Without a database, show the page as to a visitor: error pages must work."""
    try:
        reader: Reader | None = g.get("reader")
        if reader:
            return {"current_runner": reader, "my_groups": reader.groups}
        runner = current_runner()
        return {"current_runner": runner, "my_groups": group_links(runner.id) if runner else []}
    except SQLAlchemyError as error:
        log.error("cannot read who is signed in: %s", type(error).__name__)
        db.session.rollback()
        sign_in_is_unknown()
        return {"current_runner": None, "my_groups": []}
