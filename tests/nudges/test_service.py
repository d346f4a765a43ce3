"""A message of one member to another: by whom, to whom, and how often."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from jobs.notifications import purge_notifications
from tests.support.at_once import elsewhere, wait_until_it_waits
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.group_runs import group_run
from webapp.buddies import service as buddies
from webapp.buddies.queries import named_members
from webapp.db import db, write_transaction
from webapp.errors import Problem
from webapp.extensions import clock
from webapp.groups.queries import consent_of, membership_of
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.breaks import RunnerBreak
from webapp.models.facts import Fact
from webapp.models.groups import Group
from webapp.models.missing import Nudge
from webapp.models.rsvps import Rsvp
from webapp.models.words import FactKind, NudgeKind, RsvpAnswer
from webapp.nudges import queries, service
from webapp.nudges.rules import KEPT, NUDGE_EVERY

A_MINUTE, A_DAY = timedelta(minutes=1), timedelta(days=1)


class Team:
    """Cleo is a captain, Dan organises, Ben is Ana's buddy, Eve a plain member; Ana agreed to be nudged."""

    def __init__(self) -> None:
        clock().set(now=NOON)
        self.group: Group = make_group()
        self.id = self.group.id
        self.ids: dict[str, int] = {}
        roles = {"Ana": "member", "Ben": "member", "Cleo": "captain", "Dan": "organiser", "Eve": "member"}
        for name, role in roles.items():
            runner = make_runner(f"{name} Doe")
            make_member(self.group, runner, role=role)
            self.ids[name] = runner.id
        choose(self.id, self.ids["Ana"], nudges=True)
        with write_transaction():
            buddies.ask(self.id, self.ids["Ben"], self.ids["Ana"], NOON)
            buddies.accept(self.id, self.ids["Ana"], self.ids["Ben"], NOON)

    def send(self, sender: str = "Cleo", to: str = "Ana", text: str = "Hi", later: timedelta = timedelta(0)) -> None:
        with write_transaction():
            service.send_nudge(self.group, self.me(sender), self.ids[to], text, NOON + later)

    def call(self, sender: str, to: str, later: timedelta = timedelta(0)) -> None:
        with write_transaction():
            service.call_out(self.group, self.me(sender), self.ids[to], 0, NOON + later)

    def me(self, name: str):  # type: ignore[no-untyped-def]  # a membership
        found = membership_of(self.id, self.ids[name])
        assert found
        return found

    def texts(self, name: str = "Ana", now: timedelta = timedelta(0)) -> list[str]:
        db.session.rollback()
        return [one.text for one in queries.received(self.group, self.ids[name], NOON + now)]


@pytest.fixture
def team(app: Flask) -> Iterator[Team]:
    yield Team()


def test_captains_organisers_and_buddies_write_and_nobody_else(team: Team) -> None:
    with pytest.raises(NotFound):
        team.send("Eve")
    with pytest.raises(NotFound):
        team.send("Cleo", "Cleo")
    for number, sender in enumerate(("Ben", "Cleo", "Dan")):
        team.send(sender, text=sender, later=NUDGE_EVERY * number)
    assert team.texts(now=NUDGE_EVERY) == ["Dan", "Cleo", "Ben"]


@pytest.mark.both_databases
def test_a_message_is_told_to_its_receiver_alone(team: Team) -> None:
    team.send(text="We missed you.")
    fact = db.session.scalars(select(Fact).where(Fact.kind == FactKind.NUDGE)).one()
    nudge = db.session.scalars(select(Nudge)).one()
    assert (fact.runner_id, fact.about_id, fact.by_id) == (team.ids["Ana"], team.ids["Cleo"], team.ids["Cleo"])
    assert (fact.group_id, fact.data) == (team.id, {"nudge_id": nudge.id})
    assert team.texts() == ["We missed you."] and team.texts("Eve") == []


def test_it_comes_once_a_fortnight_from_whomever(team: Team) -> None:
    team.send("Cleo", text="One")
    team.send("Cleo", text="One", later=A_MINUTE)
    for sender in ("Cleo", "Ben", "Dan"):
        with pytest.raises(service.CannotBeReached):
            team.send(sender, text="Two", later=NUDGE_EVERY - A_MINUTE)
    assert team.texts() == ["One"]
    team.send("Ben", text="Two", later=NUDGE_EVERY)
    assert team.texts(now=NUDGE_EVERY) == ["Two", "One"]


