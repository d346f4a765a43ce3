"""Only POST acts: any other method, at any address and by anyone, leaves every table as it was."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select
from werkzeug.routing import Rule

from tests.support.browser import Browser
from tests.support.builders import (
    NOON,
    invite_of,
    make_challenge,
    make_connection,
    make_entry,
    make_group,
    make_member,
    make_runner,
)
from tests.support.forms import form_with
from tests.support.pictures import picture_file
from tests.support.reviewed import asked_about
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.support.strava import requests_of
from webapp.auth import rules as account_rules
from webapp.db import Base, db
from webapp.extensions import clock, settings
from webapp.group_profiles.service import save_picture
from webapp.models.accounts import ErasureReceipt, LoginLink, SeatRequest
from webapp.models.challenges import Challenge, Entry, Pick, RuleChange, Series, SeriesSkip
from webapp.models.groups import Group
from webapp.models.invitations import Invitation
from webapp.models.sync import InboxEvent, InitialImport
from webapp.models.words import Notice
from webapp.pictures import read_picture
from webapp.rulebook.ruleset import RuleSet
from webapp.seats.ticket import COOKIE

LOOKING = ("GET", "HEAD", "OPTIONS", "TRACE")
# HEAD reaches the view that GET reaches for everybody; OPTIONS and TRACE reach none.
OTHERS_AS = {"HEAD": ("visitor", "member", "organiser"), "OPTIONS": ("organiser",), "TRACE": ("organiser",)}
IN_GROUP = ("member", "captain", "coach", "organiser", "operator")
ROLES = ("visitor", "waiting", "stranger", "invited", *IN_GROUP)
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
TICKET = "t" * 43
QUERY = {"next": "/home", "q": "a", "who": "a", "page": "1", "edition": "1", "preview": "1", "hub.mode": "subscribe"}

Rows = dict[str, list[str]]


class Stage:
    """A group with a runner in each role, something of every kind in it, and right arguments for every rule."""

    def __init__(self, app: Flask) -> None:
        self.group = make_group()
        self.runners = {role: make_runner(f"{role.title()} Doe") for role in ROLES[2:]}
        for role in IN_GROUP:
            made_role = "member" if role == "operator" else role
            make_member(self.group, self.runners[role], role=made_role).notice = Notice.NAMED
        for runner in self.runners.values():
            make_connection(runner)
            db.session.add(InitialImport(runner_id=runner.id, state="failed", asked_at=NOON))
        self.values = {**self._of_group(), **self._of_accounts(), "filename": ["css/app.css"], "job_id": ["x"]}
        self.browsers = {role: Browser(app) for role in ROLES}
        db.session.commit()
        self.sign_in()

    def _of_group(self) -> dict[str, list[Any]]:
        running, picked, over = self._challenges(self.group)
        values = {"name": "Monthly", "frame": "month", "rules": RuleSet(), "next_on": date(2026, 12, 1)}
        series = Series(group_id=self.group.id, created_at=NOON, **values)
        db.session.add(series)
        db.session.flush()
        db.session.add(SeriesSkip(series_id=series.id, starts_on=date(2027, 1, 1)))
        running.series_id = series.id
        mine = db.session.scalars(select(Entry).where(Entry.challenge_id == running.id)).all()
        asked = [asked_about(entry) for entry in mine[:2]]
        picture = read_picture(picture_file())
        save_picture(self.group.id, picture)
        return {
            "slug": [self.group.slug],
            "digest": [picture.digest],
            "invite": [invite_of(self.group)],
            "join_request_id": [1],
            "ban_id": [1],
            "vote_id": [1],
            "group_id": [self.group.id],
            "announcement_id": [1],
            "invitation_id": list(db.session.scalars(select(Invitation.id))),
            "preset_key": ["distance"],
            "challenge_id": [running.id, picked.id, over.id],
            "team_id": [team.id for challenge in (running, picked) for team in challenge.teams[:1]],
            "entry_id": [mine[0].id],
            "runner_id": [self.runners["member"].id],
            "series_id": [series.id],
            "run_id": [each["run_id"] for each in asked],
            "review_id": [each["review_id"] for each in asked],
        }

    def _challenges(self, group: Group) -> tuple[Challenge, Challenge, Challenge]:
        running = make_challenge(group, teams=("Reds", "Blues"), team_mode="named")
        picked = make_challenge(group, teams=("Owls", "Larks"), team_mode="picked", name="Picked")
        over = make_challenge(
            group, name="October", starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 31), frozen_at=NOON,
            checksum="x", unread=0,
        )  # fmt: skip
        for challenge in (running, picked, over):
            for role in IN_GROUP:
                make_entry(challenge, self.runners[role], challenge.teams[0] if challenge is running else None)
        for team, role in zip(picked.teams, ("captain", "organiser"), strict=True):
            team.captain_id = self.runners[role].id
        first = db.session.scalars(select(Entry).where(Entry.challenge_id == picked.id)).first()
        assert first is not None
        plain, by = RuleSet(), self.runners["organiser"].id
        change = {"before": plain, "after": plain, "reason": "x", "made_at": NOON, "made_by": by, "entries": 5}
        db.session.add(RuleChange(challenge_id=running.id, edition=1, **change))
        db.session.add(Pick(challenge_id=picked.id, number=1, team_id=picked.teams[0].id, entry_id=first.id))
        return running, picked, over

    def _of_accounts(self) -> dict[str, list[Any]]:
        link = "s" * 43
        member = self.runners["member"].id
        digest, expires_at = account_rules.digest_of(link), clock().now() + timedelta(minutes=10)
        waits = SeatRequest(digest=account_rules.digest_of(TICKET), name="Will", asked_at=NOON)
        event = {"object_type": "activity", "object_id": 1, "aspect": "create", "updates": {}, "event_time": NOON}
        db.session.add_all([
            LoginLink(runner_id=member, digest=digest, expires_at=expires_at),
            ErasureReceipt(code="code", erased_at=NOON, revoked_at_strava=True, counts={"runs": 1}),
            InboxEvent(runner_id=member, received_at=NOON, **event),
            waits,
        ])  # fmt: skip
        db.session.flush()
        return {"secret": [link, settings().webhook_secret], "code": ["code"], "request_id": [waits.id]}

    def sign_in(self) -> None:
        for role, runner in self.runners.items():
            self.browsers[role].sign_in_as(runner)
        self.browsers["waiting"].client.set_cookie(COOKIE, TICKET, domain="127.0.0.1")

    def signed_in(self) -> dict[str, object]:
        found = {}
        for role, browser in self.browsers.items():
            with browser.client.session_transaction(base_url=browser.address) as session:
                found[role] = session.get("runner")
        return found

    def addresses(self, rule: Rule) -> Iterator[str]:
        """Yield an address for every choice of arguments."""
        names = sorted(rule.arguments)
        for chosen in product(*(self.values[name] for name in names)):
            values = dict(zip(names, chosen, strict=True))
            path = ARGUMENT.sub(lambda found, values=values: quote(str(values[found[1]])), rule.rule)  # type: ignore[misc]  # a default binds the loop's
            yield path


def every_row() -> Rows:
    """Return everything in the database, table by table."""
    db.session.rollback()
    with db.engine.connect() as connection:
        return {
            table.name: sorted(repr(row) for row in connection.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def asked_jobs(app: Flask) -> int:
    redis: Redis = app.extensions["redis"]
    return sum(1 for _ in redis.scan_iter("rq:job:*"))


def exchanges(simulator: Simulator) -> int:
    """Return how often somebody tried to exchange a code for tokens."""
    return requests_of(simulator).get("oauth exchange", 0)


def looks(stage: Stage, rule: Rule) -> Iterator[tuple[str, str, str]]:
    """Yield every path of the rule with each method and each role that sends it."""
    for path, method in product(stage.addresses(rule), LOOKING):
        yield from ((path, method, role) for role in OTHERS_AS.get(method, ROLES))


@pytest.fixture
def stage(app: Flask) -> Iterator[Stage]:
    stage = Stage(app)
    operator = str(90_000_000 + stage.runners["operator"].id)
    with with_settings(app, operators=(operator,), seats=20, metrics_token="m" * 20):
        yield stage


def test_no_request_but_post_changes_a_row(app: Flask, stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    before, jobs, signed_in = every_row(), asked_jobs(app), stage.signed_in()
    assert all(before[name] for name in ("login_link", "seat_request", "erasure_receipt", "pick", "review"))
    rules = list(app.url_map.iter_rules())
    changed, sent, statuses = [], 0, set()
    for rule in rules:
        for path, method, role in looks(stage, rule):
            browser = stage.browsers[role]
            answer = browser.client.open(path, method=method, base_url=browser.address, query_string=QUERY)
            statuses.add(answer.status_code)
            assert answer.status_code < 500 or path == "/healthz", (method, path, role)
            sent += 1
        if (every_row(), asked_jobs(app), stage.signed_in()) != (before, jobs, signed_in):
            changed.append(rule.rule)
            before, jobs, signed_in = every_row(), asked_jobs(app), stage.signed_in()
    counted = f"{len(rules)} rules, {len(LOOKING)} methods, {len(ROLES)} roles: {sent} requests"
    with capsys.disabled():
        print(f"\n{counted}, {len(changed)} wrote")  # noqa: T201  # figures to be read
    assert {200, 302, 404, 405} <= statuses
    assert changed == []


def test_each_view_either_shows_or_acts(app: Flask) -> None:
    mixed = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and (rule.methods or set()) - {"POST", "OPTIONS"}
    }
    assert mixed == set()


def test_the_callback_acts_by_get_and_only_with_the_state_of_its_browser(app: Flask, simulator: Simulator) -> None:
    # The one exception: Strava sends the browser back by GET.
    browser = Browser(app)
    back = simulator.answer(browser.start_oauth(), int(simulator.athletes()[0]["id"]))
    path, before, asked = back.removeprefix(browser.address), every_row(), exchanges(simulator)
    for method in ("HEAD", "OPTIONS", "TRACE"):
        sent = dict(parse_qsl(urlsplit(path).query))
        answer = browser.client.open(path, method=method, base_url=browser.address, data=sent)
        assert answer.status_code in (200, 204, 405), method
    for stranger in (Browser(app), browser):
        stranger.get("/connect/callback", query_string={"state": "forged", "code": "x", "scope": "activity:read"})
    assert Browser(app).get(path).status_code == 400
    assert (every_row(), exchanges(simulator)) == (before, asked)
    assert browser.get(path).headers["Location"] == "/connect/progress"


def test_a_scanner_that_opens_a_login_link_does_not_spend_it(app: Flask, stage: Stage) -> None:
    path, browser = f"/login/{stage.values['secret'][0]}", stage.browsers["visitor"]
    for method in LOOKING:
        browser.client.open(path, method=method, base_url=browser.address)
    form = form_with(browser.get(path).text)
    assert browser.post(path, form.filled).headers["Location"] == "/home"
    assert stage.signed_in()["visitor"] == stage.runners["member"].id
