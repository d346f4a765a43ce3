"""Who is signed in. For views only."""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from typing import NamedTuple, ParamSpec, TypeVar, cast

from flask import Flask, g, redirect, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from webapp.extensions import clock, db, settings
from webapp.groups.queries import GroupLink, group_links
from webapp.models.accounts import Runner

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")


def init_app(app: Flask) -> None:
    """Tell every template who is signed in."""
    # A context may outlive a request (in tests, on the command line); who reads is asked anew each time.
    app.before_request(_forget)
    app.context_processor(_for_templates)


def _forget() -> None:
    g.pop("current_runner", None)
    g.pop("reader", None)


def _renew() -> None:
    """Give the cookie its full time again on the first page of a day."""
    day = clock().now().toordinal()
    if session.get("day") != day:
        session["day"] = day


def sign_in(runner: Runner) -> None:
    """Begin a session for `runner`; what an earlier visitor left in the cookie goes."""
    session.clear()
    session.permanent = True
    session["runner"], session["epoch"] = runner.id, runner.session_epoch
    g.current_runner = runner


def sign_out() -> None:
    session.clear()
    g.current_runner = None


def current_runner() -> Runner | None:
    """Return who is signed in, or None. One read a request."""
    if "current_runner" not in g:
        g.current_runner = _read_runner()
    return cast(Runner | None, g.current_runner)


class Reader(NamedTuple):
    """Who reads a page, as far as the page's frame needs to know."""

    id: int
    name: str
    groups: Sequence[GroupLink]


def read_by(reader: Reader) -> None:
    """Tell the frame of the page who reads it, where a view has found that out by a read of its own."""
    g.reader = reader
    _renew()


def signed_in_runner() -> Runner:
    """Return who is signed in. For views under `login_required`."""
    runner = current_runner()
    assert runner is not None
    return runner


def login_required(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Send a visitor who is not signed in to the way in, and back here afterwards."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
        if current_runner() is None:
            after = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("accounts.consent", next=after))
        return view(*args, **kwargs)

    return guarded


def _read_runner() -> Runner | None:
    runner_id = session.get("runner")
    if runner_id is None:
        return None
    runner = db.session.get(Runner, runner_id)
    if runner is None or runner.session_epoch != session.get("epoch"):
        session.clear()
        return None
    _renew()
    return runner


def _for_templates() -> dict[str, object]:
    return {"is_trial": settings().simulated, **_reader()}


def _reader() -> dict[str, object]:
    """Return who reads the page. Without a database it is shown as to a visitor: an error page must not fail, too."""
    try:
        reader: Reader | None = g.get("reader")
        if reader:
            return {"current_runner": reader, "my_groups": reader.groups}
        runner = current_runner()
        return {"current_runner": runner, "my_groups": group_links(runner.id) if runner else []}
    except SQLAlchemyError as error:
        log.error("who is signed in cannot be read: %s", type(error).__name__)
        db.session.rollback()
        g.current_runner = None
        return {"current_runner": None, "my_groups": []}
