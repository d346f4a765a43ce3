"""Answering a group run on its pages: what members send, what they read back, and what others see."""

from datetime import timedelta

import pytest

from tests.support.browser import words
from tests.support.builders import make_member, make_runner
from tests.support.cast import Cast
from tests.support.group_runs import group_run, pace_group
from tests.support.html import elements, text_of
from tests.support.rsvps import IN, OUT, WAITING, answer, answers, members, rsvp
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.queries import membership_of
from webapp.models.breaks import RunnerBreak
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Consent
from webapp.models.rsvps import Rsvp
from webapp.models.words import BreakReason, ConsentLevel, RunStatus
from webapp.rsvps import queries
from webapp.rsvps.page_context import answer_context, answers_context


@pytest.fixture
def run(cast: Cast) -> GroupRun:
    made = group_run(cast.group, max_runners=2)
    db.session.commit()
    return made


def path(cast: Cast, run: GroupRun, does: str = "answer") -> str:
    return f"{cast.home}/runs/{run.id}/{does}"


def own(cast: Cast, run: GroupRun) -> Rsvp:
    db.session.expire_all()
    return queries.own_answers(cast.runners["member"].id, [run.id])[run.id]


def test_one_tap_is_an_answer_and_keeps_the_rest(cast: Cast, run: GroupRun) -> None:
    member, easy = cast.browsers["member"], pace_group(run, "Easy")
    db.session.commit()
    sent = {"answer": "in", "pace_group": str(easy.id), "guests": "1", "note": "Five minutes late"}
    said = member.post(path(cast, run), sent, follow_redirects=True)
    assert "You’re in, with 1 guest." in words(said)
    member.post(path(cast, run), {"answer": "maybe"})
    mine = own(cast, run)
    assert (mine.answer, mine.pace_group_id, mine.guests, mine.note) == ("maybe", easy.id, 1, "Five minutes late")


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Please choose one of the three."),
        ({"answer": "perhaps"}, "Please choose one of the three."),
        ({"answer": "waiting"}, "Please choose one of the three."),
        ({"answer": "in", "guests": "6"}, "Not a valid choice."),
        ({"answer": "in", "guests": "many"}, "Invalid Choice"),
        ({"answer": "in", "pace_group": "4711"}, "Not a valid choice."),
        ({"answer": "in", "note": "x" * 201}, "At most 200 characters, please."),
    ],
)
def test_what_no_form_sends_is_refused_beside_its_field(
    cast: Cast, run: GroupRun, sent: dict[str, str], says: str
) -> None:
    pace_group(run)
    db.session.commit()
    read = cast.browsers["member"].post(path(cast, run), {"note": "Can drive two", **sent})
    assert read.status_code == 200 and says in words(read)
    assert sent.get("note", "Can drive two") in read.text, "nothing typed is lost"
    assert answers(run) == {}


def test_more_guests_than_places_are_refused_beside_the_field(cast: Cast, run: GroupRun) -> None:
    member = cast.browsers["member"]
    member.post(path(cast, run), {"answer": "in"})
    read = member.post(path(cast, run), {"answer": "in", "guests": "3", "note": "My family"})
    assert "There is room for you and 1 guest." in words(read) and "My family" in read.text
    assert own(cast, run).guests == 0


def test_somebody_waits_and_moves_up(cast: Cast, run: GroupRun) -> None:
    first, second = members(cast.group, ["Ana Ruiz", "Bo Berg"])
    for one in (first, second):
        answer(run, one, now=clock().now())
    said = cast.browsers["member"].post(path(cast, run), {"answer": "in"}, follow_redirects=True)
    assert "You are 1st on the waiting list" in words(said)
    answer(run, first, OUT, clock().now())
    assert own(cast, run).answer == IN


def test_an_offer_is_accepted_while_it_is_held(cast: Cast, run: GroupRun) -> None:
    run.starts_at, now = clock().now() + timedelta(hours=5), clock().now()
    others = members(cast.group, ["Ana Ruiz", "Bo Berg"])
    for one in others:
        answer(run, one, now=now)
    member = cast.browsers["member"]
    member.post(path(cast, run), {"answer": "in"})
    said = member.post(path(cast, run, "accept"), follow_redirects=True)
    assert "You are still on the waiting list." in words(said)
    answer(run, others[0], OUT, now)
    assert own(cast, run).offered_until is not None
    assert "You’re in. See you there!" in words(member.post(path(cast, run, "accept"), follow_redirects=True))
    assert cast.browsers["organiser"].post(path(cast, run, "accept")).status_code == 404


def test_after_the_start_and_when_it_is_cancelled_the_page_says_so(cast: Cast, run: GroupRun) -> None:
    member = cast.browsers["member"]
    member.post(path(cast, run), {"answer": "in"})
    run.starts_at = clock().now()
    db.session.commit()
    for does in ("answer", "confirm"):
        said = member.post(path(cast, run, does), {"answer": "out"}, follow_redirects=True)
        assert "This run has begun. It takes no more answers." in words(said)
    run.status = RunStatus.CANCELLED
    db.session.commit()
    for does in ("answer", "accept", "confirm"):
        said = member.post(path(cast, run, does), {"answer": "out"}, follow_redirects=True)
        assert "This run is cancelled. It takes no answers." in words(said)
    assert own(cast, run).answer == IN