def test_it_comes_once_a_fortnight_from_whichever_group(team: Team) -> None:
    other = make_group("Early Birds")
    for name, role in {"Ana": "member", "Eve": "captain"}.items():
        make_member(other, db.session.get_one(Runner, team.ids[name]), role=role)
    choose(other.id, team.ids["Ana"], nudges=True)
    captain = membership_of(other.id, team.ids["Eve"])
    assert captain
    team.send("Cleo", text="One")
    with pytest.raises(service.CannotBeReached), write_transaction():
        service.send_nudge(other, captain, team.ids["Ana"], "Two", NOON + A_DAY)
    with write_transaction():
        service.send_nudge(other, captain, team.ids["Ana"], "Two", NOON + NUDGE_EVERY)


@pytest.mark.both_databases
def test_of_two_who_write_at_once_one_gets_through(app: Flask, team: Team) -> None:
    outcomes: list[str] = []

    def write_too() -> None:
        try:
            team.send("Dan", text="Mine")
        except Problem as error:
            outcomes.append(type(error).__name__)

    with write_transaction():
        service.send_nudge(team.group, team.me("Cleo"), team.ids["Ana"], "First", NOON)
        other = Thread(target=elsewhere(app, write_too))
        other.start()
        wait_until_it_waits()
    other.join()
    assert (outcomes, team.texts()) == (["CannotBeReached"], ["First"])


@pytest.mark.parametrize("why", ["switch", "break", "old text"])
def test_nobody_is_written_to_who_does_not_want_it_now(team: Team, why: str) -> None:
    ana = team.ids["Ana"]
    if why == "switch":
        choose(team.id, ana, nudges=False)
    elif why == "break":
        db.session.add(RunnerBreak(runner_id=ana, starts_on=NOON.date(), ends_on=None))
    else:
        consent = consent_of(team.id, ana)
        assert consent
        consent.text_version = "2026-11-30c"
    db.session.commit()
    with pytest.raises(service.CannotBeReached):
        team.send()
    with pytest.raises(service.CannotBeReached):
        team.send("Ben")


def test_hidden_members_and_those_who_left_are_not_there(team: Team) -> None:
    choose(team.id, team.ids["Ana"], "hidden")
    with pytest.raises(NotFound):
        team.send()
    with write_transaction():
        leave(team.id, team.ids["Ana"], NOON)
    with pytest.raises(NotFound):
        team.send()


def test_muted_and_hidden_senders_are_refused(team: Team) -> None:
    consent = consent_of(team.id, team.ids["Ben"])
    assert consent
    consent.muted_at = NOON
    db.session.commit()
    with pytest.raises(service.MutedSender):
        team.send("Ben")
    choose(team.id, team.ids["Cleo"], "hidden")
    with pytest.raises(service.HiddenSender):
        team.send("Cleo")
    assert team.texts() == []


def test_nothing_is_sent_in_an_archived_group(team: Team) -> None:
    team.group.archived_at = NOON
    db.session.commit()
    with pytest.raises(Problem), write_transaction():
        service.send_nudge(team.group, team.me("Ben"), team.ids["Ana"], "Hi", NOON)


def test_thanks_reach_the_sender_and_whether_it_was_read_does_not(team: Team) -> None:
    team.send()
    assert [one.is_thanked for one in queries.sent(team.group, team.ids["Cleo"], NOON)] == [False]
    nudge_id = db.session.scalars(select(Nudge.id)).one()
    with pytest.raises(NotFound), write_transaction():
        service.say_thanks(team.id, team.ids["Ben"], nudge_id, NOON)
    for _ in range(2):
        with write_transaction():
            service.say_thanks(team.id, team.ids["Ana"], nudge_id, NOON)
    assert [one.is_thanked for one in queries.sent(team.group, team.ids["Cleo"], NOON)] == [True]


def test_messages_are_purged_after_thirty_days(app: Flask, team: Team) -> None:
    team.send()
    clock().set(now=NOON + KEPT - A_MINUTE)
    purge_notifications()
    assert len(db.session.scalars(select(Nudge)).all()) == 1
    db.session.rollback()
    clock().set(now=NOON + KEPT + A_MINUTE)
    purge_notifications()
    db.session.rollback()
    assert db.session.scalars(select(Nudge)).all() == []


