"""Which role may open which address: forms need their token, strangers see nothing, headers are there."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import reduce

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.support.builders import invite_of, make_challenge, make_entry
from tests.support.cast import WHO, Cast, make_cast
from tests.support.html import elements
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.rulebook.ruleset import RuleSet

# Programs post here, without a session and so without anything to forge.
WITHOUT_TOKEN = {"sync.webhook", "unsubscribe.stop"}
# Ending with somebody what there is not changes nothing, and says nothing of them. Without fields nothing is sent.
HARMLESS = {
    **dict.fromkeys(("circles.remove", "buddies.decline", "buddies.take_back", "buddies.end"), 302),
    **dict.fromkeys(("nudges.together", "call_outs.call"), 400),
}
# What the same page may say differently each time it is asked for.
ARGUMENT = re.compile(r"<(?:int:)?(\w+)>")


@pytest.fixture
def right(cast: Cast) -> dict[str, object]:
    """What stands in the addresses of the group of the cast."""
    challenge = make_challenge(cast.group, teams=("Reds",))
    ids = {"challenge_id": challenge.id, "team_id": challenge.teams[0].id, "runner_id": cast.runners["member"].id}
    ids |= {
        "request_id": 1,
        "entry_id": 1,
        "run_id": 1,
        "review_id": 1,
        "series_id": 1,
        "invitation_id": 1,
        "join_request_id": 1,
        "ban_id": 1,
        "vote_id": 1,
        "group_id": 1,
        "announcement_id": 1,
        "channel_id": 1,
        "break_id": 1,
        "pledge_id": 1,
        "notification_id": 1,
        "push_subscription_id": 1,
        "pace_group_id": 1,
        "nudge_id": 1,
    }
    return {
        "slug": cast.group.slug,
        "invite": invite_of(cast.group),
        "secret": "x",
        "code": "x",
        "job_id": "x",
        "preset_key": "distance",
        "digest": "x",
        "token": "x",
        "name": "nudges",
        **ids,
    }


def rules(app: Flask, *arguments: str, method: str = "GET") -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        needed = rule.arguments - set(rule.defaults or ())
        if rule.endpoint != "static" and method in (rule.methods or ()) and needed >= set(arguments):
            yield rule


def filled(rule: Rule, values: dict[str, object]) -> str:
    return ARGUMENT.sub(lambda found: str(values[found[1]]), rule.rule)


def told(answer: TestResponse) -> tuple[int, str]:
    tokens = [token.attributes["value"] or "" for token in elements(answer.text, "[name=csrf_token]")]
    return answer.status_code, reduce(lambda page, token: page.replace(token, ""), tokens, answer.text)


def test_no_form_is_taken_without_its_token(app: Flask, cast: Cast, right: dict[str, object]) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        for who in ("organiser", "visitor"):
            answers = {
                rule.endpoint: cast.browsers[who].post(filled(rule, right)) for rule in rules(app, method="POST")
            }
            taken = {endpoint for endpoint, answer in answers.items() if answer.status_code != 400}
            assert taken == WITHOUT_TOKEN
            assert "reload it and send the form again" in answers["memberships.leave_group"].text
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_stranger_sees_of_a_group_what_there_is_of_no_group(app: Flask, cast: Cast, right: dict[str, object]) -> None:
    nowhere, browser = {**right, "slug": "nowhere"}, cast.browsers["stranger"]
    for method in ("GET", "POST"):
        for rule in rules(app, "slug", method=method):
            here, there = (
                told(browser.client.open(filled(rule, values), method=method, base_url=browser.address))
                for values in (right, nowhere)
            )
            assert (rule.endpoint, here) == (rule.endpoint, there)
            assert here[0] == 404, rule.endpoint
    assert cast.browsers["organiser"].get(cast.home).status_code == 200


def test_nothing_of_one_group_opens_under_the_address_of_another(
    app: Flask, cast: Cast, right: dict[str, object]
) -> None:
    other = make_cast(app)
    organiser = other.browsers["organiser"].client
    for name in ("challenge_id", "runner_id"):
        for method in ("GET", "POST"):
            for rule in rules(app, "slug", name, method=method):
                path = filled(rule, {**right, "slug": other.group.slug})
                status = organiser.open(path, method=method, base_url=other.browsers["organiser"].address).status_code
                assert status == HARMLESS.get(rule.endpoint, 404), f"{method} {path}"


def test_no_page_has_an_id_twice(app: Flask, cast: Cast, right: dict[str, object]) -> None:
    challenge = db.session.get_one(Challenge, right["challenge_id"])
    challenge.rules = challenge.shown_rules = RuleSet(shape="target_share")
    challenge.starts_on, challenge.ends_on = clock().today("UTC"), clock().today("UTC") + timedelta(days=20)
    entries = [make_entry(challenge, cast.runners[who]) for who in ("organiser", "member")]
    values = {**right, "entry_id": entries[0].id}
    shown = 0
    for who in WHO:
        for rule in rules(app):
            answer = cast.browsers[who].get(filled(rule, values))
            if answer.status_code == 200 and answer.mimetype == "text/html":
                twice = [
                    each
                    for each, count in Counter([one.attributes["id"] for one in elements(answer.text, "[id]")]).items()
                    if count > 1
                ]
                assert (who, rule.endpoint, twice) == (who, rule.endpoint, [])
                shown += 1
    assert 'id="target"' in cast.browsers["member"].get(f"{cast.home}/c/{challenge.id}/mine").text
    assert shown > 40


def test_every_answer_has_its_headers(app: Flask, cast: Cast, right: dict[str, object]) -> None:
    organiser = cast.browsers["organiser"]
    board = f"{cast.home}/c/{right['challenge_id']}"
    known = organiser.get(f"{board}/part").headers["ETag"]
    answers = [organiser.get(filled(rule, right)) for rule in rules(app)]
    answers += [organiser.get("/nope"), organiser.client.put("/home"), organiser.get("/static/css/app.css")]
    answers += [organiser.get(f"{board}/part", headers={"If-None-Match": known}), organiser.client.options("/home")]
    assert {200, 302, 304, 404, 405} <= {answer.status_code for answer in answers}
    for answer in answers:
        headers, path = answer.headers, answer.request.path
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path
        if not path.startswith("/static") and path != "/favicon.ico":
            kept = headers["Cache-Control"]
            assert kept == "no-store" or "private" in kept, (path, kept)
