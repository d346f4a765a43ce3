"""The road as its runners see it."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from tests.support.board_pages import address, get
from tests.support.boards import TODAY, Made, make_board, publish, set_total
from tests.support.consents import choose
from tests.support.html import elements, shown
from tests.support.settings import with_settings
from webapp.db import db
from webapp.extensions import clock
from webapp.leaderboards.service import bump_version
from webapp.models.breaks import RunnerBreak
from webapp.models.scoring import LedgerDay
from webapp.rulebook.ruleset import RuleSet

pytestmark = pytest.mark.usefixtures("noon")

NAMES = ["Ana Ruiz", "Ben Ode", "Caro Śliwa", "Dora Lang", "Eve Moe"]


@pytest.fixture
def made(app: Flask) -> Made:
    made = make_board(NAMES)
    set_total(made, dict(zip(made.entries, (90_000, 40_000, 40_000, 25_000, 0), strict=True)))
    publish(made)
    return made


def crowd(count: int) -> Made:
    made = make_board([f"Runner {n:03}" for n in range(count)])
    set_total(made, {entry: 1000 * n for n, entry in enumerate(made.entries)})
    publish(made)
    return made


def spots(page: str) -> list[str]:
    return [shown(each.html or "") for each in elements(page, ".spots__one")]


def ran(made: Made, viewer: int, metres: int) -> None:
    values = {"moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": metres, "sport_class": "run"}
    day = {"runner_id": made.runners[viewer], "local_date": TODAY - timedelta(days=2), "distance_m": metres}
    db.session.execute(insert(LedgerDay).values(**values, **day))
    db.session.commit()


def test_the_field_stands_on_the_road_by_total_the_front_first(client: FlaskClient, made: Made) -> None:
    page = get(client, made, "/road", 3)
    assert spots(page) == [
        "Ana Ruiz 90.0 km", "Ben Ode , Caro Śliwa 40.0 km", "Dora Lang You 25.0 km", "Eve Moe 0.0 km"
    ]  # fmt: skip
    assert "5 runners on the road" in shown(page)
    assert len(elements(page, ".road__map--narrow .road__dot")) == 4
    assert len(elements(page, ".road__map--wide .road__dot--me")) == 1


def test_a_large_field_is_drawn_as_clusters_and_nobody_is_lost(client: FlaskClient, app: Flask) -> None:
    made = crowd(300)
    page = get(client, made, "/road", 100)
    counts = [
        int(shown(dot.html or ""))
        for dot in elements(page, ".road__map--narrow .road__dot")
        if shown(dot.html or "").isdigit()
    ]
    alone = len(elements(page, ".road__map--narrow .road__dot")) - len(counts)
    assert sum(counts) + alone == 300
    assert "300 runners on the road" in shown(page)
    assert len(page.encode()) < 60_000


def test_my_stretch_has_twenty_on_either_side_and_says_who_is_beyond(client: FlaskClient, app: Flask) -> None:
    made = crowd(120)
    page = shown(get(client, made, "/road?zoom=around", 60))
    assert "39 runners further ahead" in page and "40 runners behind" in page
    assert "Runner 080" in page and "Runner 040" in page and "Runner 081" not in page and "Runner 039" not in page


def test_neighbours_are_five_on_either_side(client: FlaskClient, app: Flask) -> None:
    page = shown(get(client, crowd(30), "/road?zoom=near", 10))
    assert "Runner 015" in page and "Runner 005" in page and "Runner 016" not in page and "Runner 004" not in page


def test_an_arrow_says_who_closes_on_the_next_one_ahead(client: FlaskClient, made: Made) -> None:
    ran(made, 0, 14_000)
    ran(made, 3, 42_000)
    page = get(client, made, "/road", 0)
    assert "closing on Caro Śliwa by 3.0 km a day" in shown(page)
    assert len(elements(page, ".road__map--wide .road__arrow")) == 0  # the next one ahead is in a cluster
    choose(made.group.id, made.runners[1], "hidden")
    assert len(elements(get(client, made, "/road", 0), ".road__map--wide .road__arrow")) == 1


def test_nobody_closes_on_a_runner_on_a_break_nor_they_on_others(client: FlaskClient, made: Made) -> None:
    ran(made, 0, 14_000)
    ran(made, 3, 42_000)
    for resting, says in ((1, "closing on Caro Śliwa"), (2, "closing on Ana Ruiz")):
        db.session.add(RunnerBreak(runner_id=made.runners[resting], starts_on=TODAY))
        bump_version([made.challenge.id])
        db.session.commit()
        assert says in shown(get(client, made, "/road", 0))
    db.session.add(RunnerBreak(runner_id=made.runners[3], starts_on=TODAY))
    bump_version([made.challenge.id])
    db.session.commit()
    assert "closing" not in shown(get(client, made, "/road", 0))


def test_a_runner_who_shows_the_place_alone_is_seen_on_the_road_by_nobody_else(client: FlaskClient, made: Made) -> None:
    choose(made.group.id, made.runners[0], "points")
    page = shown(get(client, made, "/road", 1))
    assert "Ana Ruiz" not in page and "4 runners on the road" in page
    own = shown(get(client, made, "/road", 0))
    assert "Only you see yourself here" in own and "Ana Ruiz" in own


def test_a_hidden_runner_is_not_on_the_road_and_reads_why(client: FlaskClient, made: Made) -> None:
    choose(made.group.id, made.runners[0], "hidden")
    assert "Ana Ruiz" not in shown(get(client, made, "/road", 1))
    own = shown(get(client, made, "/road?zoom=near", 0))
    assert "You are hidden here" in own and "The front of the road" in own and "My stretch" not in own


def test_where_no_figures_are_shown_there_is_no_road(app: Flask, client: FlaskClient, made: Made) -> None:
    with with_settings(app, sharing="points"):
        page = shown(get(client, made, "/road", 0))
    assert "Places only" in page and "90.0 km" not in page


def test_points_are_on_the_road_of_a_challenge_scored_in_points(app: Flask, client: FlaskClient) -> None:
    made = make_board(NAMES, rules=RuleSet("points", "steps"))
    set_total(made, dict(zip(made.entries, (90_000, 40_000, 40_000, 25_000, 0), strict=True)))
    publish(made)
    choose(made.group.id, made.runners[0], "points")
    with with_settings(app, sharing="points"):
        assert "Ana Ruiz 90.0 pts" in shown(get(client, made, "/road", 1))


@pytest.mark.parametrize(
    ("totals", "says"),
    [((0, 0, 0), "Everyone is at the start"), ((5000,), "1 runner on the road"), ((), "Nobody is on")],
)
def test_a_short_or_an_idle_field_has_a_road_too(
    client: FlaskClient, app: Flask, totals: tuple[int, ...], says: str
) -> None:
    made = make_board(NAMES[: len(totals)] or ["Ana Ruiz"])
    set_total(made, dict(zip(made.entries, totals, strict=False)))
    if totals:
        publish(made)
    for zoom in ("field", "front", "around", "near", "nonsense"):
        assert says in shown(get(client, made, f"/road?zoom={zoom}")) or zoom in ("front", "around", "near")


def test_a_challenge_that_is_coming_says_that_all_are_at_the_start(client: FlaskClient, made: Made) -> None:
    clock().set(now=datetime(2026, 10, 30, 12, tzinfo=UTC))
    set_total(made, dict.fromkeys(made.entries, 0))
    publish(made)
    assert "Everyone is at the start" in shown(get(client, made, "/road"))


def test_an_unchanged_road_is_not_sent_again(client: FlaskClient, made: Made) -> None:
    get(client, made, "/road/part?zoom=near")
    tag = client.get(address(made, "/road/part?zoom=near")).headers["ETag"]
    known = {"If-None-Match": tag}
    assert client.get(address(made, "/road/part?zoom=near"), headers=known).status_code == 304
    assert client.get(address(made, "/road/part?zoom=field"), headers=known).status_code == 200
    set_total(made, {made.entries[4]: 1000})
    publish(made)
    assert client.get(address(made, "/road/part?zoom=near"), headers=known).status_code == 200
