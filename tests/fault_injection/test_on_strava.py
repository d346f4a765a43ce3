"""What people do on Strava, told by real events or by none: runs are hidden, edited in silence, everything is ended."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from sqlalchemy import select, update

from tests.fault_injection.conftest import pass_by
from tests.fault_injection.states import go_on
from tests.support.browser import Browser, words
from tests.support.builders import make_challenge, make_entry, make_group, make_member
from tests.support.simulator import Simulator
from tests.sync.conftest import Connect, connection_of, stored
from webapp.clock import Clock
from webapp.extensions import begin_write, clock, db
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


class Story:
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


Begin = Callable[..., Story]


@pytest.fixture
def begin(
    app: Flask, simulator: Simulator, clock: Clock, connect: Connect, athlete_id: int, subscribed: None
) -> Iterator[Begin]:
    begun: list[Story] = []

    def begin(scopes: Sequence[str] = ALL) -> Story:
        begun.append(Story(app, simulator, clock, athlete_id, connect(athlete_id, scopes)))
        return begun[-1]

    yield begin
    for story in begun:
        story.clear_up()


# Hidden ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scopes", "stays"), [(ALL, True), (NO_PRIVATE, False)])
def test_a_run_that_is_hidden_counts_no_more_and_counts_again_when_it_is_shown(
    begin: Begin, scopes: Sequence[str], stays: bool
) -> None:
    story = begin(scopes)
    before = story.total() or 0
    run = story.upload()
    story.come_in()
    assert story.total() == before + 7_000
    story.edit(run, private=True)
    story.come_in()
    assert story.total() == before
    kept = db.session.scalars(select(Activity.private).where(Activity.source_id == str(run))).all()
    assert kept == ([True] if stays else []), "with the right to see it, it stays for its owner"
    story.edit(run, private=False)
    story.come_in()
    assert story.total() == before + 7_000


def test_a_hidden_run_goes_on_counting_where_its_owner_and_the_challenge_want_it(begin: Begin) -> None:
    story = begin()
    begin_write()
    db.session.execute(update(Consent).values(count_private_at=clock().now()))
    db.session.execute(update(Challenge).values(rules=RuleSet(counts=Eligibility(private=True))))
    db.session.commit()
    run = story.upload()
    story.come_in()
    before = story.total()
    story.edit(run, private=True)
    story.come_in()
    assert story.total() == before


# Edited in silence -----------------------------------------------------------------------------------------------


def test_an_edited_distance_is_found_by_the_next_read_that_anything_asks_for(begin: Begin) -> None:
    story = begin()
    run = story.upload()
    story.come_in()
    before, told = story.total() or 0, story.events()
    story.edit(run, distance=9_000.0)
    story.come_in()
    assert story.events() == told, "Strava says nothing of that"
    assert story.total() == before
    story.upload(**story._at(story.night - timedelta(days=1)))
    story.come_in()
    assert story.total() == before + 2_000 + 7_000


def test_an_edited_distance_is_found_by_the_last_read_before_closing_and_counts_no_more_later(begin: Begin) -> None:
    story = begin()
    run = story.upload()
    story.come_in()
    before = story.total() or 0
    story.set_clock(minutes=-30)
    go_on(story.app)
    story.edit(run, distance=9_000.0)
    story.set_clock(hours=20)
    story.come_in()
    assert story.total() == before + 2_000
    story.clock.set(now=closes_at(story.last_day, 24) + timedelta(minutes=1))
    go_on(story.app)
    assert story.challenge().frozen_at is not None
    assert story.challenge().unread == 0
    story.edit(run, distance=1_000.0)
    pass_by(story.clock, hours=50)
    go_on(story.app)
    assert story.total() == before + 2_000, "what is frozen stands"
    assert db.session.scalar(select(Standing.total)) == before + 2_000


# Ended -----------------------------------------------------------------------------------------------------------


def test_someone_who_ends_it_on_strava_is_hidden_at_once_erased_after_a_week_and_finds_the_receipt(
    begin: Begin,
) -> None:
    story = begin()
    story.upload()
    story.come_in()
    before = stored(story.runner_id)
    story.simulator.control("POST", f"athletes/{story.athlete_id}/deauthorize")
    story.come_in()
    assert connection_of(story.runner_id).state == "deauthorised"
    assert story.total() is None
    assert stored(story.runner_id) == before, "nothing is erased yet"
    pass_by(story.clock, days=6, hours=23)
    go_on(story.app)
    assert db.session.get(Runner, story.runner_id) is not None
    pass_by(story.clock, hours=2)
    go_on(story.app)
    db.session.rollback()
    assert db.session.scalars(select(Runner.id)).all() == []
    assert db.session.scalars(select(Entry.id)).all() == []
    browser = Browser(story.app)
    browser.connect(story.simulator, story.athlete_id)
    assert "was erased, as announced" in words(browser.get("/home"))


# No seat ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_exchange", [False, True])
def test_with_all_seats_taken_newcomers_wait_and_everybody_connected_goes_on(begin: Begin, on_exchange: bool) -> None:
    story = begin()
    before = story.total() or 0
    newcomer = int(story.simulator.athletes()[1]["id"])
    story.simulator.faults(seat_cap=1, seat_cap_on_exchange=on_exchange)
    browser = Browser(story.app)
    if on_exchange:
        refused = browser.connect(story.simulator, newcomer)
        assert refused.status_code == 403
        assert "Strava accepts no more runners" in words(refused)
    else:
        form = {"decision": "authorize", "athlete": str(newcomer), "scope": list(ALL)}
        page = browser.leave_for_strava()
        assert requests.post(page, data=form, timeout=20).status_code == 403, "Strava's own page says no"
    assert browser.post("/waiting", {"name": "Nova Newcomer"}).headers["Location"] == "/waiting"
    assert browser.get("/waiting").status_code == 200
    story.upload()
    story.come_in()
    assert story.total() == before + 7_000
    assert story.simulator.scope_of(newcomer) is None
