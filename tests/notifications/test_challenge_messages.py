"""What runners are told of challenges: they begin, they are final, nothing follows them, it is their turn."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from jobs.facts import due_facts
from tests.support.boards import make_board, publish, set_total
from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from tests.support.drafted import BEFORE, Draft
from tests.support.inbox import messages_to, said_to
from tests.support.overtakes import derive_overtakes
from webapp.challenge_admin.closing_service import freeze
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.challenges import Entry
from webapp.models.words import FactKind
from webapp.rulebook.lifecycle import closes_at

A_DAY = timedelta(days=1)
FINAL = closes_at(date(2026, 11, 30), 24) + A_DAY


@pytest.mark.both_databases
def test_members_read_that_a_challenge_begins_on_its_first_day_where_they_are(app: Flask) -> None:
    group = make_group(tz="America/New_York")
    ana = make_member(group, make_runner("Ana Ruiz")).runner_id
    make_challenge(group, created_at=datetime(2026, 10, 20, tzinfo=UTC))
    first = datetime(2026, 11, 1, 3, tzinfo=UTC)
    for now, heard in ((first, 0), (first + timedelta(hours=2), 1), (first + timedelta(hours=4), 1)):
        clock().set(now=now)
        due_facts()
        assert len(said_to(ana, now)) == heard
    assert said_to(ana, now) == ["November begins today | It runs from Sun 1 Nov until Mon 30 Nov, in Morning Milers."]
    assert messages_to(ana, now + A_DAY)[0].subject == "November has begun"


def test_a_challenge_that_was_made_after_it_began_is_no_news(app: Flask) -> None:
    group = make_group()
    ana = make_member(group, make_runner("Ana Ruiz")).runner_id
    make_challenge(group, created_at=datetime(2026, 11, 2, 7, tzinfo=UTC))
    clock().set(now=datetime(2026, 11, 2, 8, tzinfo=UTC))
    due_facts()
    assert said_to(ana) == []


def test_an_archived_group_tells_nothing(app: Flask) -> None:
    group = make_group(archived_at=NOON)
    ana = make_member(group, make_runner("Ana Ruiz"), role="organiser").runner_id
    make_entry(make_challenge(group, created_at=NOON), db.session.get_one(type(make_runner()), ana))
    clock().set(now=datetime(2026, 11, 28, 8, tzinfo=UTC))
    due_facts()
    assert said_to(ana) == []


@pytest.mark.both_databases
def test_a_final_challenge_says_what_the_reader_has_and_no_place(app: Flask) -> None:
    clock().set(now=FINAL)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Lang"])
    set_total(made, dict(zip(made.entries, (9000, 6000, 0), strict=True)))
    publish(made, FINAL.date())
    derive_overtakes(made, FINAL.date(), FINAL)
    db.session.execute(update(Entry).values(baseline_snapshot_at=NOON))
    db.session.commit()
    with write_transaction():
        freeze(made.challenge.id, FINAL)
    with_result, without = said_to(made.runners[1], FINAL), said_to(made.runners[2], FINAL)
    assert with_result == [
        "November is final | You have 6.0 km from 1 day. | The board of Morning Milers shows how it ended."
    ]
    assert without == ["November is final | All late runs are in. | The board of Morning Milers shows how it ended."]


@pytest.mark.both_databases
def test_organisers_read_that_nothing_follows_until_something_does(app: Flask) -> None:
    group = make_group()
    olga = make_member(group, make_runner("Olga Orlova"), role="organiser").runner_id
    mia = make_member(group, make_runner("Mia Meyer")).runner_id
    make_challenge(group)
    now = datetime(2026, 11, 25, 8, tzinfo=UTC)
    clock().set(now=now)
    due_facts()
    assert said_to(mia, now) == []
    assert said_to(olga, now) == [
        "Nothing follows November yet | Its last day is Mon 30 Nov, and Morning Milers has no challenge after it. | "
        "You can go on with one tap on the group’s page, or start another one."
    ]
    make_challenge(group, name="December", starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 31))
    due_facts()
    assert said_to(olga, now, FactKind.NO_SUCCESSOR) == []


def test_a_captain_reads_that_it_is_their_turn_until_they_have_picked(app: Flask) -> None:
    clock().set(now=BEFORE)
    draft = Draft(others=2)
    first, second = draft.captains
    due_facts()
    assert said_to(first, BEFORE) == [
        "Your turn to pick for Team 1 | The other captains of November wait for your pick. | It begins on Sun 1 Nov."
    ]
    assert said_to(second, BEFORE) == []
    draft.pick(first, draft.others[0])
    assert said_to(first, BEFORE) == []
    assert [one.subject for one in messages_to(second, BEFORE)] == ["Your turn to pick for Team 2"]
    draft.undo(1, draft.others[0], first)
    assert said_to(second, BEFORE) == []
    assert len(said_to(first, BEFORE)) == 1
    for captain, runner in zip(draft.captains, draft.others, strict=True):
        draft.pick(captain, runner)
    assert said_to(first, BEFORE) == said_to(second, BEFORE) == []
