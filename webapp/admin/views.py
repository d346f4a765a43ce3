"""The operator's page: the state of the installation, and a few buttons. Everybody else gets a 404."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp import queue
from webapp.admin import queries, rules, service
from webapp.admin.queries import Machinery, People
from webapp.auth.queries import is_operator
from webapp.auth.rules import since_in_words, until_in_words
from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import budget, clock, settings
from webapp.seats import service as seats
from webapp.sync.signature_service import is_verified

bp = Blueprint("admin", __name__)

P = ParamSpec("P")
R = TypeVar("R")


def operators_only(view: Callable[P, R]) -> Callable[P, R | Response]:
    """Let operators in. Others get a 404."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not is_operator(signed_in_runner().id, settings().operating):
            raise not_found()
        return view(*args, **kwargs)

    return login_required(guarded)  # type: ignore[return-value]  # Werkzeug's Response is what redirect makes


@bp.get("/operator")
@operators_only
def page() -> ResponseReturnValue:
    """Show the state of the installation."""
    shown = _shown(clock().now())
    return render_template("admin/overview.html", etag=_tag(shown), **shown)


@bp.get("/operator/part")
@operators_only
def part() -> ResponseReturnValue:
    """Answer with the live part; 304 if nothing has changed."""
    shown = _shown(clock().now())
    answer = make_response(render_template("admin/_live.html", **shown))
    answer.headers["ETag"] = _tag(shown)
    return answer.make_conditional(request)


@bp.post("/operator/jobs/<job_id>/again")
@operators_only
def job_again(job_id: str) -> ResponseReturnValue:
    """Enqueue again a job that failed for good."""
    return _done(queue.try_again(job_id), "It is in the queue again.")


@bp.post("/operator/jobs/<job_id>/forget")
@operators_only
def job_discard(job_id: str) -> ResponseReturnValue:
    """Remove a job that failed for good."""
    return _done(queue.discard(job_id), "Discarded.")


@bp.post("/operator/runners/<int:runner_id>/again")
@operators_only
def runner_again(runner_id: int) -> ResponseReturnValue:
    """Have a given-up runner read again."""
    with write_transaction():
        found = service.try_again(runner_id)
    return _done(found, f"Runner {runner_id} will be read again in the next round.")


@bp.post("/operator/waiting/<int:request_id>/remove")
@operators_only
def remove_waiting(request_id: int) -> ResponseReturnValue:
    """Take somebody off the waiting list."""
    with write_transaction():
        found = seats.remove(request_id)
    return _done(found, "They are removed from the waiting list.")


@bp.post("/operator/gate/open")
@operators_only
def open_gate() -> ResponseReturnValue:
    """Ask Strava again at once, after the operator has fixed the cause."""
    budget().open()
    with write_transaction():
        service.end_rests()
    return _done(True, "The next read asks Strava again.")


def _done(found: bool, words: str) -> ResponseReturnValue:
    if not found:
        raise not_found()
    flash(words, "good")
    return redirect(url_for("admin.page"))


def _shown(now: datetime) -> dict[str, Any]:
    """Return what the templates need."""
    machinery, people = queries.machinery(), queries.people(now)
    line = queries.seats_and_line(settings().seats, now)
    return {
        "alerts": rules.alerts(_health_of(machinery, people), now, clock().speed),
        "machinery": machinery,
        "people": people,
        "line": line,
        "planned": machinery and queries.next_round(machinery.budget, settings().quiet_seconds, now),
        "plots": _plots(machinery, people, now),
        "subscribed_here": people.subscription is not None
        and people.subscription.callback_url == settings().callback_url,
        "words": rules,
        "now": now,
        "since": partial(since_in_words, now=now),
        "until": partial(until_in_words, now=now),
    }


def _health_of(machinery: Machinery | None, people: People) -> rules.SystemHealth:
    subscription = people.subscription
    health = rules.SystemHealth(
        redis_answers=machinery is not None,
        subscribed_to=subscription.callback_url if subscription else None,
        callback_url=settings().callback_url,
        subscription_found=subscription.found if subscription else None,
        subscription_seen_at=(subscription.checked_at or subscription.since) if subscription else None,
        given_up=people.outlook.given_up,
        failing=people.outlook.failing,
        **asdict(people.doubts),
        oldest_resync=people.oldest_resync,
    )
    if machinery is None:
        return health
    step = machinery.clock_step
    return replace(
        health,
        clock_set_at=step.at if step else None,
        clock_step=step.size if step else timedelta(0),
        workers=machinery.workers,
        sampled_at=machinery.sampled_at,
        closed_why=machinery.budget.closed_why,
        half_open=machinery.budget.half_open,
        dead_jobs=machinery.jobs["failed"],
        failing_signatures=_failing(machinery.signatures),
    )


def _failing(signatures: Mapping[str, int]) -> int:
    """Return how many signatures failed without being refused, because none has verified with the present key."""
    key = settings().strava_webhook_key
    if not key or is_verified(key, settings().secret_key):
        return 0
    return signatures.get("wrong", 0) + signatures.get("stale", 0)


def _plots(machinery: Machinery | None, people: People, now: datetime) -> dict[str, rules.AdminPlot]:
    plots = {"events": rules.plot_of("events", people.events_by_hour, now, rules.HOUR, missing=0)}
    if machinery is not None:
        plots["reads"] = rules.reads_plot([(quarter.start, quarter.reads) for quarter in machinery.history])
        plots["depth"] = rules.plot_of("jobs", machinery.depths, now, rules.QUARTER, missing=None)
    return plots


def _tag(shown: dict[str, Any]) -> str:
    """Return the tag of the live part.

    Its forms carry a token that changes every second, so the tag is made of what is shown, with times to the minute.
    """
    kept = [repr(value) for name, value in sorted(shown.items()) if name not in ("words", "now", "since", "until")]
    kept.append(f"{shown['now']:%Y-%m-%dT%H:%M}")
    return f'W/"{hashlib.sha256("".join(kept).encode()).hexdigest()[:32]}"'
