"""Captains and chosen buddies read that a member is missing, of those who switched it on."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from flask import Flask

from tests.support.builders import NOON, make_connection, make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.group_runs import group_run
from tests.support.ledgers import days_before, ran_on
from tests.support.settings import with_settings
from webapp.buddies import service as buddies
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.groups.queries import membership_of
from webapp.memberships.service import leave
from webapp.missing_members.queries import MissingMember, missing_for, preview_of
from webapp.missing_members.rules import Missed, WantedChoice
from webapp.missing_members.service import CHECK_EVERY, check_some, store_choice
from webapp.models.breaks import RunnerBreak
from webapp.models.groups import Group
from webapp.models.rsvps import Rsvp
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState, RsvpAnswer, RunStatus

TODAY = NOON.date()
LONG_AGO = NOON - timedelta(days=100)


@dataclass
class Circle:
    """Ana has been quiet for ten days and calls a week being missing; Ben is her buddy; Cleo is the captain."""

    group: Group
    ids: dict[str, int] = field(default_factory=dict)

    def reads(self, who: str = "Cleo") -> list[MissingMember]:
        db.session.rollback()
        viewer = membership_of(self.group.id, self.ids[who])
        assert viewer
        return missing_for(self.group, viewer, NOON)

    def names(self, who: str = "Cleo") -> list[str]:
        return [one.name for one in self.reads(who)]

    def choose(
        self, who: str = "Ana", *, silent_days: int | None = 7, captains: bool = True, watchers: str = ""
    ) -> None:
        wanted = WantedChoice(
            Missed(silent_days, below_habit=True), captains, frozenset(self.ids[one] for one in watchers.split())
        )
        with write_transaction():
            store_choice(self.group, self.ids[who], wanted, NOON)


@pytest.fixture
def circle(app: Flask) -> Circle:
    clock().set(now=NOON)
    circle = Circle(make_group())
    for name, role in (
        ("Ana", "member"),
        ("Ben", "member"),
        ("Cleo", "captain"),
        ("Dan", "organiser"),
        ("Eve", "coach"),
    ):
        runner = make_runner(f"{name} Doe")
        make_member(circle.group, runner, role=role, joined_at=LONG_AGO)
        make_connection(runner)
        circle.ids[name] = runner.id
    be_buddies(circle, "Ana", "Ben")
    ran_on(circle.ids["Ana"], days_before(TODAY, 10, 12))
    choose(circle.group.id, circle.ids["Ana"], missing=True)
    circle.choose(watchers="Ben")
    return circle


def be_buddies(circle: Circle, one: str, other: str) -> None:
    with write_transaction():
        buddies.ask(circle.group.id, circle.ids[one], circle.ids[other], NOON)
        buddies.accept(circle.group.id, circle.ids[other], circle.ids[one], NOON)


@pytest.mark.both_databases
def test_captains_organisers_and_chosen_buddies_read_it_and_nobody_else(circle: Circle) -> None:
    assert [circle.names(who) for who in circle.ids] == [[], ["Ana Doe"], ["Ana Doe"], ["Ana Doe"], []]
    assert circle.reads()[0].says == "It has been quiet around Ana lately."


def test_each_of_them_is_chosen_by_itself(circle: Circle) -> None:
    circle.choose(captains=False, watchers="Ben")
    assert (circle.names("Cleo"), circle.names("Ben")) == ([], ["Ana Doe"])
    circle.choose(captains=True)
    assert (circle.names("Cleo"), circle.names("Ben")) == (["Ana Doe"], [])


def test_a_watcher_is_an_accepted_buddy_or_nobody(circle: Circle) -> None:
    circle.choose(captains=False, watchers="Ben Eve")
    assert (circle.names("Ben"), circle.names("Eve")) == (["Ana Doe"], [])
    with write_transaction():
        buddies.end(circle.group.id, circle.ids["Ben"], circle.ids["Ana"])
    assert circle.names("Ben") == []
    be_buddies(circle, "Ben", "Ana")
    assert circle.names("Ben") == [], "they are chosen again, or not"


def test_without_the_switch_nobody_reads_it(circle: Circle) -> None:
    choose(circle.group.id, circle.ids["Ana"], missing=False)
    assert circle.names() == circle.names("Ben") == []


def test_switching_it_on_begins_with_ones_habit_and_captains(circle: Circle) -> None:
    ran_on(circle.ids["Eve"], days_before(TODAY, *range(15, 35, 2)))
    choose(circle.group.id, circle.ids["Eve"], missing=True)
    assert [(one.name, one.says) for one in circle.reads()][1:] == [("Eve Doe", "We see less of Eve than usual.")]


def test_a_run_ends_it_at_once(circle: Circle) -> None:
    ran_on(circle.ids["Ana"], [TODAY])
    assert circle.names() == []


def test_the_job_finds_those_who_became_quiet(circle: Circle) -> None:
    circle.choose(silent_days=11, watchers="Ben")
    assert circle.names() == []
    later = NOON + timedelta(days=2)
    with write_transaction():
        assert check_some(later, 10) == 1
    viewer = membership_of(circle.group.id, circle.ids["Ben"])
    assert viewer and [one.name for one in missing_for(circle.group, viewer, later)] == ["Ana Doe"]
    with write_transaction():
        assert check_some(later + CHECK_EVERY / 2, 10) == 0


@pytest.mark.parametrize(
    "excuse", ["break", "hidden", "comes", "reconnect", "gave_up", "deauthorised", "capped", "archived"]
)
def test_who_is_excused_is_not_in_it(app: Flask, circle: Circle, excuse: str) -> None:
    ana = circle.ids["Ana"]
    mine = db.session.get_one(Connection, ana)
    if excuse == "break":
        db.session.add(RunnerBreak(runner_id=ana, starts_on=TODAY, ends_on=None))
    elif excuse == "hidden":
        choose(circle.group.id, ana, "hidden")
    elif excuse == "comes":
        run = group_run(circle.group, TODAY + timedelta(days=2))
        db.session.add(Rsvp(run_id=run.id, runner_id=ana, answer=RsvpAnswer.IN, answered_at=NOON))
    elif excuse == "gave_up":
        mine.gave_up_at = NOON
    elif excuse == "archived":
        circle.group.archived_at = NOON
    elif excuse != "capped":
        states = {"reconnect": ConnectionState.NEEDS_RECONNECT, "deauthorised": ConnectionState.DEAUTHORISED}
        mine.state = states[excuse]
    db.session.commit()
    with with_settings(app, sharing="points" if excuse == "capped" else "totals"):
        assert circle.names() == circle.names("Ben") == []


@pytest.mark.parametrize(("answer", "status"), [("out", "planned"), ("maybe", "planned"), ("in", "cancelled")])
def test_an_answer_that_brings_nobody_excuses_nobody(circle: Circle, answer: str, status: str) -> None:
    run = group_run(circle.group, TODAY + timedelta(days=2), status=RunStatus(status))
    answered = {"answer": RsvpAnswer(answer), "answered_at": NOON}
    db.session.add(Rsvp(run_id=run.id, runner_id=circle.ids["Ana"], **answered))
    db.session.commit()
    assert circle.names() == ["Ana Doe"]


def test_a_new_member_settles_in_first(circle: Circle) -> None:
    mine = membership_of(circle.group.id, circle.ids["Ana"])
    assert mine
    mine.joined_at = NOON - timedelta(days=13)
    db.session.commit()
    assert circle.names() == []


def test_leaving_ends_it_and_coming_back_does_not_bring_it_back(circle: Circle) -> None:
    with write_transaction():
        leave(circle.group.id, circle.ids["Ana"], NOON)
    assert circle.names() == []
    with write_transaction():
        leave(circle.group.id, circle.ids["Ben"], NOON)


def test_hiding_ends_being_buddies_for_good(circle: Circle) -> None:
    choose(circle.group.id, circle.ids["Ana"], "hidden")
    choose(circle.group.id, circle.ids["Ana"], "totals")
    assert (circle.names("Ben"), circle.names("Cleo")) == ([], ["Ana Doe"])


def test_at_most_twenty_are_named_those_noticed_last(circle: Circle) -> None:
    for number in range(30):
        runner = make_runner(f"Quiet {number:02}")
        make_member(circle.group, runner, joined_at=LONG_AGO, missing_at=NOON)
        make_connection(runner)
        ran_on(runner.id, days_before(TODAY, 20))
        with write_transaction():
            wanted = WantedChoice(Missed(7, below_habit=False), captains_see=True)
            store_choice(circle.group, runner.id, wanted, NOON + timedelta(days=-(number // 10)))
    names = circle.names()
    assert len(names) == 20 and names == sorted(names)
    assert [name for name in names if name >= "Quiet 20"] == []


def test_the_preview_is_what_others_read(circle: Circle) -> None:
    mine = membership_of(circle.group.id, circle.ids["Ana"])
    assert mine
    seen = preview_of(circle.group, mine, "Ana Doe", NOON)
    assert seen.sentences == ["It has been quiet around Ana lately.", "We see less of Ana than usual."]
    assert seen.now == circle.reads()[0].says
    ran_on(circle.ids["Ana"], [date(2026, 11, 11)])
    assert preview_of(circle.group, mine, "Ana Doe", NOON).now is None