@pytest.mark.parametrize("who", ["Ana", "Cleo"])
def test_leaving_and_erasing_take_messages_along(team: Team, who: str) -> None:
    team.send()
    with write_transaction():
        leave(team.id, team.ids[who], NOON)
    assert db.session.scalars(select(Nudge)).all() == []
    assert db.session.scalars(select(Fact).where(Fact.kind == FactKind.NUDGE)).all() == []


def test_erasing_a_runner_erases_what_they_wrote(team: Team) -> None:
    team.send()
    db.session.delete(db.session.get_one(Runner, team.ids["Cleo"]))
    db.session.commit()
    assert db.session.scalars(select(Nudge)).all() == []


@pytest.mark.both_databases
def test_call_outs_go_among_those_who_switched_them_on_once_a_day(team: Team) -> None:
    for name in ("Ana", "Eve"):
        choose(team.id, team.ids[name], call_outs=True)
    with pytest.raises(service.CannotBeReached):
        team.call("Cleo", "Ana")
    with pytest.raises(service.CannotBeReached):
        team.call("Ana", "Cleo")
    team.call("Eve", "Ana")
    with pytest.raises(service.CannotBeReached):
        team.call("Eve", "Ana", timedelta(hours=11))
    team.call("Eve", "Ana", timedelta(hours=12))
    found, page = queries.callable_page(team.group, team.ids["Eve"], 1, NOON.date())
    assert ([one.name for one in found], page.has_next) == (["Ana Doe"], False)


def test_nobody_on_a_break_is_called_out(team: Team) -> None:
    for name in ("Ana", "Eve"):
        choose(team.id, team.ids[name], call_outs=True)
    db.session.add(RunnerBreak(runner_id=team.ids["Ana"], starts_on=NOON.date(), ends_on=None))
    db.session.commit()
    with pytest.raises(service.CannotBeReached):
        team.call("Eve", "Ana")
    assert queries.callable_page(team.group, team.ids["Eve"], 1, NOON.date())[0] == []


def test_buddies_ask_each_other_to_run_once_a_day(team: Team) -> None:
    def ask(sender: str, to: str, days: int, later: timedelta = timedelta(0)) -> None:
        with write_transaction():
            service.ask_to_run(team.group, team.me(sender), team.ids[to], NOON.date() + A_DAY * days, NOON + later)

    ask("Ben", "Ana", 1)
    ask("Ben", "Ana", 2)
    ask("Ana", "Ben", 2)
    ask("Ben", "Ana", 3, A_DAY)
    assert team.texts() == [
        "Shall we run together on Sunday, 15 November?",
        "Shall we run together on Friday, 13 November?",
    ]
    for sender, to, days in (("Cleo", "Ana", 1), ("Ben", "Ana", -1), ("Ben", "Ana", 7)):
        with pytest.raises(NotFound):
            ask(sender, to, days)
    kinds = set(db.session.scalars(select(Nudge.kind)))
    assert kinds == {NudgeKind.TOGETHER}


def test_a_draft_speaks_of_the_runs_that_there_are_and_of_people_whom_the_group_sees(team: Team) -> None:
    group_run(team.group, NOON.date() - A_DAY * 2)
    coming = group_run(team.group, NOON.date() + A_DAY * 2, title="Easy miles")
    for name in ("Eve", "Dan", "Cleo"):
        answer = {"answer": RsvpAnswer.IN, "answered_at": NOON}
        db.session.add(Rsvp(run_id=coming.id, runner_id=team.ids[name], **answer))
    db.session.commit()
    choose(team.id, team.ids["Eve"], "hidden")
    ana = named_members(team.id, team.group.slug, {team.ids["Ana"]})[0]
    about = queries.situation_of(team.group, ana, team.ids["Cleo"], NOON)
    assert (about.missed_on, about.next_on) == (NOON.date() - A_DAY * 2, NOON.date() + A_DAY * 2)
    assert (about.name, about.next_at, about.next_title, list(about.people)) == ("Ana", "18:30", "Easy miles", ["Dan"])
