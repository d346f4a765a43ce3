"""The account: what it shows, what can be set, links that let in, ends of sessions."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.browser import Browser, words
from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.runs import reported
from tests.support.simulator import Simulator
from webapp.accounts import service
from webapp.activities.service import ingest
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import LoginLink, Runner
from webapp.models.scoring import Standing
from webapp.models.sync import Connection
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.scoring.service import rederive


def make_connection(runner: Runner, **values: object) -> Connection:
    row: dict[str, object] = {
        "athlete_id": 1000 + runner.id,
        "access_token": "sealed",
        "refresh_token": "sealed",
        "expires_at": NOON,
        "scopes": "activity:read,activity:read_all,read",
        "connected_at": NOON,
    }
    connection = Connection(runner_id=runner.id, **{**row, **values})
    db.session.add(connection)
    db.session.commit()
    return connection


def test_visitors_are_sent_to_the_way_in_and_back(browser: Browser) -> None:
    for path in ("/account", "/account/disconnect", "/home"):
        answer = browser.get(path)
        assert answer.status_code == 302 and answer.headers["Location"] == f"/connect?next={path}"


def test_the_account_shows_what_is_stored(browser: Browser) -> None:
    runner = make_runner("Ana Ruiz")
    make_connection(runner, last_full_resync_at=clock().now() - timedelta(hours=3))
    group = make_group("Morning Milers")
    make_member(group, runner, shown_name="Ana R.")
    ingest(runner.id, [reported("1", local_date=date(2026, 11, 3)), reported("2", local_date=date(2026, 11, 9))])
    db.session.commit()
    browser.sign_in_as(runner)
    page = words(browser.get("/account"))
    assert "Ana Ruiz" in page and "You are “Ana R.”" in page and f"/g/{group.slug}/me" in browser.get("/account").text
    assert "Connected: new runs come in by themselves" in page and "3 hours ago" in page
    assert "2 runs, totals of 0 days" in page
    site = browser.client.application.extensions["settings"].strava_site
    assert f'href="{site}/athletes/{1000 + runner.id}"' in page and "View on Strava" in page
    page = words(browser.get("/account/held"))
    assert "Tue 3 Nov 2026 to Mon 9 Nov 2026" in page


@pytest.mark.parametrize("state", ["needs_reconnect", "deauthorised"])
def test_a_broken_connection_offers_to_connect_again(browser: Browser, state: str) -> None:
    runner = make_runner()
    make_connection(runner, state=state, problem="Strava says no.")
    browser.sign_in_as(runner)
    for path in ("/account", "/home"):
        page = browser.get(path).text
        assert "connect again" in page and "Strava says no." in page and f'href="/connect?next={path}"' in page


def test_units_are_saved(browser: Browser) -> None:
    runner = make_runner()
    browser.sign_in_as(runner)
    assert browser.post("/account", {"units": "mi"}).status_code == 302
    db.session.expire_all()
    assert runner.units == "mi"


def test_an_unknown_unit_is_refused(browser: Browser) -> None:
    runner = make_runner()
    browser.sign_in_as(runner)
    assert browser.post("/account", {"units": "parsec"}).status_code == 200
    db.session.expire_all()
    assert runner.units == "km"


def test_counting_private_runs_in_a_group_changes_the_totals_there_at_once(browser: Browser) -> None:
    runner, group, other = make_runner(), make_group(), make_group()
    for each in (group, other):
        make_member(each, runner)
    elsewhere = make_entry(make_challenge(other, rules=RuleSet(counts=Eligibility(private=True))), runner)
    challenge = make_challenge(group, rules=RuleSet(counts=Eligibility(private=True)))
    entry = make_entry(challenge, runner)
    private = reported(
        "2", local_date=date(2026, 11, 4), distance_m=7000, private=True, start_utc=NOON - timedelta(days=8)
    )
    ingest(runner.id, [reported("1", local_date=date(2026, 11, 12), distance_m=5000), private])
    rederive(runner.id, None, clock().now())
    db.session.commit()
    assert db.session.get_one(Standing, entry.id).total == 5000
    browser.sign_in_as(runner)
    for ticked, total in (({"count_private": "y"}, 12000), ({}, 5000)):
        form = {"text_version": GROUP_CONSENT_VERSION, "name_style": "full", **ticked}
        assert browser.post(f"/g/{group.slug}/me", form).status_code == 302
        db.session.expire_all()
        assert db.session.get_one(Standing, entry.id).total == total
        assert db.session.get_one(Standing, elsewhere.id).total == 5000


# Sessions ------------------------------------------------------------------------------------------------------------


def test_signing_out_ends_this_session_only(app: Flask, browser: Browser) -> None:
    runner, other = make_runner(), Browser(app)
    browser.sign_in_as(runner)
    other.sign_in_as(runner)
    assert browser.post("/sign-out").headers["Location"] == "/"
    assert browser.get("/account").status_code == 302
    assert other.get("/account").status_code == 200


@pytest.mark.both_databases
def test_signing_out_everywhere_ends_every_session(app: Flask, browser: Browser) -> None:
    runner, other = make_runner(), Browser(app)
    browser.sign_in_as(runner)
    other.sign_in_as(runner)
    browser.post("/sign-out-everywhere")
    assert browser.get("/account").status_code == 302
    assert other.get("/account").status_code == 302


def test_a_forged_cookie_lets_nobody_in(app: Flask, browser: Browser) -> None:
    runner = make_runner()
    browser.sign_in_as(runner)
    cookie = browser.client.get_cookie("chasepack", domain="127.0.0.1")
    assert cookie is not None
    stranger = Browser(app)
    stranger.client.set_cookie("chasepack", cookie.value[:-3] + "abc", domain="127.0.0.1")
    assert stranger.get("/account").status_code == 302


# Links that let in ---------------------------------------------------------------------------------------------------


def make_link(app: Flask, *arguments: str) -> str:
    """Run the command as an operator does and return the path of the link."""
    result = app.test_cli_runner().invoke(args=["login-link", *arguments])
    assert result.exit_code == 0, result.output
    return str(result.stdout).strip().split("/", 3)[3]


@pytest.mark.both_databases
def test_a_link_lets_in_once_and_only_by_its_button(app: Flask, browser: Browser) -> None:
    runner = make_runner("Ana Ruiz")
    link = "/" + make_link(app, str(runner.id))
    assert browser.get(link).status_code == 200
    assert browser.get(link).status_code == 200
    assert browser.get("/account").status_code == 302
    assert browser.post(link).headers["Location"] == "/home"
    assert "Ana Ruiz" in words(browser.get("/account"))
    late = Browser(app)
    for answer in (late.get(link), late.post(link)):
        assert answer.status_code == 410 and "has been used" in words(answer)
    assert late.get("/account").status_code == 302


def test_only_a_digest_of_a_link_is_kept(app: Flask) -> None:
    runner = make_runner()
    secret = make_link(app, str(runner.id)).removeprefix("login/")
    kept = db.session.scalars(select(LoginLink)).one()
    assert len(secret) >= 40 and secret not in kept.digest


def test_a_link_can_be_made_by_the_number_of_the_athlete(app: Flask) -> None:
    runner = make_runner()
    make_connection(runner, athlete_id=987_654_321_000)
    make_link(app, "987654321000")
    make_link(app, "--athlete", "987654321000")
    assert {link.runner_id for link in db.session.scalars(select(LoginLink))} == {runner.id}


def test_a_link_for_nobody_is_refused_in_one_line(app: Flask) -> None:
    runner = make_runner()
    for arguments in (["999999"], ["--athlete", str(runner.id)]):
        result = app.test_cli_runner().invoke(args=["login-link", *arguments])
        assert result.exit_code == 1 and "no runner has the number" in result.output


def test_a_link_runs_out_after_a_quarter_of_an_hour(app: Flask) -> None:
    runner = make_runner()
    then = datetime(2026, 11, 22, 12, tzinfo=UTC)
    secret = service.make_login_link(runner.id, then)
    db.session.commit()
    assert service.spend_login_link(secret, then + timedelta(minutes=15)) is None
    assert service.spend_login_link(secret, then + timedelta(minutes=14)) == runner


@pytest.mark.both_databases
def test_links_that_ran_out_do_not_pile_up(app: Flask) -> None:
    runner = make_runner()
    then = datetime(2026, 11, 22, 12, tzinfo=UTC)
    for hours in range(3):
        service.make_login_link(runner.id, then + timedelta(hours=hours))
    assert len(db.session.scalars(select(LoginLink)).all()) == 1


def test_an_unknown_link_says_the_same_as_a_spent_one(browser: Browser) -> None:
    assert browser.get("/login/nobody-knows").status_code == 410
    assert browser.post("/login/nobody-knows").status_code == 410


def test_the_name_follows_strava_at_the_next_sign_in(app: Flask, browser: Browser, simulator: Simulator) -> None:
    athlete = int(simulator.athletes()[0]["id"])
    browser.connect(simulator, athlete)
    runner = db.session.scalars(select(Runner)).one()
    given, runner.name = runner.name, "Somebody Else"
    db.session.commit()
    browser.connect(simulator, athlete)
    db.session.expire_all()
    assert runner.name == given
