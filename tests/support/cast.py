"""The fixed cast of page tests: an organiser, a member, a stranger and a visitor, around one group."""

from dataclasses import dataclass

from flask import Flask

from tests.support.browser import Browser
from tests.support.builders import make_group, make_member, make_runner
from tests.support.worker import process_jobs
from webapp.db import db
from webapp.groups.queries import membership_of
from webapp.leaderboards import service as boards
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState, Role

WHO = ("organiser", "member", "stranger", "visitor")


@dataclass(frozen=True, slots=True)
class Cast:
    """Browsers of each, and the runners in them; the visitor is nobody yet."""

    group: Group
    runners: dict[str, Runner]
    browsers: dict[str, Browser]

    @property
    def home(self) -> str:
        return f"/g/{self.group.slug}"

    def role_of(self, who: str) -> Role | None:
        db.session.rollback()
        found = membership_of(self.group.id, self.runners[who].id)
        return found.role if found else None

    def statuses(self, path: str) -> list[int]:
        """Return what each of the cast gets, in the order of `WHO`."""
        return [self.browsers[who].get(path).status_code for who in WHO]


def make_cast(app: Flask, **group: object) -> Cast:
    """Make a group with an organiser (Olga Orlova) and a member (Mia Meyer), and a stranger (Stan Strange)."""
    made = make_group(**group)  # type: ignore[arg-type]  # any column
    names = {"organiser": "Olga Orlova", "member": "Mia Meyer", "stranger": "Stan Strange"}
    runners = {who: make_runner(name) for who, name in names.items()}
    make_member(made, runners["organiser"], role="organiser")
    make_member(made, runners["member"])
    browsers = {who: Browser(app) for who in WHO}
    for who, runner in runners.items():
        browsers[who].sign_in_as(runner)
    return Cast(made, runners, browsers)


def run_jobs(app: Flask) -> None:
    """Run every job, and let the test's own session see what came of it; none may have failed."""
    failed = process_jobs(app)
    assert not failed, failed
    db.session.rollback()  # SQLite would go on showing what was there when the test last read


def comes_back(app: Flask, connection: Connection) -> None:
    """Let a runner who had taken our access at Strava away give it again, and boards show them."""
    connection.state = ConnectionState.CONNECTED
    db.session.commit()
    boards.show_runner(connection.runner_id)
    db.session.commit()
    run_jobs(app)
