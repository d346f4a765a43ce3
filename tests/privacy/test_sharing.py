"""SHARING=points: places, and points where a challenge is scored in them, and no other figure of anybody else."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.support.boards import NOON, Made, make_board, publish, set_total
from tests.support.browser import signed_in, words
from tests.support.every_page import pages, said
from tests.support.finals import board_json, browser_of, make_final
from tests.support.looking_back import add_days, close_month
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.rulebook.ruleset import RuleSet

TOTALS = {"Ana Ruiz": 71_300, "Ben Ode": 52_900, "Caro Lang": 52_900, "Dora Lee": 33_100}
# Their totals and what follows from them: sums of all and of teams, gaps, averages.
FIGURES = ("71.3", "52.9", "33.1", "210.2", "124.2", "86.0", "18.4", "62.1", "43.0")


@pytest.fixture(autouse=True)
def _back_to_totals(app: Flask) -> Iterator[None]:
    yield
    cap(app, "totals")


def cap(app: Flask, sharing: str = "points") -> None:
    """Start again with another setting."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"sharing": sharing})
    app.extensions.pop("cache", None)


def make(rules: RuleSet | None = None) -> Made:
    clock().set(now=NOON)
    made = make_board([*TOTALS, "Eve Ito"], teams=["Reds", "Blues"], rules=rules)
    set_total(made, dict(zip(made.entries, TOTALS.values(), strict=False)))
    publish(made)
    return made


def read_everything(app: Flask, made: Made) -> dict[str, str]:
    """Return each page as Eve reads it, who has not run."""
    found = {}
    for address in pages(app, made):
        browser = signed_in(app, db.session.get_one(Runner, made.runners[4]))
        found[address] = said(browser.get(address))
    return found


def traces(found: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (address, figure)
        for address, text in found.items()
        for figure in FIGURES
        if f">{figure}" in text or f" {figure} km" in text or f": {figure.replace('.', '')}00" in text
    ]


def test_no_page_has_a_figure_of_anybody_else(app: Flask) -> None:
    made = make(RuleSet(shape="group_goal", params={"goal": 400_000}))
    close_month(made.group, "2026-10", dict.fromkeys(made.runners[:4], (71300, 3)))
    add_days([(runner, NOON.date(), 52_900) for runner in made.runners[:4]])
    assert traces(read_everything(app, made)), "they are there without the cap"
    cap(app)
    found = read_everything(app, made)
    assert traces(found) == []
    board = found[f"/g/{made.group.slug}/c/{made.challenge.id}"]
    assert "Ana Ruiz" in board and "To next ahead" not in board and "Active days" not in board


def test_places_stay_and_the_cap_goes_without_publishing_again(app: Flask) -> None:
    made = make()
    before = board_json(app, made, 4)
    cap(app)
    capped = board_json(app, made, 4)
    assert [(row["rank"], row["name"]) for row in capped["runners"]] == [
        (row["rank"], row["name"]) for row in before["runners"]
    ]
    assert [row["total"] for row in capped["runners"][:4]] == [None] * 4
    assert [(team["rank"], team["total"]) for team in capped["teams"]] == [(1, None), (2, None)]
    cap(app, "totals")
    assert board_json(app, made, 4) == before


def test_everybody_still_sees_their_own_figures(app: Flask) -> None:
    made = make()
    cap(app)
    browser = browser_of(app, made, 0)
    assert "71.3 km" in words(browser.get(f"/g/{made.group.slug}/c/{made.challenge.id}/r/{made.entries[0]}"))
    assert board_json(app, made, 0)["runners"][0]["total"] == 71_300


def test_points_are_shown_where_a_challenge_is_scored_in_them(app: Flask) -> None:
    made = make(RuleSet("points", "steps"))
    cap(app)
    told = board_json(app, made, 4)
    assert [row["total"] for row in told["runners"]] == [71_300, 52_900, 52_900, 33_100, 0]
    assert [team["total"] for team in told["teams"]] == [124_200, 86_000]
    assert {row["days"] for row in told["runners"][:4]} == {None}


def test_a_final_board_has_places_alone_too(app: Flask) -> None:
    made = make_final({**TOTALS, "Eve Ito": 0}, ["Reds", "Blues"])
    cap(app)
    told = board_json(app, made, 4)
    assert [(row["rank"], row["total"]) for row in told["runners"][:4]] == [(1, None), (2, None), (2, None), (4, None)]
    assert [team["total"] for team in told["teams"]] == [None, None]
    assert traces(read_everything(app, made)) == []


def test_the_pages_of_consent_say_so(app: Flask) -> None:
    made = make()
    cap(app)
    page = words(browser_of(app, made, 4).get(f"/g/{made.group.slug}/me"))
    assert "This installation shows places and points only" in page
    assert "It has your place and no total" in page and "Totals by day" not in page
    assert "“Eve Ito” · place only" in words(browser_of(app, made, 4).get("/account"))