def test_a_moved_run_asks_again_and_one_tap_is_enough(cast: Cast, run: GroupRun) -> None:
    member = cast.browsers["member"]
    assert member.post(path(cast, run, "confirm")).status_code == 404
    member.post(path(cast, run), {"answer": "in"})
    run.asked_again_at = clock().now() + timedelta(seconds=1)
    db.session.commit()
    clock().set(now=clock().now() + timedelta(minutes=1))
    membership = membership_of(cast.group.id, cast.runners["member"].id)
    assert membership is not None
    assert answer_context(run, membership, clock().now())["answering"].asks_again
    assert "Your answer stands" in words(member.post(path(cast, run, "confirm"), follow_redirects=True))
    assert own(cast, run).answered_at > run.asked_again_at
    assert not answer_context(run, membership, clock().now())["answering"].asks_again


def test_only_members_of_the_group_reach_it(cast: Cast, run: GroupRun) -> None:
    assert cast.statuses(path(cast, run, "answers")) == [200, 200, 404, 302]
    stranger = cast.browsers["stranger"]
    for does in ("answer", "accept", "confirm"):
        assert stranger.post(path(cast, run, does), {"answer": "in"}).status_code == 404
    assert answers(run) == {}


def test_an_archived_group_takes_no_answers(cast: Cast, run: GroupRun) -> None:
    cast.group.archived_at = clock().now()
    db.session.commit()
    assert cast.browsers["member"].post(path(cast, run), {"answer": "in"}).status_code == 409
    assert cast.browsers["member"].get(path(cast, run, "answers")).status_code == 200


def test_those_who_count_a_run_read_who_is_excused_and_not_why(cast: Cast, run: GroupRun) -> None:
    ana, bo = members(cast.group, ["Ana Ruiz", "Bo Berg"])
    for runner in (ana, bo):
        rsvp(run, runner, OUT)
    db.session.add(RunnerBreak(runner_id=ana, starts_on=run.on_date, reason=BreakReason.INJURED))
    db.session.commit()
    read = cast.browsers["organiser"].get(path(cast, run, "answers?answer=out"))
    assert [text_of(one) for one in elements(read.text, ".comers .who")] == ["Ana Ruiz Excused", "Bo Berg"]
    assert "injured" not in read.text.casefold()


def test_those_who_are_in_are_listed_by_name(cast: Cast, run: GroupRun) -> None:
    run.max_runners, easy = None, pace_group(run, "Easy")
    ana, bo, cy = members(cast.group, ["Ana Ruiz", "Bo Berg", "Cy Cole"])
    rsvp(run, bo, note="Can drive two", pace_group_id=easy.id)
    rsvp(run, ana, guests=2)
    rsvp(run, cy, OUT, note="My knee")
    read = cast.browsers["member"].get(path(cast, run, "answers"))
    names = [text_of(one) for one in elements(read.text, ".comers .who")]
    assert names == ["Ana Ruiz +2 guests", "Bo Berg Easy · Can drive two"]
    assert cast.browsers["member"].get(path(cast, run, "answers?answer=out")).status_code == 404
    assert "My knee" in words(cast.browsers["organiser"].get(path(cast, run, "answers?answer=out")))
    assert cast.browsers["member"].get(path(cast, run, "answers?answer=x")).status_code == 404


def test_a_hidden_runner_has_a_place_and_no_name(cast: Cast, run: GroupRun) -> None:
    hidden = make_member(cast.group, make_runner("Secret Sam"), level=ConsentLevel.HIDDEN)
    easy = pace_group(run, "Easy")
    rsvp(run, hidden.runner_id, guests=1, note="Secret note", pace_group_id=easy.id)
    read = words(cast.browsers["member"].get(path(cast, run, "answers")))
    assert "A hidden runner" in read and "In 1" in read
    assert not any(secret in read for secret in ("Sam", "Secret note", "Easy"))
    answers = answers_context(run, cast.runners["member"].id, clock().now())["answers"]
    assert answers.hidden == 1 and answers.counts.coming == 2 and answers.counts.taken == 2
    mine = answers_context(run, hidden.runner_id, clock().now())["answers"]
    assert mine.hidden == 0 and mine.pace_groups[0].runners[0].note == "Secret note"


def test_a_note_of_a_muted_member_reaches_themselves_alone(cast: Cast, run: GroupRun) -> None:
    member = cast.runners["member"]
    rsvp(run, member.id, note="Rude words")
    consent = db.session.query(Consent).filter_by(runner_id=member.id).one()
    consent.muted_at = clock().now()
    db.session.commit()
    assert "Rude words" in words(cast.browsers["member"].get(path(cast, run, "answers")))
    assert "Rude words" not in words(cast.browsers["organiser"].get(path(cast, run, "answers")))


def test_the_waiting_list_is_shown_in_its_order(cast: Cast, run: GroupRun) -> None:
    zoe, ana, bo = members(cast.group, ["Zoe Zaki", "Ana Ruiz", "Bo Berg"])
    for minutes, one in enumerate((zoe, ana, bo)):
        rsvp(run, one, WAITING, queued_at=clock().now() + timedelta(minutes=minutes), guests=minutes)
    read = cast.browsers["member"].get(path(cast, run, "answers?answer=waiting"))
    names = [text_of(one) for one in elements(read.text, ".comers .who")]
    assert names == ["1 Zoe Zaki", "2 Ana Ruiz +1 guest", "3 Bo Berg +2 guests"]
