"""The signed-in runner. For views only."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, g, redirect, request, session, url_for
from sqlalchemy import bindparam, select
from werkzeug.wrappers import Response

from webapp.auth.queries import is_operator
from webapp.db import db
from webapp.extensions import clock, settings
from webapp.models.accounts import Runner

log = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

# Built once, as every request makes it.
_RUNNER = select(Runner).where(Runner.id == bindparam("runner"))


def init_app(app: Flask) -> None:
    """Read the signed-in runner again for each request: a context may outlive one in tests and on the command line."""
    app.before_request(_read_again)


def _read_again() -> None:
    g.pop("current_runner", None)


def renew_session() -> None:
    """Renew the cookie's lifetime on the first page of a day."""
    day = clock().now().toordinal()
    if session.get("day") != day:
        session["day"] = day


def sign_in_is_unknown() -> None:
    """Treat the rest of this request as a visitor's, since the database cannot say who is signed in."""
    g.current_runner = None


def sign_in(runner: Runner) -> None:
    """Begin a session for `runner`; remove what an earlier visitor left in the cookie."""
    session.clear()
    session.permanent = True
    session["runner"], session["epoch"] = runner.id, runner.session_epoch
    g.current_runner = runner


def sign_out() -> None:
    session.clear()
    g.current_runner = None


def current_runner() -> Runner | None:
    """Return the signed-in runner, or None. One read per request."""
    if "current_runner" not in g:
        g.current_runner = _read_runner()
    return cast(Runner | None, g.current_runner)


def signed_in_runner() -> Runner:
    """Return the signed-in runner. For views under `login_required`."""
    runner = current_runner()
    assert runner is not None
    return runner


def login_required(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Redirect a visitor who is not signed in to the sign-in page, and back here afterwards."""

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
    runner = db.session.scalar(_RUNNER, {"runner": runner_id})
    if runner is None or runner.session_epoch != session.get("epoch"):
        session.clear()
        return None
    renew_session()
    return runner


def may_start_groups() -> bool:
    """Return whether the reader may start a group: every runner, or with `GROUPS=operator` operators alone."""
    runner = current_runner()
    return runner is not None and (settings().groups == "open" or is_operator(runner.id, settings().operating))
