"""The start page as a runner reads it in the morning: each group with their chase, the closest first."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import insert, update

from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_day, set_total
from tests.support.browser import signed_in
from tests.support.builders import make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.html import elements, shown, text_of
from tests.support.overtakes import derive_overtakes
from tests.support.statements import asked
from webapp.breaks.rules import Dates, WantedBreak
from webapp.breaks.service import take_break
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent, Membership
from webapp.models.join_requests import JoinRequest
from webapp.models.scoring import LedgerDay
from webapp.models.words import Role
from webapp.visits.service import record_visit

pytestmark = pytest.mark.usefixtures("noon")

YESTERDAY = TODAY - timedelta(days=1)
NAMES = ["Ana Ruiz", "Ben Ode", "Caro Lang"]


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana, Ben, Caro, 9, 6 and 4 km; Ben ran 2 of his yesterday."""
    made = make_board(NAMES)
    set_total(made, dict(zip(made.entries, (9000, 4000, 4000), strict=True)))
    set_day(made, made.entries[1], YESTERDAY, 2000)
    for runner in made.runners:
        rows = [
            {"runner_id": runner, "local_date": TODAY - timedelta(days=n), "distance_m": 1500, "sport_class": "run"}
            for n in range(1, 60, 2)
        ]
        values = {"moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": 1500}
        db.session.execute(insert(LedgerDay), [row | values for row in rows])
    db.session.commit()
    publish(made)
    derive_overtakes(made)
    return made


def home(app: Flask, runner_id: int) -> str:
    browser = signed_in(app, db.session.get_one(Runner, runner_id))
    answer = browser.get("/home")
    assert answer.status_code == 200
    return answer.text


def card(app: Flask, made: Made, viewer: int = 1) -> str:
    return shown(home(app, made.runners[viewer]), "section.morning")


def test_a_card_shows_my_chase_in_small_and_what_moved_since_yesterday(app: Flask, made: Made) -> None:
    text = card(app, made)
    assert "November · 19 days left" in text
    assert "You are 2nd, chasing Ana Ruiz" in text
    assert "Next behind Caro Lang 2.0 km back 2.0 km wider since yesterday" in text
    assert "Next ahead Ana Ruiz 3.0 km ahead 2.0 km closer since yesterday" in text
    assert "You end up ahead of Ana Ruiz: a little under even 40 → 45 since yesterday" in text
    page = home(app, made.runners[1])
    links = [text_of(link) for link in elements(page, ".morning__nav a")]
    assert links == ["Board", "Chase", "Road", "My runs", "Rules"]


def test_a_card_says_what_has_happened_since_i_was_last_here(app: Flask, made: Made) -> None:
    with write_transaction():
        record_visit(made.runners[1], datetime(2026, 11, 10, 8, tzinfo=UTC))
    derive_overtakes(made)
    assert "passed" not in card(app, made)
    set_day(made, made.entries[1], YESTERDAY, 6000)
    run = {"source": "strava", "source_id": "1", "sport_type": "Run", "start_utc": NOON, "utc_offset_s": 0}
    run |= {"local_date": YESTERDAY, "distance_m": 6000, "moving_s": 3000, "climb_m": 0, "first_seen_at": NOON}
    db.session.add(Activity(runner_id=made.runners[1], **run))
    db.session.commit()
    publish(made)
    derive_overtakes(made)
    assert "Since you were last here Tue 10 Nov You passed Ana Ruiz (a late upload, Wed 11 Nov)." in card(app, made)


def test_a_target_says_how_much_is_left_and_what_that_is_a_day(app: Flask, made: Made) -> None:
    db.session.execute(update(Entry).where(Entry.id == made.entries[1]).values(target=25_000))
    db.session.commit()
    assert "My target: 25.0 km 19.0 km to go, 1.0 km a day" in card(app, made)


def test_the_closest_chase_comes_first_and_groups_without_one_last(app: Flask, made: Made) -> None:
    runner = db.session.get_one(Runner, made.runners[1])
    make_member(make_group("A quiet group"), runner)
    close = make_board(["Kim Lee", "Max Mo"])
    for table, key in ((Membership, Membership.runner_id), (Consent, Consent.runner_id), (Entry, Entry.runner_id)):
        db.session.execute(update(table).where(key == close.runners[1]).values(runner_id=runner.id))
    set_total(close, {close.entries[0]: 9100, close.entries[1]: 9000})
    publish(close)
    page = home(app, runner.id)
    heads = [text_of(head) for head in elements(page, ".morning__head")]
    assert heads[-1] == "A quiet group no challenge yet"
    assert len(heads) == 3 and heads[0].startswith("Morning Milers")
    first = text_of(elements(page, "section.morning")[0])
    assert "chasing Kim Lee" in first, first


def _at_zero(made: Made) -> None:
    set_total(made, dict.fromkeys(made.entries, 0))
    set_day(made, made.entries[1], YESTERDAY, 0)
    db.session.commit()
    publish(made)


def _coming(made: Made) -> None:
    dates = {"starts_on": date(2026, 12, 1), "ends_on": date(2026, 12, 31)}
    db.session.execute(update(Challenge).values(**dates))
    _at_zero(made)


