"""Seeing oneself as the others do: word for word what a member reads who is not on the board."""

import pytest
from flask import Flask

from tests.support.boards import NOON, Made, make_board, publish, set_total
from tests.support.browser import Browser, signed_in
from tests.support.builders import make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.reading import plain
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.queries import membership_of
from webapp.models.accounts import Runner
from webapp.models.words import Notice, Role


@pytest.fixture
def made(app: Flask) -> Made:
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"], teams=["Reds", "Blues"])
    set_total(made, dict(zip(made.entries, (9000, 7000, 5000), strict=True)))
    publish(made)
    return made


def ben(app: Flask, made: Made) -> Browser:
    return signed_in(app, db.session.get_one(Runner, made.runners[1]))


def pages_of(made: Made) -> list[str]:
    challenge = f"/g/{made.group.slug}/c/{made.challenge.id}"
    tails = ["", "/chase", "/overtakes", f"/teams/{made.teams[1]}", f"/r/{made.entries[0]}", f"/r/{made.entries[1]}"]
    dates = "measure=distance&from=2026-11-01&to=2026-11-12"
    of_group = ["", "/announcements", "/seasons", "/hall-of-fame", f"/range?{dates}"]
    more = ["/board.json", "/rules", "/baselines"]
    return [*(challenge + tail for tail in [*tails, *more]), *(f"/g/{made.group.slug}{tail}" for tail in of_group)]


def read(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code in (200, 404)
    if answer.is_json:
        return answer.text
    # The other member is in the list of members, too.
    return f"{answer.status_code} {plain(answer.text)}".replace("Dora Lee You", "Dora Lee")


@pytest.mark.parametrize(
    ("level", "role"), [("totals", Role.ORGANISER), ("points", Role.CAPTAIN), ("hidden", Role.MEMBER)]
)
def test_every_page_is_word_for_word_that_of_another_member(app: Flask, made: Made, level: str, role: Role) -> None:
    choose(made.group.id, made.runners[1], level, usual_week=True)
    membership = membership_of(made.group.id, made.runners[1])
    assert membership
    membership.role, membership.notice = role, Notice.NAMED
    db.session.commit()
    other, me = Browser(app), ben(app, made)
    onlooker = make_runner("Dora Lee")
    make_member(made.group, onlooker)
    other.sign_in_as(onlooker)
    own = {path: read(me, path) for path in pages_of(made)}
    begun = me.post(f"/g/{made.group.slug}/me/seen")
    assert begun.headers["Location"].startswith(f"/g/{made.group.slug}/c/{made.challenge.id}")
    seen = {path: read(me, path) for path in pages_of(made)}
    assert seen == {path: read(other, path) for path in pages_of(made)}
    assert seen != own
    assert "This is how others see you" in me.get(pages_of(made)[0]).text
    me.post(f"/g/{made.group.slug}/me/seen/end")
    assert {path: read(me, path) for path in pages_of(made)} == own


def test_other_groups_and_ones_own_pages_are_as_ever(app: Flask, made: Made) -> None:
    me, elsewhere = ben(app, made), make_group("Evening Milers")
    make_member(elsewhere, db.session.get_one(Runner, made.runners[1]))
    me.post(f"/g/{made.group.slug}/me/seen")
    for path in (f"/g/{elsewhere.slug}", f"/g/{made.group.slug}/c/{made.challenge.id}/my-runs", "/home"):
        assert "This is how others see you" not in me.get(path).text
    assert me.post(f"/g/{made.group.slug}/me", {"name_style": "initial"}).status_code == 302


def test_in_a_group_without_a_challenge_it_leads_to_the_group(app: Flask) -> None:
    group, runner, browser = make_group(), make_runner(), Browser(app)
    make_member(group, runner)
    browser.sign_in_as(runner)
    assert browser.post(f"/g/{group.slug}/me/seen").headers["Location"] == f"/g/{group.slug}"
