"""Strangers find a group, members decide what it sees of them, and organisers hand it over or end it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from jobs.group_endings import delete_groups
from tests.journeys.conftest import OpenAs
from tests.support.boards import NOON, TODAY, Made
from tests.support.builders import make_challenge, make_connected, make_entry, make_group, make_member, make_runner
from tests.support.cast import run_jobs
from tests.support.derived import read_in
from tests.support.finals import freeze
from tests.support.runs import reported
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.group_profiles.rules import Profile
from webapp.group_profiles.service import save_profile
from webapp.job_names import Job
from webapp.models.challenges import Challenge
from webapp.models.groups import Group
from webapp.models.words import JoinPolicy
from webapp.queue import enqueue

MONTHS = {"October": 10, "November": 11}
A_WEEK = timedelta(days=7, minutes=1)


class Stage:
    """Olga organises a listed group of three with a past; Nia passed Mia yesterday, and Stan knows nobody."""

    def __init__(self, app: Flask) -> None:
        clock().set(now=NOON)
        self.app, self.group = app, make_group()
        names = ("Olga Orlova", "Mia Meyer", "Nia Nord", "Stan Strange")
        self.olga, self.mia, self.nia, self.stan = (make_runner(name) for name in names)
        make_connected(self.stan)
        for runner in (self.olga, self.mia, self.nia):
            make_member(self.group, runner, role="organiser" if runner is self.olga else "member")
        self.home = f"/g/{self.group.slug}"
        self._tell(db.session.merge(self.group))
        self.october, self.november = self._month("October", 31), self._month("November", 30)
        self._run(date(2026, 10, 3), 12, 9, 15)
        self._run(date(2026, 11, 3), 10, 30, 20)
        run_jobs(app)
        self._run(TODAY - timedelta(days=1), 0, 1, 15)
        run_jobs(app)
        freeze(Made(self.group, self.october, [], [], []))
        self.board = f"{self.home}/c/{self.november.id}"

    def _month(self, name: str, last: int) -> Challenge:
        """Make the challenge of a month, in which all three are."""
        window = {"starts_on": date(2026, MONTHS[name], 1), "ends_on": date(2026, MONTHS[name], last)}
        challenge = make_challenge(self.group, name=f"{name} 2026", teams=("Owls", "Larks"), **window)
        for number, runner in enumerate((self.olga, self.mia, self.nia)):
            make_entry(challenge, runner, challenge.teams[number % 2])
        return challenge

    def _run(self, day: date, *kilometres: int) -> None:
        """Let Olga, Mia and Nia run so far on a day, and what changed be published and compared."""
        for runner, far in zip((self.olga, self.mia, self.nia), kilometres, strict=True):
            figures = {"distance_m": far * 1000, "moving_s": far * 330, "elapsed_s": far * 330}
            starts = datetime.combine(day, time(7), tzinfo=UTC)
            run = reported(f"{runner.id}-{day}", local_date=day, start_utc=starts, **figures)
            for challenge_id in read_in(runner.id, [run] if far else []):
                enqueue(Job.PUBLISH_BOARD, challenge_id)

    def _tell(self, group: Group) -> None:
        profile = Profile(listed=True, area="Riverside", quickest=300, slowest=390)
        with write_transaction():
            group.join_policy = JoinPolicy.REQUEST
            save_profile(group, profile, "Easy miles by the water.")

    @property
    def pages(self) -> dict[str, str]:
        """Return the pages on which a member is named, by what they are."""
        return {
            "board": self.board,
            "chase": f"{self.board}/chase",
            "overtakes": f"{self.board}/overtakes",
            "team": f"{self.board}/teams/{self.november.teams[0].id}",
            "final board": f"{self.home}/c/{self.october.id}",
            "results": f"{self.home}/seasons",
            "hall of fame": f"{self.home}/hall-of-fame",
            "range": f"{self.home}/range?from={self.november.starts_on}&to={TODAY}",
            "group": self.home,
        }


@pytest.fixture
def stage(app: Flask) -> Stage:
    return Stage(app)


def test_a_stranger_finds_a_group_and_members_decide_what_it_sees(stage: Stage, open_as: OpenAs) -> None:
    stan, olga = open_as(stage.stan), open_as(stage.olga)
    # A stranger finds the group by its pace, and asks.
    stan.goto("/groups")
    stan.get_by_label("Pace").select_option(label="4:00 to 4:30 /km")
    stan.get_by_role("button", name="Find").click()
    expect(stan.get_by_text("No group like that")).to_be_visible()
    stan.get_by_label("Pace").select_option(label="5:30 to 6:00 /km")
    stan.get_by_role("button", name="Find").click()
    stan.get_by_role("link", name="Morning Milers").click()
    stan.get_by_role("link", name="Ask to join").click()
    stan.get_by_role("textbox").fill("I run by the water, too.")
    stan.get_by_role("button", name="Ask to join").click()
    expect(stan.get_by_text("Waiting for an answer")).to_be_visible()

    # The organiser answers in the console.
    olga.goto(stage.home)
    olga.get_by_role("link", name="Requests to join (1)").click()
    olga.get_by_role("link", name="Stan Strange").click()
    expect(olga.get_by_text("I run by the water, too.")).to_be_visible()
    olga.get_by_role("button", name="Let Stan Strange join").click()
    expect(olga.get_by_text("Nobody is waiting")).to_be_visible()
    stan.goto(f"{stage.home}/ask")
    stan.get_by_role("link", name="Join Morning Milers").click()
    stan.get_by_role("button", name="Agree and join").click()
    run_jobs(stage.app)
    assert naming(stan, "Nia Nord", stage.pages) == list(stage.pages)

    # Another member shows an alias and the place only, and that is all that the newcomer reads.
    mia = open_as(stage.mia)
    stan.goto(stage.board)
    expect(row_of(stan, "Mia Meyer")).to_contain_text("31.0 km")
    mia.goto(f"{stage.home}/me")
    mia.get_by_label("Another name").check()
    mia.get_by_label("Which other name?").fill("Comet")
    mia.get_by_label("My place only").check()
    mia.get_by_role("button", name="Agree and save").click()
    run_jobs(stage.app)
    assert naming(stan, "Mia Meyer", stage.pages) == []
    stan.goto(stage.board)
    expect(row_of(stan, "Comet").locator(".bib")).to_have_text("2")
    expect(row_of(stan, "Comet")).not_to_contain_text("km")

    # A member withdraws, and is gone from every page at once, the open one too.
    stan.evaluate("window.notReloaded = true")
    expect(row_of(stan, "Nia Nord")).to_be_visible()
    nia = open_as(stage.nia)
    nia.goto(f"{stage.home}/me")
    nia.get_by_role("link", name="Leave the group").click()
    nia.get_by_role("button", name="Leave the group").click()
    expect(nia.get_by_role("heading", level=1)).to_be_visible()
    assert naming(stan, "Nia", stage.pages) == []
    stan.evaluate("window.dispatchEvent(new Event('online'))")
    expect(row_of(stan, "Nia Nord")).to_have_count(0)
    assert stan.evaluate("window.notReloaded")
    assert nia.request.get(stage.home).status == 404


def test_an_organiser_announces_hands_over_and_leaves_and_the_group_is_deleted(stage: Stage, open_as: OpenAs) -> None:
    olga, mia = open_as(stage.olga), open_as(stage.mia)
    olga.goto(stage.home)
    olga.get_by_role("link", name="Announce", exact=True).click()
    olga.get_by_label("Title").fill("New meeting point")
    olga.get_by_label("What is it about?").fill("We meet at the **bridge** from now on.")
    olga.get_by_label("Pin it to the top").check()
    olga.get_by_role("button", name="Announce").click()
    mia.goto(stage.home)
    expect(mia.locator(".announcement strong")).to_have_text("bridge")

    # The time zone is found by a town, and says what time it is there.
    olga.goto(f"{stage.home}/settings")
    olga.get_by_label("Find a time zone by its town").fill("são pau")
    expect(olga.get_by_label("Time zone", exact=True)).to_have_value("America/Sao_Paulo")
    expect(olga.get_by_text("there now.")).to_be_visible()
    olga.get_by_label("Find a time zone by its town").fill("nowhere")
    expect(olga.get_by_text("No such town here.")).to_be_visible()

    olga.goto(f"{stage.home}/members")
    olga.get_by_role("link", name="Mia Meyer").click()
    olga.get_by_role("link", name="Hand the group over").click()
    olga.get_by_role("button", name="Hand over").click()
    olga.goto(f"{stage.home}/leave")
    olga.get_by_role("button", name="Leave the group").click()
    assert olga.request.get(stage.home).status == 404

    # The new organiser has it deleted; it is stopped once, and the second time the week runs out.
    nia = open_as(stage.nia)
    announce_deletion(mia, stage)
    nia.goto(stage.home)
    expect(nia.get_by_text("This group will be deleted on")).to_be_visible()
    mia.get_by_role("button", name="Keep the group").click()
    expect(mia.get_by_text("The group stays.")).to_be_visible()
    time_goes_by(stage)
    assert nia.goto(stage.home).ok  # type: ignore[union-attr]  # it answers
    announce_deletion(mia, stage)
    time_goes_by(stage)
    assert [page.request.get(stage.home).status for page in (mia, nia)] == [404, 404]
    for page, place, others in ((mia, "place 3 of 3", ("Nia", "Olga")), (nia, "place 1 of 3", ("Mia", "Olga"))):
        page.goto("/me/history")
        kept = page.get_by_role("region", name="In groups that are gone")
        expect(kept).to_contain_text("October 2026")
        expect(kept).to_contain_text(place)
        assert not any(name in page.content() for name in others)


def announce_deletion(page: Page, stage: Stage) -> None:
    page.goto(f"{stage.home}/ending")
    page.locator("summary", has_text="Delete").click()
    page.get_by_role("button", name="Delete in a week").click()
    expect(page.get_by_text("Every member sees that")).to_be_visible()


def time_goes_by(stage: Stage) -> None:
    """Let a week and a bit go by, and the schedule do its rounds."""
    clock().set(now=clock().now() + A_WEEK)
    delete_groups()
    run_jobs(stage.app)


def row_of(page: Page, name: str) -> Locator:
    return page.locator(".board__row", has_text=name)


def naming(page: Page, name: str, pages: dict[str, str]) -> list[str]:
    """Return which of these pages say a name anywhere, not only where it shows."""
    return [what for what, path in pages.items() if name in page.request.get(path).text()]
