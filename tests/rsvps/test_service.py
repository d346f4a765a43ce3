"""Answering group runs: places, the waiting list, offers, breaks and leaving."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete
from werkzeug.exceptions import NotFound

from tests.support.at_once import elsewhere, wait_until_it_waits
from tests.support.builders import NOON, make_group
from tests.support.group_runs import group_run, pace_group
from tests.support.rsvps import IN, MAYBE, OUT, WAITING, answer, answers, members, rsvp, told
from webapp.breaks.rules import Dates
from webapp.db import db, write_transaction
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group, Membership
from webapp.models.rsvps import Rsvp
from webapp.models.words import RunStatus
from webapp.rsvps import queries, service
from webapp.rsvps.rules import HELD_FOR
from webapp.rsvps.service import AnsweredCancelledRun, AnsweredTooLate, NoSuchPaceGroup, TooFewPlaces, WantedAnswer

pytestmark = pytest.mark.both_databases

START = datetime(2026, 11, 13, 18, 30, tzinfo=NOON.tzinfo)
EVENING = START - timedelta(hours=10)  # a freed place is offered by now
MINUTE = timedelta(minutes=1)


@pytest.fixture
def group(app: Flask) -> Group:
    return make_group()


def fill(run: GroupRun, now: datetime = NOON) -> None:
    with write_transaction():
        service.fill_places(run.id, now)


def accept(run: GroupRun, runner_id: int, now: datetime) -> Rsvp:
    with write_transaction():
        return service.accept_offer(run.id, runner_id, now)


def test_an_answer_is_stored_and_changed(group: Group) -> None:
    run, (ana,) = group_run(group), members(group, ["Ana"])
    steady = pace_group(run)
    assert answer(run, ana, pace_group=steady, guests=2, note="With my sisters") == IN
    mine = queries.own_answers(ana, [run.id])[run.id]
    assert (mine.pace_group_id, mine.guests, mine.note, mine.queued_at) == (steady.id, 2, "With my sisters", None)
    assert answer(run, ana, MAYBE, NOON + MINUTE) == MAYBE
    mine = queries.own_answers(ana, [run.id])[run.id]
    assert (mine.pace_group_id, mine.guests, mine.note, mine.answered_at) == (None, 0, "", NOON + MINUTE)
    assert answer(run, ana, OUT) == OUT
    assert answers(run) == {ana: "out"}


def test_more_than_there_are_places_wait_and_move_up_in_order(group: Group) -> None:
    run, (ana, bo, cy, di) = group_run(group, max_runners=2), members(group, ["Ana", "Bo", "Cy", "Di"])
    given = [answer(run, one, now=NOON + place * MINUTE) for place, one in enumerate((ana, bo, cy, di))]
    assert given == [IN, IN, WAITING, WAITING]
    assert answer(run, cy, now=NOON + 9 * MINUTE) == WAITING, "asking again moves nobody"
    assert told(run) == []
    answer(run, ana, OUT)
    assert answers(run) == {ana: "out", bo: "in", cy: "in", di: "waiting"}
    assert told(run) == [(cy, False)]
    answer(run, bo, MAYBE)
    assert answers(run)[di] == "in" and told(run) == [(cy, False), (di, False)]
    fill(run)
    assert told(run) == [(cy, False), (di, False)], "each is told once"
    answer(run, cy, OUT)
    assert told(run) == [(di, False)], "it is no longer true of Cy"


def test_guests_take_places(group: Group) -> None:
    run, (ana, bo, cy) = group_run(group, max_runners=4), members(group, ["Ana", "Bo", "Cy"])
    assert answer(run, ana, guests=2) == IN
    assert answer(run, bo, guests=1, now=NOON + MINUTE) == WAITING
    counts = queries.counts_of([run.id], NOON)[run.id]
    assert (counts.coming, counts.taken, counts.free, counts.waiting) == (3, 3, 0, 1), "it is held for Bo"
    with pytest.raises(TooFewPlaces) as few:
        answer(run, ana, guests=4)
    assert few.value.guests == 2
    assert queries.own_answers(ana, [run.id])[run.id].guests == 2, "what they have is kept"
    assert answer(run, cy, now=NOON + 2 * MINUTE) == WAITING
    assert queries.own_answers(bo, [run.id])[run.id].offered_until == NOON + MINUTE + HELD_FOR
    answer(run, ana, guests=0, now=NOON + 3 * MINUTE)
    assert answers(run) == {ana: "in", bo: "in", cy: "in"}


def test_a_party_is_asked_whether_it_comes_smaller_before_the_next_moves_up(group: Group) -> None:
    run, (ana, bo, cy) = group_run(group, max_runners=2), members(group, ["Ana", "Bo", "Cy"])
    answer(run, ana)
    answer(run, bo, guests=2, now=NOON + MINUTE)
    answer(run, cy, now=NOON + 2 * MINUTE)
    assert answers(run) == {ana: "in", bo: "offered", cy: "waiting"}
    assert told(run) == [(bo, True)]
    fill(run, NOON + MINUTE + HELD_FOR)
    assert answers(run) == {ana: "in", bo: "waiting", cy: "in"}, "they had the choice"
    assert told(run) == [(cy, False)]


def test_a_party_comes_smaller(group: Group) -> None:
    run, (ana, bo) = group_run(group, max_runners=3), members(group, ["Ana", "Bo"])
    answer(run, ana)
    answer(run, bo, guests=4, now=NOON + MINUTE)
    with pytest.raises(TooFewPlaces) as few:
        answer(run, bo, guests=2, now=NOON + 2 * MINUTE)
    assert few.value.guests == 1
    assert accept(run, bo, NOON + 2 * MINUTE).guests == 1
    assert answers(run) == {ana: "in", bo: "in"} and told(run) == [], "Bo knows"


def test_shortly_before_the_start_a_freed_place_is_offered_for_two_hours(group: Group) -> None:
    run, (ana, bo, cy, di) = group_run(group, max_runners=1), members(group, ["Ana", "Bo", "Cy", "Di"])
    for place, one in enumerate((ana, bo, cy)):
        answer(run, one, now=NOON + place * MINUTE)
    answer(run, ana, OUT, EVENING)
    assert answers(run) == {ana: "out", bo: "offered", cy: "waiting"} and told(run) == [(bo, True)]
    assert answer(run, di, now=EVENING + MINUTE) == WAITING, "the place is held for Bo"
    fill(run, EVENING + HELD_FOR)
    assert answers(run) == {ana: "out", bo: "waiting", cy: "offered", di: "waiting"} and told(run) == [(cy, True)]
    assert accept(run, cy, EVENING + HELD_FOR + MINUTE).answer == IN
    assert answers(run)[cy] == "in" and told(run) == []


def test_an_offer_that_is_over_is_no_claim_but_a_free_place_is_anybodys(group: Group) -> None:
    run, (ana, bo) = group_run(group, max_runners=1), members(group, ["Ana", "Bo"])
    answer(run, ana)
    answer(run, bo, now=NOON + MINUTE)
    answer(run, ana, OUT, EVENING)
    late = EVENING + HELD_FOR
    assert answer(run, ana, now=late) == IN, "nobody else was there to be asked"
    assert accept(run, bo, late).answer == WAITING
    answer(run, ana, OUT, late + MINUTE)
    assert answers(run)[bo] == "offered", "Bo asked again, and so is asked again"
    assert accept(run, bo, late + 2 * MINUTE).answer == IN
    assert accept(run, bo, late + 2 * MINUTE).answer == IN, "twice is harmless"


def test_an_offer_ends_with_the_start(group: Group) -> None:
    run, (ana, bo) = group_run(group, max_runners=1), members(group, ["Ana", "Bo"])
    answer(run, ana)
    answer(run, bo, now=NOON + MINUTE)
    answer(run, ana, OUT, START - 30 * MINUTE)
    assert queries.own_answers(bo, [run.id])[run.id].offered_until == START
    fill(run, START)
    assert answers(run)[bo] == "waiting" and told(run) == []


def test_pace_groups_have_limits_of_their_own(group: Group) -> None:
    run, (ana, bo, cy, di) = group_run(group), members(group, ["Ana", "Bo", "Cy", "Di"])
    easy, long = pace_group(run, "Easy", max_runners=1), pace_group(run, "Long", max_runners=2)
    assert answer(run, ana, pace_group=easy) == IN
    assert answer(run, bo, pace_group=easy, now=NOON + MINUTE) == WAITING
    assert answer(run, cy, pace_group=long) == IN
    with pytest.raises(TooFewPlaces) as few:
        answer(run, cy, pace_group=easy)
    assert few.value.guests is None, "Easy is full, and Cy keeps the place in Long"
    assert answer(run, di) == IN, "somebody who has not chosen yet"
    assert answer(run, bo, now=NOON + 2 * MINUTE) == WAITING, "there are three places in all"
    answer(run, di, OUT)
    assert answers(run)[bo] == "in"
    with pytest.raises(NoSuchPaceGroup):
        answer(run, bo, pace_group=pace_group(group_run(group)))


def test_whoever_leads_takes_no_place(group: Group) -> None:
    run, (ana, bo, cy) = group_run(group, max_runners=1), members(group, ["Ana", "Bo", "Cy"])
    pace_group(run, leader_id=ana, back_marker_id=bo)
    assert [answer(run, one) for one in (cy, ana, bo)] == [IN, IN, IN]
    assert queries.counts_of([run.id], NOON)[run.id].taken == 1
    with pytest.raises(TooFewPlaces):
        answer(run, ana, guests=1)


def test_a_raised_limit_lets_those_who_wait_in(group: Group) -> None:
    run, everybody = group_run(group, max_runners=1), members(group, ["Ana", "Bo", "Cy", "Di"])
    for place, one in enumerate(everybody):
        answer(run, one, now=NOON + place * MINUTE)
    run.max_runners = 3
    db.session.commit()
    fill(run)
    assert list(answers(run).values()) == ["in", "in", "in", "waiting"]
    run.max_runners = None
    db.session.commit()
    fill(run)
    assert set(answers(run).values()) == {"in"} and len(told(run)) == 3


def test_a_lowered_limit_puts_nobody_out_and_takes_back_what_was_offered(group: Group) -> None:
    run, (ana, bo, cy) = group_run(group, max_runners=2), members(group, ["Ana", "Bo", "Cy"])
    for place, one in enumerate((ana, bo, cy)):
        answer(run, one, now=NOON + place * MINUTE)
    answer(run, bo, OUT, EVENING)
    assert answers(run)[cy] == "offered"
    run.max_runners = 1
    db.session.commit()
    fill(run, EVENING + MINUTE)
    assert answers(run) == {ana: "in", bo: "out", cy: "waiting"} and told(run) == []
    assert answer(run, ana, note="Late", now=EVENING + MINUTE) == IN


def test_after_the_start_and_when_it_is_cancelled_a_run_takes_no_answer(group: Group) -> None:
    run, (ana, bo) = group_run(group, max_runners=1), members(group, ["Ana", "Bo"])
    answer(run, ana)
    answer(run, bo, now=NOON + MINUTE)
    for late in (START, START + timedelta(days=1)):
        with pytest.raises(AnsweredTooLate):
            answer(run, ana, OUT, late)
        with pytest.raises(AnsweredTooLate):
            accept(run, bo, late)
    answer(run, ana, OUT, EVENING)
    run.status = RunStatus.CANCELLED
    db.session.commit()
    with pytest.raises(AnsweredCancelledRun):
        answer(run, ana, IN, EVENING)
    fill(run, EVENING)
    assert answers(run) == {ana: "out", bo: "waiting"} and told(run) == []
    fill(run, EVENING + MINUTE)
    assert answers(run)[bo] == "waiting", "nobody moves up in it"


def test_only_members_answer(group: Group) -> None:
    run, (stranger,) = group_run(group), members(make_group("Night Owls"), ["Ana"])
    for run_id in (run.id, run.id + 999):
        with pytest.raises(NotFound), write_transaction():
            service.answer_run(run_id, stranger, WantedAnswer(IN), NOON)
    with pytest.raises(NotFound):
        accept(run, stranger, NOON)


def test_whoever_leaves_the_group_frees_their_places(group: Group) -> None:
    first, second = group_run(group, max_runners=1), group_run(group, date(2026, 11, 20), max_runners=1)
    past = group_run(group, date(2026, 11, 2))
    ana, bo = members(group, ["Ana", "Bo"])
    rsvp(past, ana)
    for run in (first, second):
        answer(run, ana)
        answer(run, bo, now=NOON + MINUTE)
    with write_transaction():
        service.leave_group(group.id, ana, NOON)
    assert answers(past) == {}
    assert answers(first) == answers(second) == {bo: "in"}
    assert told(first) == told(second) == [(bo, False)]


def test_a_break_excuses_from_the_runs_on_its_dates(group: Group) -> None:
    days = [date(2026, 11, day) for day in (13, 17, 24)]
    runs = [group_run(group, day, max_runners=1) for day in days]
    ana, bo = members(group, ["Ana", "Bo"])
    for run in runs:
        answer(run, ana, note="Yes!")
        answer(run, bo, now=NOON + MINUTE)
    with write_transaction():
        assert service.excuse(ana, Dates(days[0], days[1]), NOON) == 2
    assert [answers(run)[ana] for run in runs] == ["out", "out", "in"]
    assert [answers(run)[bo] for run in runs] == ["in", "in", "waiting"]
    assert queries.own_answers(ana, [runs[0].id])[runs[0].id].note == ""
    with write_transaction():
        assert service.excuse(ana, Dates(days[1], None), NOON) == 1
        assert service.excuse(bo, Dates(days[0], None), START) == 2, "the first one has begun"
    assert answers(runs[2]) == {ana: "out", bo: "out"}


def test_an_answer_to_a_moved_run_is_confirmed(group: Group) -> None:
    run, (ana, bo) = group_run(group), members(group, ["Ana", "Bo"])
    answer(run, ana)
    with write_transaction():
        assert service.confirm_answer(run.id, ana, NOON + MINUTE)
        assert not service.confirm_answer(run.id, bo, NOON + MINUTE)
    assert queries.own_answers(ana, [run.id])[run.id].answered_at == NOON + MINUTE


def test_a_place_in_the_queue(group: Group) -> None:
    run = group_run(group, max_runners=3)
    easy, _ = pace_group(run, "Easy", max_runners=1), pace_group(run, "Long")
    ana, bo, cy, di, eve = members(group, ["Ana", "Bo", "Cy", "Di", "Eve"])
    answer(run, ana, pace_group=easy)
    answer(run, bo, pace_group=easy, now=NOON + MINUTE)
    answer(run, cy)
    mine = queries.own_answers(bo, [run.id])[run.id]
    assert queries.place_in_queue(mine, is_run_full=False) == 1
    answer(run, di)
    answer(run, eve, now=NOON + 2 * MINUTE)
    theirs = queries.own_answers(eve, [run.id])[run.id]
    assert queries.place_in_queue(theirs, is_run_full=True) == 2
    assert queries.place_in_queue(theirs, is_run_full=False) == 1


def test_a_run_is_due_while_somebody_can_move(group: Group) -> None:
    full, empty, (ana, bo) = group_run(group, max_runners=1), group_run(group), members(group, ["Ana", "Bo"])
    answer(empty, ana)
    answer(full, ana)
    answer(full, bo, now=NOON + MINUTE)
    assert queries.due_runs(NOON) == [], "it is full"
    db.session.execute(delete(Rsvp).where(Rsvp.run_id == full.id, Rsvp.runner_id == ana))  # as erasing does
    db.session.commit()
    assert queries.due_runs(NOON) == [full.id] and queries.due_runs(START) == []
    fill(full, START - MINUTE)
    assert answers(full) == {bo: "offered"} and queries.due_runs(START - MINUTE) == []
    assert queries.due_runs(START) == [full.id], "an offer is over"
    full.status = RunStatus.CANCELLED
    db.session.commit()
    assert queries.due_runs(START - MINUTE) == [full.id]
    fill(full, START - MINUTE)
    assert queries.due_runs(START) == []


def test_the_last_place_goes_to_one_of_two_at_once(app: Flask, group: Group) -> None:
    run, (ana, bo) = group_run(group, max_runners=1), members(group, ["Ana", "Bo"])
    db.session.commit()
    run_id = run.id
    with ThreadPoolExecutor(1) as other, write_transaction():
        assert service.answer_run(run_id, ana, WantedAnswer(IN), NOON).answer == IN
        second = other.submit(elsewhere(app, lambda: _write(run_id, bo)))
        wait_until_it_waits()
        db.session.commit()
        second.result()
    assert list(answers(run).values()) == ["in", "waiting"]


def test_whoever_leaves_while_they_answer_leaves_no_answer(app: Flask, group: Group) -> None:
    run, (ana,) = group_run(group, max_runners=1), members(group, ["Ana"])
    db.session.commit()
    run_id, group_id = run.id, group.id
    with ThreadPoolExecutor(1) as other, write_transaction():
        service.answer_run(run_id, ana, WantedAnswer(IN), NOON)
        second = other.submit(elsewhere(app, lambda: _leave(group_id, ana)))
        wait_until_it_waits()
        db.session.commit()
        second.result()
    assert answers(run) == {}
    with pytest.raises(NotFound):
        answer(run, ana)


def _write(run_id: int, runner_id: int) -> None:
    with write_transaction():
        service.answer_run(run_id, runner_id, WantedAnswer(IN), NOON)


def _leave(group_id: int, runner_id: int) -> None:
    with write_transaction():
        mine = (Membership.group_id == group_id, Membership.runner_id == runner_id)
        db.session.execute(delete(Membership).where(*mine))
        service.leave_group(group_id, runner_id, NOON)
