"""The replay of a challenge, as its runners see it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.board_pages import address, get, sign_in
from tests.support.boards import Made, make_board, publish, set_day, set_total
from tests.support.consents import choose
from tests.support.html import addresses, elements, shown
from tests.support.overtakes import derive_overtakes
from tests.support.settings import with_settings
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.rulebook.ruleset import RuleSet

pytestmark = pytest.mark.usefixtures("noon")

REPLAY = "/road/replay"


def board(names: list[str], rules: RuleSet | None = None) -> Made:
    """Ana runs early and rests; the others catch up on the 8th."""
    made = make_board(names, rules=rules)
    set_day(made, made.entries[0], date(2026, 11, 2), 30_000)
    for place, entry in enumerate(made.entries[1:], 1):
        set_day(made, entry, date(2026, 11, 8), 1000 * place)
    db.session.commit()
    publish(made)
    derive_overtakes(made)
    return made


@pytest.fixture
def made(app: Flask) -> Made:
    return board(["Ana Ruiz", "Ben Ode", "Caro Śliwa"])


def data(client: FlaskClient, made: Made, viewer: int = 0) -> Any:
    sign_in(client, made.runners[viewer])
    return client.get(address(made, f"{REPLAY}.json")).json


def test_a_day_shows_where_everybody_stood_at_its_end(client: FlaskClient, made: Made) -> None:
    before = shown(get(client, made, f"{REPLAY}?day=2026-11-05", 1))
    assert "Thu 5 Nov. In front: Ana Ruiz, 30.0 km. You: 0.0 km." in before
    assert "Ben Ode You , Caro Śliwa 0.0 km" in before
    after = shown(get(client, made, REPLAY, 1))
    assert "Thu 12 Nov. In front: Ana Ruiz, 30.0 km. You: 1.0 km." in after


def names(client: FlaskClient, made: Made, viewer: int) -> list[str]:
    return [runner["name"] for runner in data(client, made, viewer)["runners"]]


def test_links_lead_from_day_to_day_without_a_script(client: FlaskClient, made: Made) -> None:
    page = get(client, made, f"{REPLAY}?day=2026-11-05")
    days = [link[-10:] for link in addresses(page, r".*day=2026-11-\d\d")]
    assert {"2026-11-04", "2026-11-06", "2026-11-01", "2026-11-12"} <= set(days) and "2026-11-13" not in days
    assert len(elements(page, ".days__one")) == 12
    assert len(elements(page, "[data-replay-controls][hidden]")) == 1


@pytest.mark.parametrize(
    ("wanted", "day"), [("2026-10-01", "Sun 1 Nov"), ("2030-01-01", "Thu 12 Nov"), ("x", "Thu 12 Nov")]
)
def test_a_day_out_of_range_is_the_nearest_one(client: FlaskClient, made: Made, wanted: str, day: str) -> None:
    assert f"{day} as a list" in shown(get(client, made, f"{REPLAY}?day={wanted}"))


def test_the_data_have_a_way_for_everybody_on_each_day(client: FlaskClient, made: Made) -> None:
    found = data(client, made)
    assert [runner["name"] for runner in found["runners"]] == ["Ana Ruiz", "Caro Śliwa", "Ben Ode"]
    assert [day["day"] for day in found["days"]] == [f"2026-11-{day:02}" for day in range(1, 13)]
    assert [day["others"] for day in found["days"]] == [[]] * 12
    first, *_, last = (day["ways"] for day in found["days"])
    assert first == [0, 0, 0] and last[0] > last[1] > last[2] > 0


def test_a_run_that_is_not_counted_yet_makes_nobody_up(client: FlaskClient, made: Made) -> None:
    set_day(made, made.entries[1], date(2026, 11, 12), 50_000)
    db.session.commit()
    assert [day["others"] for day in data(client, made)["days"]] == [[]] * 12


def test_the_rest_of_a_large_field_is_in_it_as_numbers(client: FlaskClient, app: Flask) -> None:
    made = board([f"Runner {n:03}" for n in range(120)])
    found = data(client, made, 60)
    assert len(found["runners"]) == 61
    for day, says in ((0, 0), (11, 59)):
        assert sum(count for _, count in found["days"][day]["others"]) == says
    page = get(client, made, f"{REPLAY}?day=2026-11-12", 60)
    assert len(page.encode()) < 60_000


def test_runners_who_show_no_days_are_in_no_replay(client: FlaskClient, made: Made) -> None:
    choose(made.group.id, made.runners[0], "points")
    derive_overtakes(made)
    assert names(client, made, 1) == ["Caro Śliwa", "Ben Ode"]
    assert "Ana" not in shown(get(client, made, REPLAY, 1), "main")
    assert names(client, made, 0)[0] == "Ana Ruiz"
    choose(made.group.id, made.runners[1], "hidden")
    derive_overtakes(made)
    assert names(client, made, 2) == ["Caro Śliwa"]


def test_points_on_a_board_are_no_days_in_a_replay(client: FlaskClient, app: Flask) -> None:
    made = board(["Ana Ruiz", "Ben Ode", "Caro Śliwa"], RuleSet("points", "steps"))
    choose(made.group.id, made.runners[0], "points")
    derive_overtakes(made)
    found = data(client, made, 1)
    assert [runner["name"] for runner in found["runners"]] == ["Caro Śliwa", "Ben Ode"]
    assert [day["others"] for day in found["days"]] == [[]] * 12


@pytest.mark.parametrize("rules", [RuleSet("longest_run"), None])
def test_where_days_are_nobodys_business_there_is_no_replay(
    app: Flask, client: FlaskClient, rules: RuleSet | None
) -> None:
    made = board(["Ana Ruiz", "Ben Ode"], rules)
    with with_settings(app, sharing="totals" if rules else "points"):
        assert "No replay here" in shown(get(client, made, REPLAY, 1))
        assert client.get(address(made, f"{REPLAY}.json")).status_code == 404


def test_there_is_no_replay_before_the_first_day_nor_while_rules_change(client: FlaskClient, made: Made) -> None:
    db.session.get_one(Challenge, made.challenge.id).is_changing = True
    db.session.commit()
    assert "being counted again" in shown(get(client, made, REPLAY))
    clock().set(now=datetime(2026, 10, 30, 12, tzinfo=UTC))
    assert "The replay begins with the first day" in shown(get(client, made, REPLAY))


def test_when_nobody_has_run_everybody_stands_at_the_start(client: FlaskClient, made: Made) -> None:
    for day in (date(2026, 11, 2), date(2026, 11, 8)):
        set_total(made, dict.fromkeys(made.entries, 0), day=day)
    publish(made)
    derive_overtakes(made)
    assert "Thu 12 Nov. You: 0.0 km." in shown(get(client, made, REPLAY))
    assert data(client, made)["days"][11]["ways"] == [0, 0, 0]
