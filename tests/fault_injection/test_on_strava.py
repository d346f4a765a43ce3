"""What people do on Strava, told by real events or by none: runs are hidden, edited in silence, everything is ended."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select, update

from tests.fault_injection.states import go_on
from tests.support.browser import Browser, words
from tests.support.builders import make_challenge, make_entry, make_group, make_member
from tests.support.simulator import Simulator
from tests.sync.acts import pass_by
from tests.sync.conftest import Connect, connection_of, stored
from webapp.clock import Clock
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent
from webapp.models.leaderboards import Placement
from webapp.models.scoring import Standing
from webapp.rulebook.lifecycle import closes_at, days_end_at
from webapp.rulebook.ruleset import Eligibility, RuleSet

ALL = ("read", "activity:read", "activity:read_all")
NO_PRIVATE = ("read", "activity:read")
# A run that no other of the day overlaps: nobody here runs at three in the morning.
NIGHT = {"distance": 7_000.0, "moving_time": 2_400}


@pytest.fixture
def subscribed(served_app: Flask) -> Iterator[None]:
    """Strava posts its events to the application."""
    cli = served_app.test_cli_runner()
    assert cli.invoke(args=["strava", "subscribe"]).exit_code == 0
    yield
    cli.invoke(args=["strava", "unsubscribe"])


class Scenario:
    """A runner on a board of the last days, and what they do on Strava."""

    def __init__(self, app: Flask, simulator: Simulator, clock: Clock, athlete_id: int, runner_id: int) -> None:
        self.app, self.simulator, self.clock = app, simulator, clock
        self.athlete_id, self.runner_id = athlete_id, runner_id
        self.last_day = clock.today("UTC")
        group, runner = make_group(), db.session.get_one(Runner, runner_id)
        make_member(group, runner)
        challenge = make_challenge(group, starts_on=self.last_day - timedelta(days=5), ends_on=self.last_day)
        self.entry_id = make_entry(challenge, runner).id
        self.challenge_id = challenge.id
        self.night = self.last_day - timedelta(days=2)
        self._uploaded: list[int] = []
        go_on(app)

    def upload(self, **fields: Any) -> int:
        made = self.simulator.control("POST", self._path(), {**NIGHT, **self._at(self.night), **fields})
        self._uploaded.append(int(made["id"]))
        return self._uploaded[-1]

    def clear_up(self) -> None:
        """Take the runs off Strava again: the simulator serves other tests, too."""
        for activity_id in self._uploaded:
            self.simulator.control("DELETE", f"{self._path()}/{activity_id}")

    def edit(self, activity_id: int, **fields: Any) -> None:
        self.simulator.control("PATCH", f"{self._path()}/{activity_id}", fields)

    def come_in(self) -> None:
        """Let Strava post what it has to tell, the quiet time pass, and the work be done."""
        self.simulator.wait_until_delivered()
        pass_by(self.clock, seconds=3)
        go_on(self.app)

    def events(self) -> int:
        return sum(self.simulator.control("GET", "counters")["events"].values())

    def total(self) -> int | None:
        """Return what the board shows; None where the runner is not on it."""
        db.session.rollback()
        return db.session.scalar(select(Placement.total).where(Placement.entry_id == self.entry_id))

    def challenge(self) -> Challenge:
        db.session.rollback()
        return db.session.get_one(Challenge, self.challenge_id, populate_existing=True)

    def set_clock(self, **after: float) -> None:
        """Set the clock to this time after the last day of the challenge is over everywhere."""
        self.clock.set(now=days_end_at(self.last_day) + timedelta(**after))

    def _path(self) -> str:
        return f"athletes/{self.athlete_id}/activities"

    def _at(self, day: date) -> dict[str, str]:
        return {"start_date_local": f"{day.isoformat()}T03:00:00"}


Begin = Callable[..., Scenario]


@pytest.fixture
def begin(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int, subscribed: None
) -> Iterator[Begin]:
    begun: list[Scenario] = []

    def begin(scopes: Sequence[str] = ALL) -> Scenario:
        begun.append(Scenario(app, simulator, clock, athlete_id, connect(athlete_id, scopes)))
        return begun[-1]

    yield begin
    for scenario in begun:
        scenario.clear_up()


# Hidden ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scopes", "stays"), [(ALL, True), (NO_PRIVATE, False)])
def test_a_run_that_is_hidden_counts_no_more_and_counts_again_when_it_is_shown(
    begin: Begin, scopes: Sequence[str], stays: bool
) -> None:
    scenario = begin(scopes)
    before = scenario.total() or 0
    run = scenario.upload()
    scenario.come_in()
    assert scenario.total() == before + 7_000
    scenario.edit(run, private=True)
    scenario.come_in()
    assert scenario.total() == before
    kept = db.session.scalars(select(Activity.private).where(Activity.source_id == str(run))).all()
    assert kept == ([True] if stays else []), "with the right to see it, it stays for its owner"
    scenario.edit(run, private=False)
    scenario.come_in()
    assert scenario.total() == before + 7_000


def test_a_hidden_run_goes_on_counting_where_its_owner_and_the_challenge_want_it(begin: Begin) -> None:
    scenario = begin()
    begin_write()
    db.session.execute(update(Consent).values(count_private_at=clock().now()))
    db.session.execute(update(Challenge).values(rules=RuleSet(counts=Eligibility(private=True))))
    db.session.commit()
    run = scenario.upload()
    scenario.come_in()
    before = scenario.total()
    scenario.edit(run, private=True)
    scenario.come_in()
    assert scenario.total() == before


# Edited in silence -----------------------------------------------------------------------------------------------


def test_an_edited_distance_is_found_by_the_next_read_that_anything_asks_for(begin: Begin) -> None:
    scenario = begin()
    run = scenario.upload()
    scenario.come_in()
    before, told = scenario.total() or 0, scenario.events()
    scenario.edit(run, distance=9_000.0)
    scenario.come_in()
    assert scenario.events() == told, "Strava says nothing of that"
    assert scenario.total() == before
    scenario.upload(**scenario._at(scenario.night - timedelta(days=1)))
    scenario.come_in()
    assert scenario.total() == before + 2_000 + 7_000


def test_an_edited_distance_is_found_by_the_last_read_before_closing_and_counts_no_more_later(begin: Begin) -> None:
    scenario = begin()
    run = scenario.upload()
    scenario.come_in()
    before = scenario.total() or 0
    scenario.set_clock(minutes=-30)
    go_on(scenario.app)
    scenario.edit(run, distance=9_000.0)
    scenario.set_clock(hours=20)
    scenario.come_in()
    assert scenario.total() == before + 2_000
    scenario.clock.set(now=closes_at(scenario.last_day, 24) + timedelta(minutes=1))
    go_on(scenario.app)
    assert scenario.challenge().frozen_at is not None
    assert scenario.challenge().unread == 0
    scenario.edit(run, distance=1_000.0)
    pass_by(scenario.clock, hours=50)
    go_on(scenario.app)
    assert scenario.total() == before + 2_000, "what is frozen stands"
    assert db.session.scalar(select(Standing.total)) == before + 2_000


# Ended -----------------------------------------------------------------------------------------------------------


def test_someone_who_ends_it_on_strava_is_hidden_at_once_erased_after_a_week_and_finds_the_receipt(
    begin: Begin,
) -> None:
    scenario = begin()
    scenario.upload()
    scenario.come_in()
    before = stored(scenario.runner_id)
    scenario.simulator.control("POST", f"athletes/{scenario.athlete_id}/deauthorize")
    scenario.come_in()
    assert connection_of(scenario.runner_id).state == "deauthorised"
    assert scenario.total() is None
    assert stored(scenario.runner_id) == before, "nothing is erased yet"
    pass_by(scenario.clock, days=6, hours=23)
    go_on(scenario.app)
    assert db.session.get(Runner, scenario.runner_id) is not None
    pass_by(scenario.clock, hours=2)
    go_on(scenario.app)
    db.session.rollback()
    assert db.session.scalars(select(Runner.id)).all() == []
    assert db.session.scalars(select(Entry.id)).all() == []
    browser = Browser(scenario.app)
    browser.connect(scenario.simulator, scenario.athlete_id)
    assert "was erased, as announced" in words(browser.get("/home"))


# No seat ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_exchange", [False, True])
def test_with_all_seats_taken_newcomers_wait_and_everybody_connected_goes_on(begin: Begin, on_exchange: bool) -> None:
    scenario = begin()
    before = scenario.total() or 0
    newcomer = int(scenario.simulator.athletes()[1]["id"])
    scenario.simulator.faults(seat_cap=1, seat_cap_on_exchange=on_exchange)
    browser = Browser(scenario.app)
    if on_exchange:
        refused = browser.connect(scenario.simulator, newcomer)
        assert refused.status_code == 403
        assert "Strava accepts no more runners" in words(refused)
    else:
        form = {"decision": "authorize", "athlete": str(newcomer), "scope": list(ALL)}
        page = browser.start_oauth()
        assert requests.post(page, data=form, timeout=20).status_code == 403, "Strava's own page says no"
    assert browser.post("/waiting", {"name": "Nova Newcomer"}).headers["Location"] == "/waiting"
    assert browser.get("/waiting").status_code == 200
    scenario.upload()
    scenario.come_in()
    assert scenario.total() == before + 7_000
    assert scenario.simulator.scope_of(newcomer) is None
