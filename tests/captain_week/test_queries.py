"""What a captain looks after this week, and of whom they read what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from tests.support.builders import NOON, make_connection, make_group, make_member, make_runner
from tests.support.group_runs import group_run, pace_group
from tests.support.rsvps import rsvp
from tests.support.settings import with_settings
from tests.support.statements import asked
from webapp.captain_week.queries import CaptainWeek, week_of
from webapp.captain_week.rules import days_around
from webapp.captain_week.service import ask_for_leader
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact, withdraw_facts
from webapp.group_runs.leader_service import AlreadyLed, NothingToLead
from webapp.groups.queries import membership_of
from webapp.models.breaks import RunnerBreak
from webapp.models.facts import Fact
from webapp.models.group_runs import LeaderOffer
from webapp.models.groups import Group
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState, FactKind, RsvpAnswer, RunStatus

TODAY = NOON.date()
LONG_AGO = NOON - timedelta(days=100)


@dataclass
class Club:
    """Cleo is the captain of members who joined long ago."""

    group: Group
    ids: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, **values: Any) -> int:
        runner = make_runner(name)
        make_connection(runner)
        make_member(self.group, runner, **{"joined_at": LONG_AGO, **values})
        db.session.commit()
        self.ids[name] = runner.id
        return runner.id

    def week(self) -> CaptainWeek:
        db.session.rollback()
        viewer = membership_of(self.group.id, self.ids["Cleo Park"])
        assert viewer
        return week_of(self.group, viewer, NOON)

    def back(self) -> list[str]:
        return [one.who.name for one in self.week().came_back]


@pytest.fixture
def club(app: Flask) -> Club:
    clock().set(now=NOON)
    club = Club(make_group(tz="Europe/Berlin"))
    club.add("Cleo Park", role="captain")
    return club


def comes_back(runner_id: int, days_ago: int = 1) -> str:
    """Record that a runner runs again after a pause, and return the key of that."""
    key = f"{runner_id}:{days_ago}"
    with write_transaction():
        record_fact(FactKind.COME_BACK, key, NOON - timedelta(days=days_ago), runner_id=runner_id)
    return key


SHOWN: Mapping[str, Mapping[str, object]] = {
    "totals": {},
    "points and may be missed": {"level": "points", "missing_at": NOON},
}
NOT_SHOWN: Mapping[str, Mapping[str, object]] = {
    "points": {"level": "points"},
    "hidden": {"level": "hidden", "missing_at": NOON},
}


@pytest.mark.parametrize("how", SHOWN)
def test_who_shows_totals_or_may_be_missed_is_welcomed_back(club: Club, how: str) -> None:
    comes_back(club.add("Ana Ruiz", **SHOWN[how]))
    assert club.back() == ["Ana Ruiz"]


@pytest.mark.parametrize("how", NOT_SHOWN)
def test_nobody_reads_of_the_others_how_often_they_run(club: Club, how: str) -> None:
    comes_back(club.add("Ana Ruiz", **NOT_SHOWN[how]))
    assert club.back() == []


def test_a_come_back_is_news_for_a_week_while_it_is_true_and_leaves_those_alone_who_rest_again(club: Club) -> None:
    keys = {name: comes_back(club.add(name), days) for name, days in (("Ana Ruiz", 6), ("Ben Ode", 2), ("Dee Fo", 9))}
    comes_back(club.ids["Cleo Park"])
    assert club.back() == ["Ben Ode", "Ana Ruiz"]
    withdraw_facts(FactKind.COME_BACK, {keys["Ben Ode"]}, NOON)
    db.session.commit()
    assert club.back() == ["Ana Ruiz"]
    db.session.add(RunnerBreak(runner_id=club.ids["Ana Ruiz"], starts_on=TODAY))
    db.session.commit()
    assert club.back() == []


def test_no_come_back_is_named_where_the_installation_shows_places_only_nor_of_a_hidden_runner(
    app: Flask, club: Club
) -> None:
    ana = club.add("Ana Ruiz", missing_at=NOON)
    comes_back(ana)
    with with_settings(app, sharing="points"):
        assert club.back() == []
    db.session.query(Connection).filter_by(runner_id=ana).update({"state": ConnectionState.DEAUTHORISED})
    db.session.commit()
    assert club.back() == []


def test_those_who_joined_in_the_last_week_are_new_and_written_to_if_they_allow_it(club: Club) -> None:
    club.add("Old Hand", joined_at=NOON - timedelta(days=8))
    club.add("Ana Ruiz", joined_at=NOON - timedelta(days=6), nudges_at=NOON)
    club.add("Ben Ode", joined_at=NOON - timedelta(hours=1))
    club.add("Shy One", joined_at=NOON - timedelta(hours=2), level="hidden")
    shown = [(one.who.name, one.can_be_nudged) for one in club.week().newcomers]
    assert shown == [("Ben Ode", False), ("Ana Ruiz", True)]


def test_this_week_has_its_runs_with_their_tallies_and_gaps(club: Club) -> None:
    ana = club.add("Ana Ruiz")
    soon, later = group_run(club.group), group_run(club.group, TODAY + timedelta(days=6), title="Long run")
    for on_date, values in ((TODAY + timedelta(days=8), {}), (TODAY, {"status": RunStatus.CANCELLED})):
        pace_group(group_run(club.group, on_date, **values))
    led, gap = pace_group(soon, leader_id=ana), pace_group(later, "Fast")
    rsvp(soon, ana, RsvpAnswer.IN, guests=1, pace_group_id=led.id)
    rsvp(later, ana, RsvpAnswer.MAYBE)
    week = club.week()
    tallies = [(one.run.title, one.counts.coming, one.counts.maybe, len(one.leaderless)) for one in week.planned]
    assert tallies == [("Tuesday run", 2, 0, 0), ("Long run", 0, 1, 1)]
    assert [(run.id, group.id) for run, group in week.gaps] == [(later.id, gap.id)]


def test_offers_to_lead_are_listed_until_somebody_leads(club: Club) -> None:
    ana, shy = club.add("Ana Ruiz"), club.add("Shy One", level="hidden")
    steady = pace_group(group_run(club.group, TODAY + timedelta(days=30)))
    for who in (ana, shy):
        db.session.add(LeaderOffer(pace_group_id=steady.id, runner_id=who, offered_at=NOON))
    db.session.commit()
    assert [(one.runner_id, one.who.name if one.who else None) for one in club.week().offers] == [
        (ana, "Ana Ruiz"),
        (shy, None),
    ]
    steady.leader_id = ana
    db.session.commit()
    assert club.week().offers == []


def test_runs_of_the_last_days_wait_to_be_counted_and_closed(club: Club) -> None:
    for days, values in ((1, {}), (1, {"closed_at": NOON}), (1, {"status": RunStatus.CANCELLED}), (5, {})):
        group_run(club.group, TODAY - timedelta(days=days), **values)
    db.session.commit()
    assert [one.on_date for one in club.week().to_close] == [TODAY - timedelta(days=1)]


def test_a_leader_is_asked_for_once_a_day(club: Club) -> None:
    run = group_run(club.group)
    gap = pace_group(run)
    db.session.commit()
    captain = club.ids["Cleo Park"]
    for hours in (0, 1, 24):
        with write_transaction():
            ask_for_leader(run.id, gap.id, captain, NOON + timedelta(hours=hours))
    facts = db.session.query(Fact).filter_by(kind=FactKind.LEADER_NEEDED).all()
    assert [(one.by_id, one.group_run_id, one.data) for one in facts] == [
        (captain, run.id, {"pace_group_id": gap.id})
    ] * 2
    with pytest.raises(NothingToLead):
        ask_for_leader(run.id, gap.id, captain, run.starts_at)
    gap.leader_id = captain
    db.session.commit()
    with pytest.raises(AlreadyLed):
        ask_for_leader(run.id, gap.id, captain, NOON)


def test_the_days_are_whole_ones_by_the_clock_of_the_group() -> None:
    berlin = days_around(datetime(2026, 3, 30, 22, 30, tzinfo=UTC), "Europe/Berlin")
    assert berlin.today.date() == date(2026, 3, 31)
    assert [one.astimezone(UTC).hour for one in (berlin.begin, berlin.today, berlin.end)] == [23, 22, 22]


@pytest.mark.both_databases
def test_the_number_of_statements_does_not_grow_with_what_there_is(club: Club) -> None:
    def fill(number: int) -> int:
        for _ in range(number):
            who = club.add(f"Runner {len(club.ids)}", joined_at=NOON - timedelta(days=1), missing_at=NOON)
            comes_back(who)
            run = group_run(club.group)
            gap = pace_group(run)
            db.session.add(LeaderOffer(pace_group_id=gap.id, runner_id=who, offered_at=NOON))
            rsvp(run, who, RsvpAnswer.IN)
        with asked() as made:
            week = club.week()
        assert len(week.newcomers) == len(week.came_back) == len(week.offers) == len(week.planned) == len(club.ids) - 1
        return len(made)

    assert fill(1) == fill(6)
