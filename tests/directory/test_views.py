"""The directory as a page."""

from typing import Any

import pytest
from flask import Flask

from tests.support.cast import Cast, make_cast
from tests.support.html import elements, shown, text_of
from tests.support.profiles import list_group
from webapp.directory.queries import PAGE


@pytest.fixture
def cast(app: Flask) -> Cast:
    return make_cast(app)


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


def test_what_was_looked_for_stays_in_the_form_and_in_the_links(cast: Cast) -> None:
    for number in range(PAGE + 1):
        list_group(f"Owls {number}", days=(0,), quickest=300, slowest=390)
    page = cast.browsers["stranger"].get("/groups?q=owls&area=bangsar&day=0&pace=10").text
    assert [field.attributes.get("value") for field in elements(page, ".finder input")] == ["owls", "bangsar"]
    assert [text_of(chosen) for chosen in elements(page, ".finder option[selected]")] == ["Monday", "5:00 to 5:29 /km"]
    following = str(elements(page, "a[rel=next]")[0].attributes["href"])
    assert len(elements(cast.browsers["stranger"].get(following).text, ".group-card")) == 1


def test_nothing_found_says_what_to_do(cast: Cast) -> None:
    browser = cast.browsers["stranger"]
    assert "No group here yet" in shown(browser.get("/groups").text)
    assert "Try fewer words" in shown(browser.get("/groups?q=nothing").text)


def test_who_is_in_no_group_is_led_to_the_directory_from_every_page(cast: Cast) -> None:
    links = {
        who: [link.attributes["href"] for link in elements(cast.browsers[who].get("/account").text, ".top__nav a")]
        for who in ("member", "stranger")
    }
    assert "/groups" in links["stranger"] and "/groups" not in links["member"]
