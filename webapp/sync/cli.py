"""Commands of sync: the subscription to Strava's events, and the sync of one runner by hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import click
from flask import Flask
from flask.cli import AppGroup
from redis import RedisError

from integrations.strava.errors import StravaError
from integrations.strava.webhook import Subscriptions
from webapp.auth.rules import until_in_words
from webapp.db import db, write_transaction
from webapp.extensions import budget, clock, settings
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.sync import due_queries, plan_report, planning_queries, queries, rules, runner_sync_service, service

# Counting stops there: more than anybody's day.
MAX_COUNTED = 100_000

strava = AppGroup("strava", help="The subscription to Strava's events.")
sync = AppGroup("sync", help="Reading from Strava.")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(strava)
    app.cli.add_command(sync)


@strava.command("subscribe")
def subscribe() -> None:
    """Have Strava post events here. Run it again after changing PUBLIC_URL or SECRET_KEY; otherwise it does nothing.

    The application must be up and reachable from Strava, which calls it to check.
    """
    with _errors_in_words():
        number = service.subscribe(_subscriptions(), settings().callback_url, settings().webhook_secret, clock().now())
    click.echo(f"Subscription {number}: Strava posts events to {settings().address}")


@strava.command("status")
def status() -> None:
    """Show which subscription Strava has, and whether it is ours; exit 1 if not."""
    with _errors_in_words():
        registered = _subscriptions().list()
    for one in registered:
        ours = one.callback_url == settings().callback_url and queries.is_subscription(one.id)
        click.echo(f"Subscription {one.id}: {'ours' if ours else 'of another address, replaced by subscribing'}")
    if not any(queries.is_subscription(one.id) and one.callback_url == settings().callback_url for one in registered):
        raise click.ClickException("no subscription of ours; run `flask --app wsgi strava subscribe`")


@strava.command("unsubscribe")
def unsubscribe() -> None:
    """End the subscription: runs then come in only with the scheduled full resyncs."""
    with _errors_in_words():
        ended = service.unsubscribe(_subscriptions())
    click.echo(f"{ended} subscription{'' if ended == 1 else 's'} ended")


@sync.command("run")
@click.option("--runner", "runner_id", type=int, required=True, help="The runner's id.")
def run(runner_id: int) -> None:
    """Read everything of one runner now; exit 1 if that could not be done."""
    if queries.connection_of(runner_id) is None:
        raise click.ClickException(f"runner {runner_id} is not connected")
    now = clock().now()
    with write_transaction():
        service.request_resync(runner_id, now, pause=timedelta())
    with _errors_in_words():
        runner_sync_service.sync_runner(runner_id, clock())
    connection = queries.connection_of(runner_id)
    if connection is None or connection.last_full_resync_at is None or connection.last_full_resync_at < now:
        raise click.ClickException(f"runner {runner_id} was not read: {_why_not_read(connection, now)}")
    click.echo(f"Runner {runner_id} was read.")


# The former name, for one release.
sync.add_command(run, "pull")


def _why_not_read(connection: Connection | None, now: datetime) -> str:
    """Say why a sync without an error has read nothing."""
    if connection is None:
        return "they have left"
    if connection.state != ConnectionState.CONNECTED:
        return connection.problem or "they have to connect again"
    rest = connection.rest_until
    if rest and rest > now and connection.problem == rules.QUOTA_WORDS:
        return f"this athlete's read quota is spent; some of it is back {until_in_words(rest, now)}"
    return "another process is reading them"


@sync.command("plan")
def plan() -> None:
    """Show which runners the planner would have read now, and why; the calls that are left; and what is due next."""
    now = clock().now()
    try:
        state = budget().state()
    except RedisError as error:
        raise click.ClickException(f"Redis does not answer: {type(error).__name__}") from None
    made = planning_queries.make(now, state, settings().quiet_seconds)
    outlook = queries.due_outlook(now)
    last_reads = due_queries.final_syncs_before(now, now + timedelta(days=1), MAX_COUNTED)
    db.session.rollback()
    spent, ahead = plan_report.budget(made.budget, now), plan_report.due_next(outlook, last_reads, now)
    for line in (*spent, *plan_report.plan(made), *ahead):
        click.echo(line)
    if state.closed_why:
        click.echo(f"Why reading is paused: {state.closed_why}")


@contextmanager
def _errors_in_words() -> Iterator[None]:
    """Turn a failure of Strava's into one line and exit 1."""
    try:
        yield
    except StravaError as error:
        raise click.ClickException(f"Strava: {error}") from None


def _subscriptions() -> Subscriptions:
    our, now = settings(), clock().now
    return Subscriptions(
        our.api_base, our.client_id, our.client_secret, now=now, timeout=our.strava_timeout, budget=budget()
    )
