"""The directory as a page."""

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import update

from tests.support.cast import Cast
from tests.support.forms import form_with
from tests.support.html import elements, shown, text_of
from tests.support.profiles import list_group
from webapp.config import Settings
from webapp.db import db
from webapp.directory.fit_rules import RunningPattern, counts_of
from webapp.directory.queries import PAGE
from webapp.extensions import clock
from webapp.models.group_profiles import GroupProfile
from webapp.models.groups import Group
from webapp.models.scoring import LedgerDay


def test_a_card_says_what_the_group_tells_and_leads_to_its_page(cast: Cast) -> None:
    paces: dict[str, Any] = {"quickest": 300, "slowest": 390, "shortest_m": 5000, "farthest_m": 12_000}
    group = list_group("Owls & <Larks>", days=(1, 6), text="Tea\nafter.", beginners=True, **paces)
    page = cast.browsers["stranger"].get("/groups").text
    card = elements(page, ".group-card")[0]
    assert [link.attributes["href"] for link in card.css("a")] == [f"/groups/{group.slug}"]
    assert text_of(card) == (
        "Bangsar Owls & <Larks> Tea after. Tue, Sun · 5:00 to 6:30 /km · 5 to 12 km Beginners welcome"
    )
    assert cast.browsers["stranger"].get(f"/groups/{group.slug}").status_code == 200


def test_a_visitor_is_told_that_the_directory_is_for_runners_who_are_signed_in(cast: Cast) -> None:
    list_group("Owls")
    page = cast.browsers["visitor"].get("/groups?q=owls")
    assert page.status_code == 200
    assert "Owls" not in page.text and "Sign in to look around" in shown(page.text)


def test_what_was_searched_stays_in_the_form_and_in_the_links(cast: Cast) -> None:
    for number in range(PAGE + 1):
        list_group(f"Owls {number}", days=(0,), quickest=300, slowest=390)
    page = cast.browsers["stranger"].get("/groups?q=owls&area=bangsar&day=0&pace=10").text
    assert [field.attributes.get("value") for field in elements(page, ".finder input")] == ["owls", "bangsar"]
    assert [text_of(chosen) for chosen in elements(page, ".finder option[selected]")] == ["Monday", "5:00 to 5:30 /km"]
    following = str(elements(page, "a[rel=next]")[0].attributes["href"])
    assert len(elements(cast.browsers["stranger"].get(following).text, ".group-card")) == 1


def test_nothing_found_says_what_to_do(cast: Cast) -> None:
    browser = cast.browsers["stranger"]
    assert "No group here yet" in shown(browser.get("/groups").text)
    assert "Try fewer words" in shown(browser.get("/groups?q=nothing").text)


def test_someone_who_is_in_no_group_is_led_to_the_directory_from_every_page(cast: Cast) -> None:
    links = {
        who: [link.attributes["href"] for link in elements(cast.browsers[who].get("/account").text, ".top__nav a")]
        for who in ("member", "stranger")
    }
    assert "/groups" in links["stranger"] and "/groups" not in links["member"]


def runs_now(cast: Cast, who: str) -> None:
    """Let one of the cast run 5 km at 5:30 on a day of the last whole weeks."""
    figures = {"distance_m": 5000, "moving_s": 1650, "climb_m": 0, "runs": 1, "longest_m": 5000}
    day = clock().today("UTC") - timedelta(days=7)
    db.session.add(LedgerDay(runner_id=cast.runners[who].id, sport_class="run", local_date=day, **figures))
    db.session.commit()


def count(group: Group, members: list[RunningPattern]) -> None:
    """Have a group's members counted as if they ran like this."""
    counted = update(GroupProfile).where(GroupProfile.group_id == group.id)
    db.session.execute(counted.values(fits=counts_of(members)))
    db.session.commit()


def test_groups_that_suit_the_runner_come_first_and_say_why(cast: Cast) -> None:
    list_group("Alders")
    fitting = list_group("Birches")
    count(fitting, [RunningPattern(11, 0, 0)] * 10)
    assert "Fits me" not in shown(cast.browsers["stranger"].get("/groups").text)
    runs_now(cast, "stranger")
    page = cast.browsers["stranger"].get("/groups").text
    assert [text_of(title) for title in elements(page, ".group-card h2")] == ["Birches", "Alders"]
    assert text_of(elements(page, ".group-card__reason")[0]) == "10 or more members run your pace"
    by_name = cast.browsers["stranger"].get("/groups?sort=name").text
    assert [text_of(title) for title in elements(by_name, ".group-card h2")] == ["Alders", "Birches"]
    assert elements(by_name, ".group-card__reason") == []


def test_where_only_points_are_shared_nothing_says_what_members_run(app: Flask, cast: Cast) -> None:
    fitting = list_group("Birches")
    count(fitting, [RunningPattern(11, 0, 0)] * 10)
    runs_now(cast, "stranger")
    settings: Settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"sharing": "points"})
    try:
        page = cast.browsers["stranger"].get("/groups").text
    finally:
        app.extensions["settings"] = settings
    assert elements(page, ".group-card__reason") == [] and "Fits me" not in shown(page)


def test_a_member_switches_counting_on_and_off(cast: Cast) -> None:
    me = f"{cast.home}/me"
    names = {"name_style": "full", "alias": ""}
    for sent, is_on in (({"fits_me": "y"}, True), ({}, False)):
        assert cast.browsers["member"].post(me, {**names, **sent}).status_code == 302
        held = form_with(cast.browsers["member"].get(me).text, "fits_me").filled
        assert ("fits_me" in held) == is_on
