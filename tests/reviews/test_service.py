"""Asking, deciding, answering: on a real database, with what follows for the total."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from werkzeug.exceptions import NotFound

from tests.support.builders import NOON, make_member, make_runner
from tests.support.derived import derive_from_nothing, everything
from tests.support.disputes import TOO_FAST, Dispute
from tests.support.worker import process_jobs, queued
from webapp.accounts.service import erase_runner
from webapp.db import begin_write, db
from webapp.errors import Problem
from webapp.extensions import clock
from webapp.groups.audit_queries import log_page
from webapp.job_names import Job
from webapp.memberships.service import leave
from webapp.models.challenges import Challenge
from webapp.models.groups import AuditLine, Membership
from webapp.models.reviews import Review
from webapp.paging import Page
from webapp.reviews.queries import review_for_decider, reviews_page, stopped_in
from webapp.reviews.service import (
    AlreadyAnswered,
    AlreadyDecided,
    DecidedMeanwhile,
    NothingToReview,
    ReviewTimeOver,
    Ruled,
    RunChanged,
    decide,
    stage_of,
    take_back,
)
from webapp.rulebook.judging import Decision, Verdict
from webapp.rulebook.lifecycle import closes_at
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.scoring.verdict_queries import verdicts_of

COUNT = Ruled(Decision.COUNT, "The clock of the stadium says so, too.")
LEAVE_OUT = Ruled(Decision.LEAVE_OUT, "That was a bicycle.")
ADJUST = Ruled(Decision.ADJUST, "The loop is five kilometres long.", (5000, 1500))


@pytest.fixture
def dispute(app: Flask) -> Dispute:
    return Dispute(app)


def verdict_of(dispute: Dispute, source_id: str = "1") -> Verdict:
    db.session.rollback()
    judged = {
        each.activity.source_id: each.verdict for each in verdicts_of(dispute.mia.id, dispute.challenge, clock().now())
    }
    db.session.rollback()
    return judged[source_id]


def said_in_the_log(dispute: Dispute) -> list[str]:
    db.session.rollback()
    return [line.sentence for line in log_page(dispute.group.id, Page(1, 20))]


@pytest.mark.parametrize(("ruled", "total"), [(COUNT, 10_000), (ADJUST, 5000), (LEAVE_OUT, 0)])
def test_a_decision_moves_the_total_at_once_and_is_in_the_log(
    app: Flask, dispute: Dispute, ruled: Ruled, total: int
) -> None:
    assert process_jobs(app) == [] and dispute.total() == 0
    dispute.decide(dispute.ask(), ruled)
    assert dispute.total() == total
    assert ((Job.PUBLISH_BOARD, dispute.challenge.id) in queued()) == bool(total)
    assert everything() == derive_from_nothing()
    db.session.rollback()
    newest = log_page(dispute.group.id, Page(1, 1))[0]
    assert newest.sentence.startswith("Olga Orlova ") and "Mia Meyer" in newest.sentence
    assert newest.reason == ruled.reason


def test_asking_twice_asks_once(dispute: Dispute) -> None:
    assert dispute.ask() == dispute.ask(words="Again.")
    assert dispute.review(dispute.ask()).note == "The watch was right."
    assert said_in_the_log(dispute) == ["Mia Meyer asked for a review of a run in November"]


def test_two_organisers_at_once_the_second_is_told_and_changes_nothing(app: Flask, dispute: Dispute) -> None:
    review_id = dispute.ask()
    stage, challenge_id = stage_of(dispute.review(review_id)), dispute.challenge.id
    db.session.rollback()
    told: list[str] = []
    together = Barrier(2)

    def deciding(decider_id: int, ruled: Ruled) -> None:
        with app.app_context():
            together.wait()
            begin_write()
            review, challenge = db.session.get_one(Review, review_id), db.session.get_one(Challenge, challenge_id)
            try:
                decide(review, challenge, ruled, decider_id, stage, NOON)
                db.session.commit()
                told.append("decided")
            except DecidedMeanwhile:
                db.session.rollback()
                told.append("too late")

    both = [Thread(target=deciding, args=pair) for pair in ((dispute.olga.id, COUNT), (dispute.otto.id, LEAVE_OUT))]
    db.session.rollback()
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(told) == ["decided", "too late"]
    stands = dispute.review(review_id)
    assert dispute.total() == (10_000 if stands.decision == "count" else 0)
    assert len(said_in_the_log(dispute)) == 2


def test_a_runner_answers_once_then_the_second_decision_stands(dispute: Dispute) -> None:
    review_id = dispute.ask()
    dispute.decide(review_id, ADJUST)
    dispute.answer(review_id)
    assert dispute.total() == 5000  # what was decided holds meanwhile
    with pytest.raises(AlreadyAnswered):
        dispute.answer(review_id, "And another thing.")
    db.session.rollback()
    dispute.decide(review_id, COUNT, dispute.otto)
    assert dispute.total() == 10_000
    with pytest.raises(AlreadyAnswered):
        dispute.answer(review_id)
    db.session.rollback()
    with pytest.raises(DecidedMeanwhile):
        dispute.decide(review_id, LEAVE_OUT)
    db.session.rollback()
    assert dispute.review(review_id).answer == "It was downhill."
    assert said_in_the_log(dispute)[:2] == [
        "Otto Ost decided that a run by Mia Meyer counts in November",
        "Mia Meyer answered a decision in November",
    ]


def test_a_decision_about_what_the_organiser_has_not_seen_is_not_taken(dispute: Dispute) -> None:
    review_id = dispute.ask()
    seen = stage_of(dispute.review(review_id))
    dispute.decide(review_id, LEAVE_OUT)
    dispute.answer(review_id)
    begin_write()
    with pytest.raises(DecidedMeanwhile):
        decide(db.session.get_one(Review, review_id), dispute.challenge, COUNT, dispute.otto.id, seen, NOON)
    db.session.rollback()


@pytest.mark.both_databases
def test_after_the_grace_time_nothing_can_be_asked_or_answered(dispute: Dispute) -> None:
    closed = closes_at(dispute.challenge.ends_on, dispute.challenge.grace_hours)
    with pytest.raises(ReviewTimeOver):
        dispute.ask(now=closed)
    db.session.rollback()
    review_id = dispute.ask(now=closed - timedelta(seconds=1))
    dispute.decide(review_id, LEAVE_OUT, now=closed + timedelta(hours=1))
    with pytest.raises(ReviewTimeOver):
        dispute.answer(review_id, now=closed + timedelta(hours=2))
    db.session.rollback()


@pytest.mark.both_databases
def test_a_request_is_taken_back_before_a_decision_and_never_after(dispute: Dispute) -> None:
    review_id = dispute.ask()
    seen = dispute.review(review_id)
    stage = stage_of(seen)
    take_back(seen, dispute.challenge, NOON)
    db.session.commit()
    assert dispute.review(review_id).note == ""
    with pytest.raises(DecidedMeanwhile):
        decide(dispute.review(review_id), dispute.challenge, Ruled(Decision.COUNT, "So."), dispute.olga.id, stage, NOON)
    db.session.rollback()
    dispute.decide(dispute.ask(), Ruled(Decision.COUNT, "Fine."))
    with pytest.raises(AlreadyDecided):
        take_back(dispute.review(review_id), dispute.challenge, NOON)


def test_a_run_that_changed_after_a_decision_stays_out_when_the_next_request_is_taken_back(dispute: Dispute) -> None:
    dispute.decide(dispute.ask(), Ruled(Decision.LEAVE_OUT, "A bicycle."))
    dispute.read("1", distance_m=9_000, moving_s=3_000, elapsed_s=3_000)
    review_id = dispute.ask()
    take_back(dispute.review(review_id), dispute.challenge, NOON)
    db.session.commit()
    dispute.read("1", distance_m=9_000, moving_s=3_000, elapsed_s=3_000, title="Again")
    assert dispute.total() == 0


def test_a_final_challenge_is_not_touched(dispute: Dispute) -> None:
    review_id = dispute.ask()
    db.session.execute(update(Challenge).values(frozen_at=NOON))
    db.session.commit()
    before = everything()
    for late in (lambda: dispute.decide(review_id, COUNT), lambda: dispute.ask(), lambda: dispute.answer(review_id)):
        with pytest.raises(Problem):
            late()
        db.session.rollback()
    assert everything() == before
    assert dispute.review(review_id).decision is None


@pytest.mark.parametrize("ruled", [COUNT, ADJUST, LEAVE_OUT])
def test_a_run_that_changes_is_another_run_and_can_be_asked_about_again(dispute: Dispute, ruled: Ruled) -> None:
    review_id = dispute.ask()
    dispute.decide(review_id, ruled)
    dispute.answer(review_id)
    dispute.decide(review_id, ruled)
    dispute.read("1", **{**TOO_FAST, "distance_m": 10_100})
    assert verdict_of(dispute) is Verdict.CHANGED
    assert dispute.total() == 0
    assert dispute.ask(words="I cut the warm-up.", now=NOON + timedelta(hours=1)) == review_id
    fresh = dispute.review(review_id)
    assert (fresh.distance_m, fresh.decision, fresh.reason, fresh.answer) == (10_100, None, "", "")
    assert verdict_of(dispute) is Verdict.CHANGED  # it stays out until somebody has looked
    dispute.decide(review_id, COUNT)
    assert dispute.total() == 10_100
    assert everything() == derive_from_nothing()
    db.session.rollback()
    kept = " ".join(f"{line.sentence} {line.reason}" for line in log_page(dispute.group.id, Page(1, 20)))
    assert len(said_in_the_log(dispute)) == 6
    assert not any(figure in kept for figure in ("10.0", "10.1", "10000", "10,100", "1200", "20:00"))


def test_a_run_that_changed_while_it_waited_is_not_decided_by_what_it_was(dispute: Dispute) -> None:
    review_id = dispute.ask()
    dispute.read("1", **{**TOO_FAST, "distance_m": 12_000})
    with pytest.raises(RunChanged):
        dispute.decide(review_id, COUNT)
    db.session.rollback()
    dispute.ask(now=NOON + timedelta(minutes=1))
    dispute.decide(review_id, COUNT)
    assert dispute.total() == 12_000


def test_an_adjusted_run_counts_beside_the_one_it_overlapped_with(dispute: Dispute) -> None:
    dispute.read("2", distance_m=14_000, moving_s=4200, elapsed_s=4200)
    dispute.read("3", distance_m=9000, moving_s=3600, elapsed_s=3600)
    assert verdict_of(dispute, "3") is Verdict.OVERLAP
    dispute.decide(dispute.ask("3"), Ruled(Decision.ADJUST, "Two watches, one of them late.", (2500, 900)))
    assert verdict_of(dispute, "3") is Verdict.COUNTS
    assert dispute.total() == 16_500
    assert everything() == derive_from_nothing()


def test_what_counts_cannot_be_asked_about_nor_what_is_the_runners_to_mend(dispute: Dispute) -> None:
    dispute.read("2", start_utc=NOON)
    dispute.read("3", private=True, start_utc=NOON + timedelta(hours=3))
    for source_id in ("2", "3"):
        with pytest.raises(NothingToReview):
            dispute.ask(source_id)
        db.session.rollback()


def test_nobody_decides_about_their_own_run_and_a_captain_only_where_no_other_organiser_is(dispute: Dispute) -> None:
    review_id = dispute.ask()
    cai = make_runner("Cai Cole")
    make_member(dispute.group, cai, role="captain")
    for who in (dispute.mia, cai):
        with pytest.raises(NotFound):
            dispute.decide(review_id, COUNT, who)
        db.session.rollback()
    roles = {dispute.olga.id: "member", dispute.otto.id: "member", dispute.mia.id: "organiser"}
    for runner_id, role in roles.items():
        db.session.execute(update(Membership).where(Membership.runner_id == runner_id).values(role=role))
    db.session.commit()
    for who in (dispute.mia, dispute.olga):
        with pytest.raises(NotFound):
            review_for_decider(dispute.group.slug, who.id, review_id)
    db.session.rollback()
    assert review_for_decider(dispute.group.slug, cai.id, review_id)[1].name == "Mia Meyer"
    db.session.rollback()
    dispute.decide(review_id, COUNT, cai)
    assert dispute.total() == 10_000


def test_an_erased_runner_leaves_no_review_and_no_name_in_the_log(dispute: Dispute) -> None:
    dispute.decide(dispute.ask(), COUNT)
    begin_write()
    erase_runner(dispute.mia.id, NOON)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Review)) == 0
    lines = log_page(dispute.group.id, Page(1, 10))
    assert [line.sentence for line in lines] == [
        "Olga Orlova decided that a run by a former member counts in November",
        "A former member asked for a review of a run in November",
    ]
    assert [line.reason for line in lines] == ["", ""]
    assert set(db.session.scalars(select(AuditLine.words))) == {""}


def test_someone_who_leaves_the_group_takes_their_reviews_along(dispute: Dispute) -> None:
    dispute.ask()
    begin_write()
    leave(dispute.group.id, dispute.mia.id, NOON)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Review)) == 0


def test_an_organiser_who_is_erased_leaves_the_decision(dispute: Dispute) -> None:
    review_id = dispute.ask()
    dispute.decide(review_id, COUNT)
    begin_write()
    erase_runner(dispute.olga.id, NOON)
    db.session.commit()
    stands = dispute.review(review_id)
    assert (stands.decision, stands.decided_by) == ("count", None)
    assert dispute.total() == 10_000


def test_runs_that_nobody_asked_about_are_counted_by_rule_and_no_more(app: Flask) -> None:
    dispute = Dispute(app, rules=RuleSet(counts=Eligibility(stops_changed=True)))
    dispute.read("2", start_utc=NOON, distance_m=5000)
    dispute.read("2", start_utc=NOON, distance_m=7000)
    stopped = stopped_in(dispute.challenge, clock().now())
    db.session.rollback()
    assert stopped is not None
    assert [(each.verdict, each.runs) for each in stopped] == [(Verdict.IMPOSSIBLE_PACE, 1), (Verdict.CHANGED, 1)]
    dispute.ask()
    stopped = stopped_in(dispute.challenge, clock().now())
    assert stopped is not None
    assert [(each.verdict, each.runs) for each in stopped] == [(Verdict.CHANGED, 1)]
    db.session.rollback()


def test_a_review_goes_with_its_challenge(dispute: Dispute) -> None:
    dispute.ask()
    begin_write()
    db.session.execute(delete(Challenge).where(Challenge.id == dispute.challenge.id))
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Review)) == 0


@pytest.mark.both_databases
def test_of_those_that_wait_the_longest_waiting_comes_first_and_what_is_decided_last(dispute: Dispute) -> None:
    for days_ago in (2, 3, 4):
        start = NOON - timedelta(days=days_ago)
        dispute.read(str(days_ago), local_date=start.date(), start_utc=start, **TOO_FAST)
    asked = [dispute.ask(run, now=NOON + timedelta(hours=n)) for n, run in enumerate("3142")]
    for n in (0, 2):
        dispute.decide(asked[n], COUNT, now=NOON + timedelta(hours=9 + n))
    membership = db.session.scalars(select(Membership).where(Membership.runner_id == dispute.olga.id)).one()
    found = [shown.review.id for shown in reviews_page(dispute.group, membership, Page(1, 10))]
    assert found == [asked[1], asked[3], asked[2], asked[0]]


STEEP = {"distance_m": 12_000, "moving_s": 4_000, "elapsed_s": 4_000, "climb_m": 9_000}


@pytest.mark.parametrize(
    ("ruled", "climb"),
    [
        (COUNT, 9_000),
        (Ruled(Decision.ADJUST, "The hill has 640 m.", (12_000, 4_000), 640), 640),
        (Ruled(Decision.ADJUST, "On a treadmill.", (12_000, 4_000), 0), 0),
    ],
)
def test_a_run_that_counts_without_its_climb_can_be_asked_about_and_the_decision_counts(
    app: Flask, ruled: Ruled, climb: int
) -> None:
    dispute = Dispute(app, rules=RuleSet(measure="climb"))
    dispute.read("2", **STEEP)
    assert (verdict_of(dispute, "2"), dispute.total()) == (Verdict.COUNTS, 0)
    review_id = dispute.ask("2")
    assert dispute.review(review_id).climb_m == 9_000
    # It goes on counting as before until somebody decides.
    assert (verdict_of(dispute, "2"), dispute.total()) == (Verdict.COUNTS, 0)
    dispute.decide(review_id, ruled)
    assert dispute.total() == climb
    assert everything() == derive_from_nothing()
    # What changes afterwards was not looked at, and can be asked about.
    dispute.read("2", **{**STEEP, "climb_m": 9_100})
    assert dispute.total() == 0
    dispute.ask("2")
    assert dispute.review(review_id).climb_m == 9_100


def test_a_time_longer_than_a_day_counts_whole_once_an_organiser_says_so(app: Flask) -> None:
    dispute = Dispute(app, rules=RuleSet(measure="moving_time"))
    dispute.read("2", distance_m=200_000, moving_s=100_000, elapsed_s=100_000)
    assert dispute.total() == 86_400
    dispute.decide(dispute.ask("2"), COUNT)
    assert dispute.total() == 100_000


def test_a_run_that_counts_whole_cannot_be_asked_about(dispute: Dispute) -> None:
    dispute.read("2", start_utc=NOON + timedelta(hours=3))
    with pytest.raises(NothingToReview):
        dispute.ask("2")
