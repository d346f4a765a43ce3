"""Two or three become buddies: asked, accepted or declined without a word, and ended at any time."""

from collections.abc import Sequence
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.exceptions import NotFound

from tests.support.at_once import elsewhere, wait_until_it_waits
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.ledgers import days_before, ran_on
from webapp.buddies import queries, service
from webapp.buddies.rules import MAX_ASKED, WeekSums
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.facts import Fact
from webapp.models.groups import Group
from webapp.models.words import FactKind

TODAY = NOON.date()
A_WEEK = timedelta(days=7)


class Friends:
    """A group of members whom tests call by their number."""

    def __init__(self, size: int = 10) -> None:
        clock().set(now=NOON)
        self.group: Group = make_group()
        self.ids = [make_runner(f"Runner {number:02}").id for number in range(size)]
        for runner_id in self.ids:
            make_member(self.group, _runner(runner_id))
        self.id, self.slug = self.group.id, self.group.slug

    def ask(self, one: int, other: int, later: timedelta = timedelta(0)) -> None:
        with write_transaction():
            service.ask(self.id, self.ids[one], self.ids[other], NOON + later)

    def accept(self, one: int, asker: int, later: timedelta = timedelta(0)) -> None:
        with write_transaction():
            service.accept(self.id, self.ids[one], self.ids[asker], NOON + later)

    def pair(self, one: int, other: int) -> None:
        self.ask(one, other)
        self.accept(other, one)

    def buddies(self, one: int) -> list[int]:
        db.session.rollback()
        return self._numbers(queries.buddies_of(self.id, self.slug, self.ids[one]))

    def asked_me(self, one: int, later: timedelta = timedelta(0)) -> list[int]:
        return self._numbers(queries.asked_me(self.id, self.slug, self.ids[one], NOON + later))

    def asked(self, one: int, later: timedelta = timedelta(0)) -> list[int]:
        return self._numbers(queries.asked_by_me(self.id, self.slug, self.ids[one], NOON + later))

    def _numbers(self, members: Sequence[queries.NamedMember]) -> list[int]:
        return [self.ids.index(one.runner_id) for one in members]


def _runner(runner_id: int) -> Runner:
    return db.session.get_one(Runner, runner_id)


@pytest.fixture
def friends(app: Flask) -> Friends:
    return Friends()


def told() -> int:
    is_open = Fact.kind == FactKind.BUDDY_ASKED, Fact.withdrawn_since.is_(None)
    return db.session.scalar(select(func.count()).select_from(Fact).where(*is_open)) or 0


@pytest.mark.both_databases
def test_a_question_is_told_once_and_answered(friends: Friends) -> None:
    friends.ask(0, 1)
    friends.ask(0, 1)
    assert (told(), friends.asked_me(1), friends.asked(0), friends.buddies(0)) == (1, [0], [1], [])
    friends.accept(1, 0)
    friends.accept(1, 0)
    assert (friends.buddies(0), friends.buddies(1), friends.asked_me(1), friends.asked(0)) == ([1], [0], [], [])


def test_two_who_ask_each_other_are_buddies(friends: Friends) -> None:
    friends.ask(0, 1)
    friends.ask(1, 0)
    assert (friends.buddies(0), friends.asked_me(0), friends.asked_me(1)) == ([1], [], [])


def test_whoever_declines_is_left_alone_and_the_other_reads_what_they_read_before(friends: Friends) -> None:
    friends.ask(0, 1)
    with write_transaction():
        service.decline(friends.id, friends.ids[1], friends.ids[0], NOON)
    assert (friends.asked(0), friends.asked_me(1), told()) == ([1], [], 0)
    with write_transaction():
        service.take_back(friends.id, friends.ids[0], friends.ids[1], NOON)
    assert friends.asked(0) == []
    friends.ask(0, 1, A_WEEK)
    assert (friends.asked(0, A_WEEK), friends.asked_me(1, A_WEEK), told()) == ([1], [], 0)
    with pytest.raises(service.NoOpenQuestion):
        friends.accept(1, 0, A_WEEK)
    friends.ask(0, 1, 5 * A_WEEK)
    assert (friends.asked_me(1, 5 * A_WEEK), told()) == ([0], 1)


