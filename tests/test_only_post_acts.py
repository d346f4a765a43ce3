"""Only POST acts: any other method, at any address and by anyone, leaves every table as it was."""

from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select, update
from werkzeug.routing import Rule

from tests.support.browser import Browser
from tests.support.builders import NOON, make_challenge, make_entry
from tests.support.everyone import LOGIN_SECRET, TICKET, Stage, everyone
from tests.support.forms import form_with
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.support.strava import requests_of
from webapp.db import Base, db
from webapp.models.challenges import Challenge, Entry, Pick, SeriesSkip
from webapp.models.groups import Membership
from webapp.models.sync import InitialImport, StoredEvent
from webapp.models.words import Notice
from webapp.seats.ticket import COOKIE

LOOKING = ("GET", "HEAD", "OPTIONS", "TRACE")
# HEAD reaches the view that GET reaches for everybody; OPTIONS and TRACE reach none.
OTHERS_AS = {"HEAD": ("visitor", "organiser"), "OPTIONS": ("organiser",), "TRACE": ("organiser",)}
IN_GROUP = ("member", "captain", "coach", "organiser")
WHO = ("visitor", "waiting", "stranger", *IN_GROUP, "operator")
QUERY = {"next": "/home", "q": "a", "who": "a", "page": "1", "edition": "1", "preview": "1", "hub.mode": "subscribe"}

Rows = dict[str, list[str]]


class Scene:
    """Everyone, signed in, with what a careless page might change: notices, picks, a skipped window, an event."""

    def __init__(self, app: Flask, stage: Stage) -> None:
        self._stage, self.runners = stage, stage.runners
        self.browsers = {**stage.browsers, "waiting": Browser(app)}
        self.browsers["waiting"].client.set_cookie(COOKIE, TICKET, domain="127.0.0.1")
        for who in stage.browsers:
            stage.sign_in(who)
        over = make_challenge(
            stage.group, name="October", starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 31), frozen_at=NOON,
            checksum="x", unread=0,
        )  # fmt: skip
        for who in IN_GROUP:
            make_entry(over, stage.runners[who])
        picked_id = stage.instead["drafts"]["challenge_id"]
        self._others = (picked_id, over.id)
        self._add_what_may_change(picked_id)

    def _add_what_may_change(self, picked_id: object) -> None:
        picked = db.session.get_one(Challenge, picked_id)
        entry_id = db.session.scalars(select(Entry.id).where(Entry.challenge_id == picked.id)).first()
        event = {"object_type": "activity", "object_id": 1, "aspect": "create", "updates": {}, "event_time": NOON}
        db.session.execute(update(Membership).values(notice=Notice.NAMED))
        db.session.execute(update(InitialImport).values(state="failed"))
        db.session.add_all([
            Pick(challenge_id=picked.id, number=1, team_id=picked.teams[0].id, entry_id=entry_id),
            SeriesSkip(series_id=self._stage.values["series_id"], starts_on=date(2027, 1, 1)),
            StoredEvent(runner_id=self._stage.runners["member"].id, received_at=NOON, **event),
        ])  # fmt: skip
        db.session.commit()

    def signed_in(self) -> dict[str, object]:
        found = {}
        for who, browser in self.browsers.items():
            with browser.client.session_transaction(base_url=browser.address) as session:
                found[who] = session.get("runner")
        return found

    def looks(self, rule: Rule) -> Iterator[tuple[str, str, str]]:
        """Yield the path of the rule with each method and everyone who sends it; then those of other challenges."""
        path = self._stage.path_of(rule)
        for method in LOOKING:
            yield from ((path, method, who) for who in OTHERS_AS.get(method, WHO))
        for challenge_id in self._others if "challenge_id" in rule.arguments else ():
            path = self._stage.path_of(rule, challenge_id=challenge_id)
            yield from ((path, "GET", who) for who in IN_GROUP)


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


@pytest.fixture
def scene(app: Flask) -> Iterator[Scene]:
    with everyone(app) as stage, with_settings(app, operators=stage.operators, seats=20, metrics_token="m" * 20):
        yield Scene(app, stage)


@pytest.fixture
def writes(app: Flask) -> Iterator[Callable[[], int]]:
    """Return what differs once anybody has written, which is sooner asked than every row."""
    with db.engine.connect() as connection:

        def version() -> int:
            connection.rollback()
            found: int = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
            return found

        yield version


@pytest.mark.only_sqlite  # which numbers its writes
def test_no_request_but_post_changes_a_row(
    app: Flask, scene: Scene, writes: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    before, jobs, signed_in, written = every_row(), asked_jobs(app), scene.signed_in(), writes()
    assert all(before[name] for name in ("login_link", "seat_request", "erasure_receipt", "pick", "review"))
    rules = list(app.url_map.iter_rules())
    changed, sent, statuses = [], 0, set()
    for rule in rules:
        for path, method, who in scene.looks(rule):
            browser = scene.browsers[who]
            answer = browser.client.open(path, method=method, base_url=browser.address, query_string=QUERY)
            statuses.add(answer.status_code)
            assert answer.status_code < 500 or path == "/healthz", (method, path, who)
            sent += 1
        if (writes(), asked_jobs(app), scene.signed_in()) != (written, jobs, signed_in):
            if (every_row(), asked_jobs(app), scene.signed_in()) != (before, jobs, signed_in):
                changed.append(rule.rule)
            before, jobs, signed_in = every_row(), asked_jobs(app), scene.signed_in()
            written = writes()
    counted = f"{len(rules)} rules, {len(LOOKING)} methods, {len(WHO)} roles: {sent} requests"
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


def test_a_scanner_that_opens_a_login_link_does_not_spend_it(app: Flask, scene: Scene) -> None:
    path, browser = f"/login/{LOGIN_SECRET}", scene.browsers["visitor"]
    for method in LOOKING:
        browser.client.open(path, method=method, base_url=browser.address)
    form = form_with(browser.get(path).text)
    assert browser.post(path, form.filled).headers["Location"] == "/home"
    assert scene.signed_in()["visitor"] == scene.runners["target"].id