def _over(_made: Made) -> None:
    clock().set(now=datetime(2026, 12, 1, 14, tzinfo=UTC))


def _final(made: Made) -> None:
    clock().set(now=datetime(2026, 12, 3, 14, tzinfo=UTC))
    db.session.execute(update(Challenge).values(frozen_at=NOON))
    db.session.commit()


def _hidden(made: Made) -> None:
    choose(made.group.id, made.runners[1], "hidden")
    publish(made)


def _points(made: Made) -> None:
    choose(made.group.id, made.runners[0], "points")
    publish(made)


def _on_a_break(made: Made) -> None:
    with write_transaction():
        take_break(made.runners[1], WantedBreak(Dates(TODAY, None)), TODAY, NOON)


def _left_the_challenge(made: Made) -> None:
    db.session.delete(db.session.get_one(Entry, made.entries[1]))
    db.session.commit()
    publish(made)


@pytest.mark.parametrize(
    ("change", "says", "never"),
    [
        (_coming, "begins on Tue 1 Dec Everyone is at zero until Tue 1 Dec.", "Next ahead"),
        (_at_zero, "The first run that counts opens the chase.", "Next ahead"),
        (_over, "over, late runs count until Wed 2 Dec", "in 100"),
        (_final, "You came 2nd", "Next ahead"),
        (_hidden, "You are hidden here", "Ana"),
        (_points, "Next ahead Ana Ruiz", "3.0 km"),
        (_on_a_break, "You are on a break", "Ana"),
        (_left_the_challenge, "You are not in it.", "Ana"),
    ],
)
def test_a_card_without_a_chase_says_what_there_is_instead(
    app: Flask, made: Made, change: object, says: str, never: str
) -> None:
    assert callable(change)
    change(made)
    text = card(app, made)
    assert says in text and never not in text


def test_what_waits_for_me_stands_on_the_card_of_its_group(app: Flask, made: Made) -> None:
    db.session.execute(update(Membership).where(Membership.runner_id == made.runners[1]).values(role=Role.ORGANISER))
    db.session.commit()
    clock().set(now=datetime(2026, 11, 25, 8, tzinfo=UTC))
    page = home(app, made.runners[1])
    assert "Nothing follows November" in shown(page)


def test_the_page_asks_as_little_of_three_members_as_of_thirty(app: Flask, made: Made) -> None:
    def count(runner_id: int) -> int:
        browser = signed_in(app, db.session.get_one(Runner, runner_id))
        browser.get("/home")
        with asked() as statements:
            browser.get("/home")
        return len(statements)

    few = count(made.runners[1])
    crowd = make_board([*NAMES, *(f"Runner {n}" for n in range(27))])
    set_total(crowd, {entry: 9000 - 100 * n for n, entry in enumerate(crowd.entries)})
    publish(crowd)
    assert count(crowd.runners[1]) <= few <= 30


def test_the_part_is_the_same_and_304_until_something_changes(app: Flask, made: Made) -> None:
    browser = signed_in(app, db.session.get_one(Runner, made.runners[1]))
    tag = browser.get("/home/part").headers["ETag"]
    assert tag in browser.get("/home").text.replace("&#34;", '"')
    assert browser.get("/home/part", headers={"If-None-Match": tag}).status_code == 304
    set_day(made, made.entries[0], TODAY, 2500)
    publish(made)
    fresh = browser.get("/home/part", headers={"If-None-Match": tag})
    assert fresh.status_code == 200 and "5.5 km" in fresh.text and "<html" not in fresh.text


def test_a_target_that_is_set_in_another_tab_is_news(app: Flask, made: Made) -> None:
    browser = signed_in(app, db.session.get_one(Runner, made.runners[1]))
    tag = browser.get("/home/part").headers["ETag"]
    db.session.execute(update(Entry).where(Entry.id == made.entries[1]).values(target=22_000))
    db.session.commit()
    assert "My target: 22.0 km" in shown(browser.get("/home/part", headers={"If-None-Match": tag}).text, "a.target")


def test_a_request_to_join_is_news_for_the_page_of_an_organiser(app: Flask, made: Made) -> None:
    db.session.execute(update(Membership).where(Membership.runner_id == made.runners[1]).values(role=Role.ORGANISER))
    db.session.commit()
    browser = signed_in(app, db.session.get_one(Runner, made.runners[1]))
    tag = browser.get("/home/part").headers["ETag"]
    db.session.add(JoinRequest(group_id=made.group.id, runner_id=make_runner("Nia New").id, asked_at=NOON, message=""))
    db.session.commit()
    assert "A runner asks to join" in browser.get("/home/part", headers={"If-None-Match": tag}).text


def test_my_days_are_drawn_with_those_to_come(app: Flask, made: Made) -> None:
    page = home(app, made.runners[1])
    assert len(elements(page, "rect.tile")) == 16 * 7
    assert len(elements(page, "rect.tile--coming")) == 3  # it is a Thursday
    assert "November 1, 3, 5, 7, 9, 11 9.0 km" in shown(page, "figure.plot--days")
