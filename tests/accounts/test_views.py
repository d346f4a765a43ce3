"""The way in: consent, Strava's page, the callback, an account."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import make_settings
from tests.support.browser import Browser, words
from tests.support.servers import OwnRedis
from tests.support.simulator import Simulator
from tests.support.worker import queued
from webapp.auth.rules import PLATFORM_CONSENT_VERSION
from webapp.db import db
from webapp.extensions import sealer
from webapp.factory import create_app
from webapp.job_names import Job
from webapp.models.accounts import PlatformConsent, Runner
from webapp.models.sync import Connection, InitialImport
from webapp.models.words import ConnectionState


def test_the_consent_page_says_what_strava_asks_for(browser: Browser) -> None:
    page = words(browser.get("/connect"))
    for said in ("What we read", "What your groups see", "What nobody sees", "How long we keep it", "How to stop"):
        assert said in page
    assert "receipt" in page and PLATFORM_CONSENT_VERSION in page and "agree to the above" in page


def test_agreeing_leads_to_strava_with_state_and_scopes(browser: Browser, simulator: Simulator) -> None:
    page = browser.start_oauth()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
    assert page.startswith(f"{simulator.base}/oauth/authorize?")
    assert asked["redirect_uri"] == f"{browser.address}/connect/callback"
    assert asked["scope"] == "read,activity:read,activity:read_all"
    assert asked["approval_prompt"] == "auto" and asked["response_type"] == "code"
    assert len(asked["state"]) >= 20
    assert "secret" not in page


def test_a_new_athlete_becomes_a_runner_whose_runs_are_asked_for(
    browser: Browser, simulator: Simulator, athlete: int
) -> None:
    answer = browser.connect(simulator, athlete)
    assert answer.status_code == 302 and answer.headers["Location"] == "/connect/progress"
    runner = db.session.scalars(select(Runner)).one()
    connection = db.session.get_one(Connection, runner.id)
    assert connection.athlete_id == athlete and connection.state == "connected"
    assert connection.scopes == "activity:read,activity:read_all,read"
    assert db.session.get_one(InitialImport, runner.id).state == "waiting"
    assert db.session.get_one(PlatformConsent, (runner.id, PLATFORM_CONSENT_VERSION)).given_at
    assert (Job.PLAN_SYNCS,) in queued()
    assert browser.get("/account").status_code == 200


def test_an_athlete_with_the_longest_names_becomes_a_runner(browser: Browser, simulator: Simulator) -> None:
    browser.connect(simulator, simulator.new_athlete("A" * 60, "B" * 60))
    assert db.session.scalars(select(Runner)).one().name == f"{'A' * 60} {'B' * 59}"


def test_tokens_lie_sealed(browser: Browser, simulator: Simulator, athlete: int) -> None:
    browser.connect(simulator, athlete)
    connection = db.session.scalars(select(Connection)).one()
    opened = sealer().open(connection.access_token)
    assert opened and opened not in connection.access_token
    assert sealer().open(connection.refresh_token) not in connection.refresh_token


def test_a_new_runner_goes_on_to_where_they_wanted_to_go(browser: Browser, simulator: Simulator, athlete: int) -> None:
    answer = browser.connect(simulator, athlete, after="/join/some-invite")
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"next": ["/join/some-invite"]}


@pytest.mark.parametrize("after", ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example"])
def test_nobody_is_sent_on_to_another_host(browser: Browser, simulator: Simulator, athlete: int, after: str) -> None:
    browser.connect(simulator, athlete)
    answer = browser.connect(simulator, athlete, after=after)
    assert answer.headers["Location"] == "/home"


def test_a_returning_athlete_is_the_same_runner(
    browser: Browser, app: Flask, simulator: Simulator, athlete: int
) -> None:
    browser.connect(simulator, athlete)
    before = db.session.scalars(select(Connection)).one()
    before.state, before.problem, old = ConnectionState.NEEDS_RECONNECT, "The link is broken.", before.refresh_token
    db.session.commit()
    answer = Browser(app).connect(simulator, athlete, after="/account")
    assert answer.headers["Location"] == "/account"
    db.session.expire_all()
    after = db.session.scalars(select(Connection)).one()
    assert (after.state, after.problem) == ("connected", None) and after.refresh_token != old
    assert len(db.session.scalars(select(Runner)).all()) == 1


def test_a_second_athlete_signs_in_as_themselves(browser: Browser, simulator: Simulator) -> None:
    first, second = (int(who["id"]) for who in simulator.athletes()[:2])
    browser.connect(simulator, first)
    browser.connect(simulator, second)
    runner = db.session.scalars(select(Runner).join(Connection).where(Connection.athlete_id == second)).one()
    assert runner.name in words(browser.get("/account"))


def test_without_only_you_runs_one_is_in_and_told_so(browser: Browser, simulator: Simulator, athlete: int) -> None:
    browser.connect(simulator, athlete, scopes=("read", "activity:read"))
    assert db.session.scalars(select(Connection)).one().scopes == "activity:read,read"
    assert "only those stay out" in words(browser.get("/account"))


def test_a_visitor_under_another_host_name_is_sent_to_the_canonical_one(app: Flask, browser: Browser) -> None:
    elsewhere = app.test_client().get("/connect?next=/account", base_url="http://localhost:1")
    assert elsewhere.status_code == 302
    assert elsewhere.headers["Location"].startswith(f"{browser.address}/connect?next=/account")


def test_a_proxy_that_hides_the_host_makes_no_endless_loop(app: Flask) -> None:
    client = app.test_client()
    first = client.get("/connect", base_url="http://inside:1")
    again = urlsplit(first.headers["Location"])
    assert client.get(f"{again.path}?{again.query}", base_url="http://inside:1").status_code == 200


def test_the_session_cookie_is_for_this_site_and_no_script(
    browser: Browser, simulator: Simulator, athlete: int
) -> None:
    cookie = browser.connect(simulator, athlete).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert cookie.startswith("chasepack=")


def test_behind_https_the_cookie_is_secure(own_redis: OwnRedis, tmp_path: Path) -> None:
    app = create_app(make_settings(tmp_path, own_redis, public_url="https://run.example.org"))
    answer = app.test_client().get("/connect?next=/account", base_url="https://run.example.org")
    cookie = answer.headers["Set-Cookie"]
    assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert "Strict-Transport-Security" in answer.headers


def test_pages_are_kept_by_no_cache_on_the_way(browser: Browser, simulator: Simulator, athlete: int) -> None:
    browser.connect(simulator, athlete)
    for path in ("/", "/home", "/account", "/connect"):
        assert browser.get(path).headers["Cache-Control"] == "private, no-cache"


def test_unfinished_sign_ins_do_not_fill_the_cookie(browser: Browser) -> None:
    for _ in range(8):
        browser.start_oauth()
    with browser.client.session_transaction(base_url=browser.address) as session:
        assert sum(key.startswith("_state_") for key in session) == 3


def test_a_runner_called_script_is_only_a_name(browser: Browser, simulator: Simulator) -> None:
    athlete = simulator.new_athlete("<script>alert(1)</script>", "O'Hara")
    browser.connect(simulator, athlete)
    for path in ("/home", "/account", "/account/disconnect"):
        page = browser.get(path).text
        assert "<script>alert(1)" not in page
    assert "<script>alert(1)</script> O'Hara" in words(browser.get("/account"))


def test_the_operators_button_image_is_served_from_here(
    app: Flask, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    image = tmp_path_factory.mktemp("button") / "connect.svg"
    image.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    plain = app.extensions["settings"]
    assert browser.get("/connect/button").status_code == 404
    app.extensions["settings"] = plain.model_copy(update={"strava_button": str(image)})
    try:
        assert 'src="/connect/button"' in browser.get("/connect").text
        assert browser.get("/connect/button").mimetype == "image/svg+xml"
    finally:
        app.extensions["settings"] = plain
