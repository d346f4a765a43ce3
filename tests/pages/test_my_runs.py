"""My runs: one's own and nobody else's."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update

from tests.support.browser import Browser, words
from tests.support.builders import (
    NOON,
    make_challenge,
    make_connection,
    make_entry,
    make_group,
    make_member,
    make_runner,
)
from tests.support.derived import read_in
from tests.support.html import shown
from tests.support.runs import reported
from webapp.activities.service import ingest
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.formatting import Units
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry
from webapp.scoring.verdict_queries import verdicts_of

MORNING = datetime(2026, 11, 12, 7, tzinfo=UTC)


class Stage:
    """Ana, a member with an entry in November; Zoe, a stranger."""

    def __init__(self, app: Flask) -> None:
        self.group = make_group()
        self.ana, self.zoe = make_runner(), make_runner("Zoe Strange")
        make_member(self.group, self.ana)
        self.challenge: Challenge = make_challenge(self.group, teams=("Herons",))
        make_entry(self.challenge, self.ana)
        self.path = f"/g/{self.group.slug}/c/{self.challenge.id}/my-runs"
        self.browser = Browser(app)

    def look(self, runner: Runner | None = None, path: str | None = None) -> str:
        self.browser.sign_in_as(runner or self.ana)
        answer = self.browser.get(path or self.path)
        db.session.rollback()
        assert answer.status_code == 200
        return words(answer)


@pytest.fixture
def stage(app: Flask) -> Stage:
    return Stage(app)


def test_a_counting_run_is_shown_with_its_facts(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1", title="Lake loop", device="Garmin Forerunner 255", sport_type="TrailRun")])
    page = stage.look()
    for said in ("Lake loop", "10.0 km", "50:00", "Trail run", "Garmin Forerunner 255", "Thu 12 Nov", "Counts"):
        assert said in page
    assert "Does not count" not in page


def test_from_my_runs_one_gets_to_ones_own_part_and_target(stage: Stage) -> None:
    here = f"/g/{stage.group.slug}/c/{stage.challenge.id}/mine"
    assert here in stage.look()


def test_my_runs_say_what_is_left_of_my_target(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1")])
    db.session.execute(update(Entry).values(target=105_500))
    db.session.commit()
    clock().set(now=NOON)  # the 12th of 30 days
    stage.look()
    page = shown(stage.browser.get(stage.path).text, "a.target")
    assert page == "My target: 105.5 km 95.5 km to go, 5.1 km a day"


def test_a_run_that_does_not_count_says_why_and_what_would_help(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1", manual=True), reported("2", private=True, start_utc=MORNING.replace(hour=18))])
    page = stage.look()
    assert "Entered by hand." in page
    assert "upload the file to Strava" in page
    assert "Only you can see it on Strava." in page
    assert "Set it to “Followers” or “Everyone”" in page


def test_the_shorter_of_two_recordings_names_the_one_that_counts(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1", title="Watch", distance_m=10_350), reported("2", title="Phone")])
    assert "“Watch” on Thu 12 Nov (10.3 km) covers the same time" in stage.look()


def test_the_day_before_the_window_is_shown_and_no_other(stage: Stage) -> None:
    near = reported("1", title="Eve", local_date=date(2026, 10, 31), start_utc=datetime(2026, 10, 31, 23, tzinfo=UTC))
    far = reported(
        "2", title="Long ago", local_date=date(2026, 10, 30), start_utc=datetime(2026, 10, 30, 7, tzinfo=UTC)
    )
    ride = reported("3", title="Evening spin", sport_type="Ride", local_date=date(2026, 12, 1))
    read_in(stage.ana.id, [near, far, ride])
    page = stage.look()
    assert "Eve" in page
    assert "Outside the dates." in page
    assert "Long ago" not in page
    assert "Evening spin" not in page


def test_other_sports_are_kept_apart(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1", title="Commute", sport_type="Ride")])
    page = stage.look()
    assert "Other sports (1)" in page
    assert "No runs here yet" in page


def test_a_title_is_text_and_never_markup(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1", title="<script>alert(1)</script>")])
    stage.browser.sign_in_as(stage.ana)
    assert "<script>alert" not in stage.browser.get(stage.path).text


def test_runs_of_others_are_never_shown(stage: Stage) -> None:
    ben = make_runner("Ben Okoro")
    make_member(stage.group, ben)
    read_in(stage.ana.id, [reported("1", title="Secret loop")])
    page = stage.look(ben)
    assert "Secret loop" not in page
    assert "You are not in this challenge" in page


def test_strangers_find_nothing_and_visitors_are_asked_to_sign_in(stage: Stage) -> None:
    assert stage.browser.get(stage.path).status_code == 302
    stage.browser.sign_in_as(stage.zoe)
    assert stage.browser.get(stage.path).status_code == 404
    db.session.rollback()


def test_a_simulated_run_links_to_the_simulator(app: Flask, stage: Stage) -> None:
    read_in(stage.ana.id, [reported("987")])
    assert f'href="{app.extensions["settings"].simulator_address}/activities/987"' in stage.look()


def test_a_run_from_strava_links_to_it_in_the_words_strava_asks_for(app: Flask, stage: Stage) -> None:
    read_in(stage.ana.id, [reported("987")])
    trial = app.extensions["settings"]
    app.extensions["settings"] = trial.model_copy(
        update={"chasepack_strava_client_id": "7", "chasepack_strava_client_secret": "s"}
    )
    try:
        page = stage.look()
    finally:
        app.extensions["settings"] = trial
    assert 'href="https://www.strava.com/activities/987"' in page
    assert ">View on Strava<" in page


def test_pace_is_shown_with_distance_and_time_in_the_runners_units(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1")])
    assert "50:00 · 5:00 /km" in stage.look()
    stage.ana.units = Units.MI
    db.session.commit()
    assert "50:00 · 8:03 /mi" in stage.look()


def test_a_run_without_a_time_has_no_pace(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1", moving_s=0)])
    assert "/km" not in stage.look()


def test_a_run_without_a_title_is_named_by_day_and_hour(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1", title=None, start_utc=MORNING.replace(minute=10), utc_offset_s=3600)])
    assert "Thursday, 8:10" in stage.look()


def test_a_run_whose_start_is_hidden_is_named_by_its_day(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1", title=None, start_hidden=True)])
    assert ">Thursday</h3>" in stage.look()


def freeze(stage: Stage, read_from: date) -> None:
    """Make November final, and purge what was run before a date."""
    make_connection(stage.ana, read_from=read_from)
    stage.challenge.frozen_at = NOON
    db.session.execute(delete(Activity).where(Activity.local_date < read_from))
    db.session.commit()


def test_a_final_challenge_whose_runs_are_gone_says_so_and_shows_its_days(stage: Stage) -> None:
    short = reported("2", local_date=date(2026, 11, 7), start_utc=MORNING.replace(day=7), distance_m=7_000)
    read_in(stage.ana.id, [reported("1"), short])
    freeze(stage, date(2026, 12, 25))
    page = stage.look()
    assert "The runs of this challenge are no longer kept here" in page
    assert "No runs here yet" not in page
    assert "Counts 17.0 km" in shown(page) and "Active days 2" in shown(page)
    assert "Left out" not in page


def test_a_final_challenge_some_of_whose_runs_are_gone_says_from_when_on_they_are_kept(stage: Stage) -> None:
    later = {"local_date": date(2026, 11, 13), "start_utc": MORNING.replace(day=13), "title": "Still here"}
    read_in(stage.ana.id, [reported("1", title="Gone"), reported("2", **later)])
    freeze(stage, date(2026, 11, 13))
    page = stage.look()
    assert "Runs before Fri 13 Nov 2026 are no longer kept here" in page
    assert "Still here" in page and "Gone" not in page
    assert "20.0 km" in page


def test_the_figures_of_a_final_challenge_are_those_of_its_board(stage: Stage) -> None:
    read_in(stage.ana.id, [reported("1")])
    freeze(stage, date(2026, 10, 31))
    read_in(stage.ana.id, [reported("1", distance_m=12_000)])
    page = stage.look()
    assert "changes on Strava no longer affect it" in page
    assert "Counts 10.0 km" in shown(page)


def test_a_run_that_came_after_the_results_were_final_says_so_and_takes_nothing_from_others(stage: Stage) -> None:
    early, longer = reported("1", title="Early"), reported("2", title="Longer", distance_m=10_400)
    other = reported("3", title="Evening", start_utc=MORNING.replace(hour=18))
    begin_write()
    ingest(stage.ana.id, [early], now=NOON - timedelta(seconds=1))
    stage.challenge.frozen_at = NOON
    ingest(stage.ana.id, [longer, other], now=NOON + timedelta(seconds=1))
    db.session.commit()
    judged = {each.activity.title: each for each in verdicts_of(stage.ana.id, stage.challenge, clock().now())}
    assert {name: each.counts for name, each in judged.items()} == {"Early": True, "Longer": False, "Evening": False}
    db.session.rollback()
    assert stage.look().count("Came after the results were final.") == 2


def test_a_run_left_out_at_a_months_end_says_that_the_one_that_stands_is_outside_the_dates(stage: Stage) -> None:
    night = {"start_utc": datetime(2026, 10, 31, 23, 50, tzinfo=UTC), "local_date": date(2026, 10, 31)}
    after = {"start_utc": datetime(2026, 11, 1, 0, 1, tzinfo=UTC), "local_date": date(2026, 11, 1)}
    read_in(
        stage.ana.id, [reported("1", title="Watch", distance_m=10_350, **night), reported("2", title="Phone", **after)]
    )
    said = "covers the same time, and that one stands; it lies outside the dates."
    assert said in stage.look()


def test_two_runs_that_look_like_one_in_two_time_zones_both_count_and_their_owner_is_told(stage: Stage) -> None:
    shifted = reported("2", title="Phone", distance_m=10_090, start_utc=MORNING.replace(hour=9))
    read_in(
        stage.ana.id,
        [reported("1", title="Watch"), shifted, reported("3", start_utc=MORNING.replace(hour=18, minute=7))],
    )
    page = stage.look()
    assert "This may be “Watch” in another time zone." in page and "This may be “Phone”" in page
    assert page.count("in another time zone") == 2 and page.count(">Ask for a review") == 2
    assert "Does not count" not in page
