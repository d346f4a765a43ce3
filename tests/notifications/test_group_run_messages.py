"""What runners are told of group runs: changes, the evening before, places, and that nobody leads."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from jobs.facts import due_facts
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.group_runs import TOMORROW, group_run, pace_group
from tests.support.inbox import messages_to, said_to
from tests.support.statements import asked
from tests.support.told_runs import answered, happened
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact
from webapp.group_runs import leader_service
from webapp.group_runs.queries import pace_groups_of
from webapp.group_runs.rules import RunPlan, details_of, pace_plan_of
from webapp.group_runs.service import cancel_run, change_run, restore_run
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun, LeaderOffer
from webapp.models.groups import Consent, Group
from webapp.models.notifications import Notification
from webapp.models.rsvps import Rsvp
from webapp.models.words import FactKind, RsvpAnswer
from webapp.notifications.inbox_queries import unread_count
from webapp.notifications.message_queries import messages_of

A_DAY, AN_HOUR = timedelta(days=1), timedelta(hours=1)
# Six in the evening in Berlin, the day before the run.
EVE = datetime.fromisoformat("2026-11-12T17:00:00+00:00")
START = datetime.fromisoformat("2026-11-13T17:30:00+00:00")
OLGA, LEO, ANA, BEN, CARO, DANA = range(6)


@pytest.fixture
def group(app: Flask) -> Group:
    clock().set(now=NOON)
    return make_group(tz="Europe/Berlin")


@pytest.fixture
def ids(group: Group) -> list[int]:
    """Olga organises and Leo leads runs; Ana, Ben, Caro and Dana run."""
    roles = {"Olga": "organiser", "Leo": "run_leader"}
    names = ("Olga", "Leo", "Ana", "Ben", "Caro", "Dana")
    return [make_member(group, make_runner(name), role=roles.get(name, "member")).runner_id for name in names]


@pytest.fixture
def run(group: Group, ids: list[int]) -> GroupRun:
    """A run of tomorrow evening. Ana is in, Ben may be, Caro waits, Dana is out; Leo leads "Steady"."""
    run = group_run(group, created_by_id=ids[OLGA], created_at=NOON - 10 * A_DAY)
    steady = pace_group(run, "Steady", leader_id=ids[LEO], distance_m=8000)
    answered(run, ids[ANA], pace_group_id=steady.id)
    answered(run, ids[BEN], "maybe")
    answered(run, ids[CARO], "waiting", queued_at=NOON)
    answered(run, ids[DANA], "out")
    db.session.commit()
    return run


def plan_of(run: GroupRun, **changes: Any) -> RunPlan:
    groups = tuple(pace_plan_of(one) for one in pace_groups_of([run.id])[run.id])
    return RunPlan(**{**details_of(run), "pace_groups": groups, **changes})


def told_about(run: GroupRun, ids: list[int], now: datetime = NOON) -> set[int]:
    """Return the places, in the list of runners, of those who are told something now."""
    return {place for place, runner_id in enumerate(ids) if said_to(runner_id, now)}


@pytest.mark.both_databases
def test_those_who_answered_or_lead_are_told_of_a_move(run: GroupRun, ids: list[int]) -> None:
    with write_transaction():
        plan = plan_of(run, local_minutes=19 * 60)
        change_run(run.id, plan, TOMORROW + A_DAY, ids[OLGA], NOON, reason="The track is closed")
    assert told_about(run, ids) == {LEO, ANA, BEN, CARO}
    assert said_to(ids[ANA]) == [
        "Tuesday run moves: Sat 14 Nov, 19:00 | The track is closed. | It starts on Sat 14 Nov at 19:00: The fountain. "
        "| It was planned for Fri 13 Nov, 18:30. | Are you still in? One tap says so."
    ]
    assert "Are you still in?" not in said_to(ids[LEO])[0]
    db.session.execute(update(Rsvp).values(answered_at=NOON + AN_HOUR))
    db.session.commit()
    assert "Are you still in?" not in said_to(ids[ANA])[0]


def test_a_change_within_a_day_is_urgent_and_of_another_kind(run: GroupRun, ids: list[int]) -> None:
    with write_transaction():
        change_run(run.id, plan_of(run, meeting_place="The bridge"), TOMORROW, ids[OLGA], START - AN_HOUR)
    (message,) = messages_to(ids[ANA], START - AN_HOUR)
    assert message.kind == FactKind.RUN_CHANGED_SOON
    assert message.subject == "Tuesday run has changed: today, 18:30"
    assert message.text_lines == ("It starts on Fri 13 Nov at 18:30: The bridge.",)


def test_a_cancelled_run_says_so_with_the_reason_and_one_that_is_brought_back_too(
    run: GroupRun, ids: list[int]
) -> None:
    with write_transaction():
        cancel_run(run.id, "Thunder", ids[OLGA], NOON)
    assert said_to(ids[ANA]) == ["Cancelled: Tuesday run, tomorrow 18:30 | Thunder. | No need to set out."]
    with write_transaction():
        restore_run(run.id, ids[OLGA], NOON + AN_HOUR)
    subjects = [one.subject for one in messages_to(ids[ANA], NOON + AN_HOUR)]
    assert subjects == ["Tuesday run takes place after all: tomorrow, 18:30"]


@pytest.mark.both_databases
def test_the_evening_before_each_reads_when_where_and_with_whom(run: GroupRun, ids: list[int]) -> None:
    for now, readers in ((EVE - AN_HOUR, set()), (EVE, {LEO, ANA, BEN, CARO}), (EVE + AN_HOUR, {LEO, ANA, BEN, CARO})):
        clock().set(now=now)
        due_facts()
        assert told_about(run, ids, now) == readers
    begin = "Tomorrow, 18:30: Tuesday run | We meet here: The fountain. | Easy miles."
    assert said_to(ids[ANA], EVE) == [f"{begin} | You run with Steady, 8.0 km."]
    assert said_to(ids[LEO], EVE) == [f"{begin} | You lead Steady."]
    assert said_to(ids[BEN], EVE) == [f"{begin} | You said maybe. Are you in?"]
    assert said_to(ids[CARO], EVE) == [
        f"{begin} | You are on the waiting list. If a place is free, we tell you at once."
    ]
    (message,) = messages_to(ids[ANA], START - AN_HOUR)
    assert message.subject == "Today, 18:30: Tuesday run"
    assert message.link.endswith(f"/runs/{run.id}")


def test_a_run_that_moves_is_brought_to_mind_again_and_the_old_reminder_goes(run: GroupRun, ids: list[int]) -> None:
    clock().set(now=EVE)
    due_facts()
    assert said_to(ids[ANA], EVE)
    with write_transaction():
        change_run(run.id, plan_of(run), TOMORROW + 3 * A_DAY, ids[OLGA], EVE + AN_HOUR)
    assert [one.kind for one in messages_to(ids[ANA], EVE + AN_HOUR)] == [FactKind.RUN_CHANGED_SOON]
    later = EVE + 3 * A_DAY
    clock().set(now=later)
    due_facts()
    due_facts()
    reminders = messages_to(ids[ANA], later, FactKind.RUN_REMINDER)
    assert [one.subject for one in reminders] == ["Tomorrow, 18:30: Tuesday run"]


def test_a_run_is_not_brought_to_mind_right_after_its_move_was_told(run: GroupRun, ids: list[int]) -> None:
    clock().set(now=EVE - AN_HOUR)
    with write_transaction():
        change_run(run.id, plan_of(run, local_minutes=17 * 60), TOMORROW, ids[OLGA], EVE + AN_HOUR / 2)
    clock().set(now=EVE + AN_HOUR)
    due_facts()
    assert [one.kind for one in messages_to(ids[ANA], EVE + AN_HOUR)] == [FactKind.RUN_CHANGED_SOON]


def test_a_reminder_disappears_when_the_run_begins_or_is_cancelled(run: GroupRun, ids: list[int]) -> None:
    clock().set(now=EVE)
    due_facts()
    assert said_to(ids[ANA], EVE)
    assert said_to(ids[ANA], START) == []
    clock().set(now=START)
    due_facts()
    assert unread_count(ids[ANA]) == 0


def test_nobody_is_reminded_of_a_cancelled_run_nor_in_an_archived_group(
    group: Group, run: GroupRun, ids: list[int]
) -> None:
    cancelled = group_run(group, status="cancelled")
    answered(cancelled, ids[DANA])
    group.archived_at = NOON
    db.session.commit()
    clock().set(now=EVE)
    due_facts()
    assert told_about(run, ids, EVE) == set()
    group.archived_at = None
    db.session.commit()
    due_facts()
    assert told_about(run, ids, EVE) == {LEO, ANA, BEN, CARO}


def test_whoever_says_out_after_the_reminder_no_longer_reads_it(run: GroupRun, ids: list[int]) -> None:
    clock().set(now=EVE)
    due_facts()
    assert said_to(ids[ANA], EVE)
    db.session.execute(update(Rsvp).where(Rsvp.runner_id == ids[ANA]).values(answer=RsvpAnswer.OUT))
    db.session.commit()
    assert said_to(ids[ANA], EVE) == []


def test_what_a_muted_member_planned_is_told_without_their_words(group: Group, run: GroupRun, ids: list[int]) -> None:
    db.session.execute(update(Consent).where(Consent.runner_id == ids[OLGA]).values(muted_at=NOON))
    run.rain_plan = "We swim"
    db.session.commit()
    clock().set(now=EVE)
    due_facts()
    (said,) = said_to(ids[ANA], EVE)
    assert "Easy miles" not in said and "We swim" not in said and "The fountain" in said


def test_one_who_waited_reads_that_they_moved_up_as_long_as_they_are_in(run: GroupRun, ids: list[int]) -> None:
    db.session.execute(update(Rsvp).where(Rsvp.runner_id == ids[CARO]).values(answer=RsvpAnswer.IN))
    happened(FactKind.PLACE_FREED, run, runner_id=ids[CARO])
    assert said_to(ids[CARO]) == [
        "You are in: Tuesday run, tomorrow 18:30 | A place is free, and you moved up from the waiting list. | "
        "We meet here: The fountain. | If you cannot come, say so, and the next in line moves up."
    ]
    assert said_to(ids[CARO], START) == []
    db.session.execute(update(Rsvp).where(Rsvp.runner_id == ids[CARO]).values(answer=RsvpAnswer.OUT))
    db.session.commit()
    assert said_to(ids[CARO]) == []


def test_an_offered_place_says_until_when_by_the_readers_clock(run: GroupRun, ids: list[int]) -> None:
    until = START - 3 * AN_HOUR
    db.session.execute(update(Rsvp).where(Rsvp.runner_id == ids[CARO]).values(offered_until=until))
    happened(FactKind.PLACE_OFFERED, run, START - 5 * AN_HOUR, runner_id=ids[CARO])
    assert said_to(ids[CARO], START - 4 * AN_HOUR) == [
        "A place for you: Tuesday run, today 18:30 | It is yours if you take it by Fri 13 Nov, 15:30. After that we "
        "ask the next in line. | We meet here: The fountain."
    ]
    assert said_to(ids[CARO], until) == []


@pytest.mark.both_databases
def test_those_who_plan_runs_read_which_pace_group_nobody_leads(run: GroupRun, ids: list[int]) -> None:
    fast, easy = pace_group(run, "Fast"), pace_group(run, "Easy")
    db.session.commit()
    clock().set(now=NOON)
    due_facts()
    due_facts()
    assert told_about(run, ids) == {OLGA, LEO}
    assert said_to(ids[OLGA]) == [
        "Tuesday run, tomorrow 18:30, needs leaders | Nobody leads Fast or Easy yet. | Can you, or do you know who can?"
    ]
    db.session.add(LeaderOffer(pace_group_id=easy.id, runner_id=ids[ANA], offered_at=NOON))
    fast.leader_id = ids[BEN]
    db.session.commit()
    assert said_to(ids[OLGA]) == [
        "Tuesday run, tomorrow 18:30, needs a leader | Nobody leads Easy yet. | "
        "Somebody has offered to: one tap, and they lead."
    ]
    with write_transaction():
        leader_service.accept_offer(run.id, easy.id, ids[ANA], ids[OLGA], NOON)
    assert said_to(ids[OLGA]) == []
    due_facts()
    assert unread_count(ids[OLGA]) == 0


def test_a_leader_who_steps_down_is_missed_anew(run: GroupRun, ids: list[int]) -> None:
    clock().set(now=NOON)
    due_facts()
    assert told_about(run, ids) == set()
    led = pace_groups_of([run.id])[run.id][0].id
    with write_transaction():
        leader_service.step_down(run.id, led, ids[LEO], NOON)
    due_facts()
    assert [one.subject for one in messages_to(ids[OLGA])] == ["Tuesday run, tomorrow 18:30, needs a leader"]
    for _ in range(2):
        with write_transaction():
            leader_service.take_lead(run.id, led, ids[OLGA], NOON)
        due_facts()
        with write_transaction():
            leader_service.step_down(run.id, led, ids[OLGA], NOON + AN_HOUR)
        clock().set(now=NOON + AN_HOUR)
        due_facts()
        assert len(messages_to(ids[LEO], NOON + AN_HOUR)) == 1


def test_two_days_before_the_earlier_search_gives_way_to_the_last_one(group: Group, ids: list[int]) -> None:
    run = group_run(group, TOMORROW + 4 * A_DAY, created_at=NOON - A_DAY)
    led = pace_group(run, leader_id=ids[LEO])
    db.session.commit()
    with write_transaction():
        leader_service.step_down(run.id, led.id, ids[LEO], NOON)
    assert len(said_to(ids[OLGA])) == 1
    now = START + 3 * A_DAY
    clock().set(now=now)
    due_facts()
    due_facts()
    assert len(messages_to(ids[OLGA], now)) == 1
    live = (
        select(func.count())
        .select_from(Fact)
        .where(Fact.kind == FactKind.LEADER_NEEDED, Fact.withdrawn_since.is_(None))
    )
    assert db.session.scalar(live) == 1


def test_one_who_left_the_group_is_told_nothing_and_a_run_that_is_gone_neither(run: GroupRun, ids: list[int]) -> None:
    with write_transaction():
        record_fact(
            FactKind.RUN_CHANGED, "x", NOON, group_id=run.group_id, group_run_id=run.id, by_id=ids[OLGA], data={}
        )
    assert said_to(ids[ANA])
    db.session.execute(delete(GroupRun))
    db.session.commit()
    assert said_to(ids[ANA]) == []


def test_words_of_many_take_as_many_statements_as_those_of_one(run: GroupRun, ids: list[int]) -> None:
    pace_group(run, "Fast")
    db.session.commit()
    clock().set(now=EVE)
    due_facts()
    for runner_id in ids:
        messages_to(runner_id, EVE)
    numbers = db.session.scalars(select(Notification.id)).all()
    with asked() as few:
        messages_of(numbers[:1], EVE)
    with asked() as many:
        messages_of(numbers, EVE)
    # Two kinds, each with its own statements.
    assert len(numbers) > 4 and len(many) <= 2 * len(few)
