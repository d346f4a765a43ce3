"""Facts are recorded once, withdrawn, and recorded again; what that costs does not grow with their readers."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import NOON, make_challenge, make_group, make_member, make_runner
from tests.support.facts import announce, told
from tests.support.statements import asked
from webapp.db import db, write_transaction
from webapp.facts.service import (
    NewFact,
    forget_facts_of_member,
    record_fact,
    record_facts,
    withdraw_facts,
    withdraw_facts_of,
)
from webapp.job_names import Job
from webapp.models.facts import Fact
from webapp.models.groups import Group
from webapp.models.notifications import Notification
from webapp.models.words import FactKind
from webapp.notifications.fan_out_service import tell_own_facts
from webapp.queue import waiting_key
from webapp.redis import redis_client

pytestmark = pytest.mark.both_databases


@pytest.fixture
def group(app: Flask) -> Group:
    return make_group()


def facts() -> dict[str, bool]:
    """Return the recorded facts by key, each with whether it is withdrawn."""
    db.session.rollback()
    return {fact.key: fact.withdrawn_since is not None for fact in db.session.scalars(select(Fact))}


def test_recording_a_fact_again_is_the_same_fact_and_enqueues_the_job_that_tells_it(group: Group) -> None:
    first = announce(group, 7)
    first_id, happened_at = first.id, first.happened_at
    with write_transaction():
        record_fact(FactKind.ANNOUNCEMENT, 7, NOON + timedelta(days=1), group_id=group.id)
    again = db.session.scalars(select(Fact)).one()
    assert (again.id, again.happened_at) == (first_id, happened_at)
    assert redis_client().exists(waiting_key(Job.FAN_OUT_FACTS, ()))


def test_the_same_fact_can_come_twice_in_one_go(group: Group) -> None:
    with write_transaction():
        record_facts([NewFact(FactKind.OVERTAKEN, key, group.id) for key in ("b", "a", "b")], NOON)
    assert facts() == {"a": False, "b": False}


def test_what_a_rollback_undoes_is_no_fact(group: Group) -> None:
    with pytest.raises(ValueError), write_transaction():
        record_fact(FactKind.ANNOUNCEMENT, 7, NOON, group_id=group.id)
        raise ValueError
    assert facts() == {}
    assert not redis_client().exists(waiting_key(Job.FAN_OUT_FACTS, ()))


def test_a_withdrawn_fact_that_is_recorded_again_counts_again(group: Group) -> None:
    announce(group, 7)
    with write_transaction():
        withdraw_facts(FactKind.ANNOUNCEMENT, [7, 8], NOON)
    assert facts() == {"7": True}
    announce(group, 7)
    assert facts() == {"7": False}


def test_the_facts_of_a_challenge_are_withdrawn_but_for_those_that_still_hold(group: Group) -> None:
    challenge, other = make_challenge(group), make_challenge(group, name="Another")
    runner = make_runner()
    new = [NewFact(FactKind.OVERTAKEN, key, challenge_id=challenge.id, runner_id=runner.id) for key in "abc"]
    with write_transaction():
        record_facts([*new, NewFact(FactKind.OVERTAKEN, "d", challenge_id=other.id, runner_id=runner.id)], NOON)
        withdraw_facts_of(FactKind.OVERTAKEN, challenge.id, NOON, except_keys={"b"})
    assert facts() == {"a": True, "b": False, "c": True, "d": False}


def test_recording_costs_one_statement_whatever_the_size_of_the_group(group: Group) -> None:
    for number in range(12):
        make_member(group, make_runner(f"Runner {number}"))
    with write_transaction(), asked() as found:
        record_fact(FactKind.ANNOUNCEMENT, 1, NOON, group_id=group.id)
    assert len([statement for statement, _ in found if "fact" in statement]) == 1


def test_a_member_who_leaves_takes_along_what_they_were_told_and_what_was_told_about_them(group: Group) -> None:
    ana, ben = make_runner("Ana"), make_runner("Ben")
    ids = ana.id, ben.id
    with write_transaction():
        for key, runner, about in (("1", ids[0], ids[1]), ("2", ids[1], ids[0]), ("3", ids[1], None)):
            record_fact(FactKind.OVERTAKEN, key, NOON, group_id=group.id, runner_id=runner, about_id=about)
        tell_own_facts(NOON)
        forget_facts_of_member(group.id, ids[0])
    assert facts() == {"3": False}
    assert [runner for _, runner in told()] == [ids[1]]


def test_erasing_a_runner_erases_what_they_were_told_and_the_facts_that_name_them(group: Group) -> None:
    ana, ben = make_runner("Ana"), make_runner("Ben")
    with write_transaction():
        record_fact(FactKind.OVERTAKEN, 1, NOON, group_id=group.id, runner_id=ana.id, about_id=ben.id)
        record_fact(FactKind.OVERTOOK, 1, NOON, group_id=group.id, runner_id=ben.id, about_id=ana.id)
        record_fact(FactKind.ANNOUNCEMENT, 1, NOON, group_id=group.id, by_id=ben.id)
        tell_own_facts(NOON)
        db.session.delete(ben)
    assert [fact.kind for fact in db.session.scalars(select(Fact))] == [FactKind.ANNOUNCEMENT]
    assert db.session.scalars(select(Notification)).all() == []
