"""Commands of accounts."""

import click
from flask import Flask

from webapp.accounts.queries import find_runner
from webapp.accounts.service import make_login_link
from webapp.db import write_transaction
from webapp.extensions import clock, settings
from webapp.names import called


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(login_link)


@click.command("login-link")
@click.argument("number", metavar="RUNNER", type=click.IntRange(1, 2**63 - 1))
@click.option("--athlete", is_flag=True, help="RUNNER is the number of a Strava athlete, not of a runner here.")
def login_link(number: int, athlete: bool) -> None:
    """Print a link that signs RUNNER in once, within 15 minutes; for when Strava is down.

    RUNNER is the runner's number here, or otherwise the number of their Strava athlete.
    """
    runner = find_runner(number, only_athlete=athlete)
    if runner is None:
        raise click.ClickException(f"no runner has the number {number}, neither here nor on Strava")
    runner_id, name = runner.id, called(runner.name)
    with write_transaction():
        secret = make_login_link(runner_id, clock().now())
    # On the error output, so that the link can be piped on; the operator sees for whom it is.
    click.echo(f"This link signs in {name} (runner {runner_id}), once, within 15 minutes:", err=True)
    click.echo(f"{settings().address}/login/{secret}")
