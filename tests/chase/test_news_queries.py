"""What happened since a runner was last here."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.board_pages import get
from tests.support.boards import NOON, Made, make_board, publish, set_day, set_total
from tests.support.consents import choose
from tests.support.html import shown
from tests.support.overtakes import derive_overtakes
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.activities import Activity
from webapp.visits.service import record_visit

ANA, BEN, CARO = range(3)
MORNING = datetime(2026, 11, 11, 7, tzinfo=UTC)


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana is ahead of Ben and Caro on the tenth; everyone was here on the morning of the eleventh."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Śliwa"])
    set_total(made, dict(zip(made.entries, (9000, 6000, 4000), strict=True)), day=date(2026, 11, 9))
    publish(made)
    derive_overtakes(made, now=MORNING - timedelta(hours=1))
    with write_transaction():
        for runner in made.runners:
            record_visit(runner, MORNING)
    return made


def ran(made: Made, viewer: int, metres: int, day: date, seen_at: datetime, **kind: bool) -> None:
    """Let a run arrive, and with it the board and its overtakes. `kind`: private, manual or flagged."""
    set_day(made, made.entries[viewer], day, metres)
    db.session.add(
        Activity(
            runner_id=made.runners[viewer], source="strava", source_id=f"{viewer}{day}{metres}{seen_at:%d%H%M}",
            sport_type="Run", local_date=day, start_utc=seen_at, utc_offset_s=0, distance_m=metres, moving_s=3000,
            climb_m=0, first_seen_at=seen_at, **kind,
        )
    )  # fmt: skip
    db.session.commit()
    publish(made)
    derive_overtakes(made, now=seen_at)


def news(client: FlaskClient, made: Made, viewer: int) -> str:
    page = get(client, made, "/chase", viewer)
    return shown(page, "section.since") if 'section class="since"' in page else ""


def test_i_read_whom_i_passed_and_who_came_closer_since_i_was_last_here(client: FlaskClient, made: Made) -> None:
    ran(made, BEN, 4000, date(2026, 11, 11), MORNING + timedelta(hours=2))
    ran(made, CARO, 2500, date(2026, 11, 11), MORNING + timedelta(hours=3))
    ben, ana = news(client, made, BEN), news(client, made, ANA)
    assert "Since you were last here Wed 11 Nov" in ben and "You passed Ana Ruiz ." in ben
    assert "You are 4.0 km closer" not in ben and "Caro" not in ben.split("passed")[1].split(".")[0]
    assert "Ben Ode passed you." in ana and "late" not in ana


def test_an_overtake_by_a_late_upload_says_so(client: FlaskClient, made: Made) -> None:
    ran(made, CARO, 9500, date(2026, 11, 10), NOON)
    assert "Caro Śliwa (a late upload, Tue 10 Nov) passed you." in news(client, made, BEN)
    assert "By late uploads, you passed Ana Ruiz and Ben Ode ." in news(client, made, CARO)


@pytest.mark.parametrize("seen_at", [MORNING - timedelta(hours=12), MORNING - timedelta(hours=1)])
def test_old_overtakes_of_one_who_was_hidden_and_is_back_are_no_news(
    client: FlaskClient, made: Made, seen_at: datetime
) -> None:
    ran(made, CARO, 9500, date(2026, 11, 10), seen_at)  # on time, and late but before we were here
    for level in ("hidden", "totals"):
        choose(made.group.id, made.runners[CARO], level)
        publish(made)
        derive_overtakes(made, now=NOON)
    assert "passed" not in news(client, made, BEN) + news(client, made, CARO)


def test_an_overtake_that_a_clock_found_ahead_of_time_is_no_news_for_ever(client: FlaskClient, made: Made) -> None:
    ran(made, BEN, 4000, date(2026, 11, 11), NOON + timedelta(days=400))
    assert "passed" not in news(client, made, ANA)


def test_an_overtake_that_no_longer_holds_is_no_news(client: FlaskClient, made: Made) -> None:
    ran(made, BEN, 4000, date(2026, 11, 11), MORNING + timedelta(hours=2))
    ran(made, ANA, 3000, date(2026, 11, 12), NOON)
    assert "passed" not in news(client, made, BEN) + news(client, made, ANA)
    ran(made, BEN, 9000, date(2026, 11, 11), NOON)
    assert "passed Ana Ruiz" in news(client, made, BEN)


def test_a_run_that_was_here_already_brings_nobody_closer(client: FlaskClient, made: Made) -> None:
    ran(made, BEN, 1000, date(2026, 11, 11), MORNING - timedelta(minutes=5))
    assert news(client, made, BEN) == news(client, made, ANA) == ""
    ran(made, CARO, 1000, date(2026, 11, 8), NOON)  # uploaded late
    assert "Caro Śliwa is 1.0 km closer." in news(client, made, BEN)


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", ["private", "manual", "flagged"])
def test_a_run_that_does_not_count_is_no_news(client: FlaskClient, made: Made, kind: str) -> None:
    ran(made, BEN, 1000, date(2026, 11, 11), MORNING - timedelta(minutes=5))
    ran(made, BEN, 1000, date(2026, 11, 11), NOON, **{kind: True})
    assert news(client, made, ANA) == ""


def test_days_that_are_being_derived_by_other_rules_are_no_news(client: FlaskClient, made: Made) -> None:
    """They may be hours where the board still shows kilometres."""
    ran(made, CARO, 1000, date(2026, 11, 11), NOON)
    assert "Caro Śliwa is 1.0 km closer." in news(client, made, BEN)
    made.challenge.is_changing = True
    db.session.commit()
    assert "closer" not in news(client, made, BEN)


def test_one_who_shows_a_place_alone_is_no_news_to_others(client: FlaskClient, made: Made) -> None:
    ran(made, BEN, 4000, date(2026, 11, 11), MORNING + timedelta(hours=2))
    choose(made.group.id, made.runners[BEN], "points")
    publish(made)
    assert "Ben" not in news(client, made, ANA)
    assert "You passed Ana Ruiz" in news(client, made, BEN)
    choose(made.group.id, made.runners[ANA], "hidden")
    publish(made)
    assert "Ana" not in news(client, made, BEN)


def test_nothing_is_said_on_a_first_visit_nor_to_one_who_sees_the_page_as_another(
    app: Flask, client: FlaskClient, made: Made
) -> None:
    ran(made, BEN, 4000, date(2026, 11, 11), MORNING + timedelta(hours=2))
    page = get(client, made, "/chase", ANA)
    assert "data-visit" in page
    assert client.post(f"/g/{made.group.slug}/me/seen").status_code == 302
    page = get(client, made, "/chase", ANA)
    assert "data-visit" not in page and "last here" not in page
