"""The page of one run: as planned, changed, cancelled and over."""

from datetime import date, timedelta

import pytest
from flask import Flask

from tests.support.browser import signed_in
from tests.support.builders import NOON, make_member, make_runner
from tests.support.html import attribute, elements, shown, text_of
from tests.support.reading import read
from tests.support.rsvps import IN, rsvp
from tests.support.run_pages import Evening, has_run, make_evening
from webapp.db import db
from webapp.formatting import Units
from webapp.models.attendance import Attendance
from webapp.models.group_runs import LeaderOffer
from webapp.models.words import AttendanceOutcome, AttendanceSource, ConsentLevel, RunStatus
from webapp.stand_ins import HIDDEN_NAME


@pytest.fixture
def evening(app: Flask) -> Evening:
    details = {"meeting_url": "https://example.org/map", "route_url": "https://example.org/route"}
    known = {"min_distance_m": 6000, "max_distance_m": 14_000, "is_lit": False, "has_toilets": True}
    return make_evening(rain_plan="The covered loop", **details, **known)


def test_it_says_what_to_expect_in_the_readers_units(app: Flask, evening: Evening) -> None:
    page = signed_in(app, evening.member).get(evening.page).text
    panel = shown(page, ".panel-dark")
    for words in ("6 to 14 km", "Not lit: bring a torch", "Toilets", "The covered loop"):
        assert words in panel
    assert attribute(page, ".run-facts__out", "rel") == "noopener noreferrer nofollow"
    evening.member.units = Units.MI
    db.session.commit()
    page = read(app, evening.member, evening.page)
    assert "3.73 to 8.7 mi" in page and "8:03 to 8:51 /mi" in page


def test_a_cancelled_run_says_why_and_takes_no_answer(app: Flask, evening: Evening) -> None:
    evening.run.status, evening.run.reason = RunStatus.CANCELLED, "Storm warning"
    db.session.commit()
    page = signed_in(app, evening.member).get(evening.page).text
    assert "This run is cancelled" in page and "Storm warning" in page
    assert not elements(page, ".run-fit") and "Needs a leader" not in page


def test_a_run_that_moved_asks_again_whoever_answered_before(app: Flask, evening: Evening) -> None:
    rsvp(evening.run, evening.member.id, IN)
    evening.run.status, evening.run.reason = RunStatus.CHANGED, "An hour earlier"
    evening.run.asked_again_at = NOON + timedelta(minutes=1)
    db.session.commit()
    page = read(app, evening.member, evening.page)
    assert "This run was changed" in page and "An hour earlier" in page and "Still in?" in page
    assert "Still in?" not in read(app, evening.leader, evening.page)


def test_an_hour_that_the_clocks_skip_is_said(app: Flask) -> None:
    evening = make_evening(tz="Europe/Berlin", on_date=date(2027, 3, 28), local_minutes=150)
    assert "The clocks skip 02:30 on that day" in read(app, evening.member, evening.page)


def test_a_hidden_leader_has_no_name(app: Flask, evening: Evening) -> None:
    hidden = make_runner("Secret Sam")
    make_member(evening.group, hidden, level=ConsentLevel.HIDDEN)
    evening.easy.leader_id = hidden.id
    db.session.commit()
    page = read(app, evening.member, evening.page)
    assert HIDDEN_NAME in page and "Secret Sam" not in page


def test_a_run_that_is_over_says_how_many_came_and_names_nobody_missing(app: Flask, evening: Evening) -> None:
    outcomes = (AttendanceOutcome.CAME, AttendanceOutcome.LEFT_EARLY, AttendanceOutcome.NOT_SEEN)
    runners = [make_runner(name) for name in ("Dina Sokol", "Emil Kaya", "Fay Lost")]
    for runner, outcome in zip(runners, outcomes, strict=True):
        make_member(evening.group, runner)
        told = {"source": AttendanceSource.LEADER, "tapped_at": NOON, "updated_at": NOON}
        db.session.add(Attendance(run_id=evening.run.id, runner_id=runner.id, outcome=outcome, **told))
    db.session.commit()
    app.extensions["clock"].set(now=NOON + timedelta(hours=9))
    page = signed_in(app, evening.member).get(evening.page).text
    assert "Came 2" in shown(page, ".stats") and "Fay Lost" not in page
    evening.run.count_at_start = 9
    db.session.commit()
    assert "Came 9" in shown(signed_in(app, evening.member).get(evening.page).text, ".stats")


def test_which_one_fits_is_asked_of_whoever_has_no_easy_pace(app: Flask, evening: Evening) -> None:
    page = signed_in(app, evening.member).get(evening.page).text
    assert "At what pace could you talk" in shown(page, ".run-fit")
    page = signed_in(app, evening.member).get(f"{evening.page}?pace=7:10&longest=4").text
    said = shown(page, ".run-fit")
    assert "Your easy pace is 7:10 /km, and this pace group plans 6:40 to 7:30 /km." in said
    assert "6 km is 50 % beyond your longest lately" in said and "Frandsen 2025" in said


@pytest.mark.parametrize(
    ("typed", "said"),
    [("pace=fast", "Minutes and seconds"), ("pace=0:30", "From 2:00 to 20:00 a km."), ("longest=x", "A number of km"),
     ("longest=900", "a distance that people run")],
)  # fmt: skip
def test_what_cannot_be_read_has_its_error_beside_it_and_stays(
    app: Flask, evening: Evening, typed: str, said: str
) -> None:
    page = signed_in(app, evening.member).get(f"{evening.page}?{typed}").text
    name, _, text = typed.partition("=")
    assert said in shown(page, f"#fit-{name}-error") and attribute(page, f"#fit-{name}", "value") == text


def test_the_word_about_the_distance_is_about_the_pace_group_that_was_chosen(app: Flask, evening: Evening) -> None:
    has_run(evening.member, s_per_km=360, metres=10_000)
    assert "beyond your longest" not in read(app, evening.member, evening.page)
    rsvp(evening.run, evening.member.id, IN, pace_group_id=evening.fast.id)
    said = read(app, evening.member, evening.page)
    assert "14 km is 40 % beyond your longest lately; the 10 km pace group leaves too: Steady." in said
    assert "beyond your longest" not in read(app, evening.captain, evening.page)


def test_a_run_that_names_neither_pace_nor_distance_fits_nobody_in_particular(app: Flask, evening: Evening) -> None:
    for one in (evening.fast, evening.steady, evening.easy):
        one.slow_s_per_km = one.fast_s_per_km = one.distance_m = None
    evening.run.min_distance_m = evening.run.max_distance_m = None
    db.session.commit()
    assert not elements(signed_in(app, evening.member).get(evening.page).text, ".run-fit")


def test_a_former_member_leads_nothing(app: Flask, evening: Evening) -> None:
    evening.steady.leader_id = make_runner("Gone Girl").id
    db.session.commit()
    groups = elements(signed_in(app, evening.member).get(evening.page).text, ".pace-group")
    assert "Needs a leader" in text_of(groups[1]) and "Gone Girl" not in text_of(groups[1])


def test_who_offers_to_lead_is_read_by_those_who_decide(app: Flask, evening: Evening) -> None:
    db.session.add(LeaderOffer(pace_group_id=evening.easy.id, runner_id=evening.member.id, offered_at=NOON))
    db.session.commit()
    assert "Ana Ruiz offers to lead" in read(app, evening.captain, evening.page)
    assert "Ana Ruiz offers to lead" not in read(app, evening.leader, evening.page)
    assert "You offered to lead" in read(app, evening.member, evening.page)