def test_a_question_lapses_and_can_be_taken_back(friends: Friends) -> None:
    friends.ask(0, 1)
    assert friends.asked_me(1, 2 * A_WEEK) == friends.asked(0, 2 * A_WEEK) == []
    with pytest.raises(service.NoOpenQuestion):
        friends.accept(1, 0, 2 * A_WEEK)
    with write_transaction():
        service.take_back(friends.id, friends.ids[0], friends.ids[1], NOON)
    assert (friends.asked_me(1), told()) == ([], 0)


def test_nobody_has_more_than_two(friends: Friends) -> None:
    friends.pair(0, 1)
    friends.pair(2, 0)
    with pytest.raises(service.BuddiesFull):
        friends.ask(0, 3)
    friends.ask(3, 0)
    with pytest.raises(service.BuddiesFull):
        friends.accept(0, 3)
    assert friends.buddies(0) == [1, 2]


def test_questions_that_wait_are_few(friends: Friends) -> None:
    for other in range(1, MAX_ASKED + 1):
        friends.ask(0, other)
    with pytest.raises(service.TooManyAsked):
        friends.ask(0, MAX_ASKED + 1)


@pytest.mark.both_databases
def test_of_two_who_accept_at_once_one_is_too_late(app: Flask, friends: Friends) -> None:
    friends.pair(0, 1)
    friends.ask(0, 2)
    friends.ask(3, 0)
    outcomes: list[type[Exception] | None] = []

    def accept_other() -> None:
        try:
            with write_transaction():
                service.accept(friends.id, friends.ids[0], friends.ids[3], NOON)
            outcomes.append(None)
        except service.BuddiesFull as error:
            outcomes.append(type(error))

    with write_transaction():
        service.accept(friends.id, friends.ids[2], friends.ids[0], NOON)
        other = Thread(target=elsewhere(app, accept_other))
        other.start()
        wait_until_it_waits()
    other.join()
    assert (outcomes, friends.buddies(0)) == ([service.BuddiesFull], [1, 2])


def test_either_ends_it_and_the_other_is_not_told(friends: Friends) -> None:
    friends.pair(0, 1)
    before = told()
    with write_transaction():
        service.end(friends.id, friends.ids[1], friends.ids[0])
    assert (friends.buddies(0), friends.buddies(1), told()) == ([], [], before)


@pytest.mark.parametrize("how", ["leave", "hide", "erase"])
def test_leaving_hiding_and_erasing_end_all(friends: Friends, how: str) -> None:
    friends.pair(0, 1)
    friends.ask(2, 0)
    if how == "leave":
        with write_transaction():
            leave(friends.id, friends.ids[0], NOON)
    elif how == "hide":
        choose(friends.id, friends.ids[0], "hidden")
        choose(friends.id, friends.ids[0], "totals")
    else:
        db.session.delete(_runner(friends.ids[0]))
        db.session.commit()
    assert (friends.buddies(1), friends.asked(2)) == ([], [])


def test_hidden_members_neither_ask_nor_are_asked(friends: Friends) -> None:
    choose(friends.id, friends.ids[0], "hidden")
    with pytest.raises(service.BuddyNameHidden):
        friends.ask(0, 1)
    for one, other in ((1, 0), (1, 1)):
        with pytest.raises(NotFound):
            friends.ask(one, other)


@pytest.mark.both_databases
def test_buddies_see_each_others_week_in_sums(friends: Friends) -> None:
    friends.pair(0, 1)
    # It is Thursday.
    ran_on(friends.ids[1], days_before(TODAY, 0, 2), 5000, runs=2)
    ran_on(friends.ids[1], days_before(TODAY, 4), 9000)
    ran_on(friends.ids[2], days_before(TODAY, 0))
    assert [one.week for one in queries.weeks_of(friends.id, friends.slug, friends.ids[0], TODAY)] == [
        WeekSums(days=2, runs=4, distance_m=10_000)
    ]
    assert [one.week for one in queries.weeks_of(friends.id, friends.slug, friends.ids[1], TODAY)] == [WeekSums()]
    assert queries.weeks_of(friends.id, friends.slug, friends.ids[2], TODAY) == []
    choose(friends.id, friends.ids[1], "points")
    assert [one.week for one in queries.weeks_of(friends.id, friends.slug, friends.ids[0], TODAY)] == [None]
