"""Requesting a review of a run, deciding about it, answering. Nothing here commits.

Every write locks the runner first, like everything that derives from their runs, so that two transactions about one
runner follow each other.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from webapp.activities.queries import lock_runners, run_of
from webapp.db import db
from webapp.errors import Problem, not_found
from webapp.facts.service import record_fact
from webapp.groups.audit_service import record_audit
from webapp.groups.moderation_queries import heard
from webapp.groups.rules import Action
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge
from webapp.models.reviews import Review
from webapp.models.words import FactKind
from webapp.reviews.queries import asked_of, deciders_of, is_as_asked
from webapp.reviews.rules import is_over, next_step
from webapp.rulebook.judging import Decision
from webapp.rulebook.plausibility import Quantity, outside
from webapp.scoring.entry_queries import entries_by_id, entry_of
from webapp.scoring.service import rederive_entry
from webapp.scoring.verdict_queries import RunVerdict, verdicts_of

# The columns that a second request resets: the first one stays only in the log.
_FRESH = {
    "decision": None, "adjusted_m": None, "adjusted_s": None, "adjusted_climb_m": None, "reason": "",
    "decided_by": None, "decided_at": None, "answer": "", "answered_at": None, "taken_back_at": None,
}  # fmt: skip
_ACTIONS: dict[Decision, Action] = {
    Decision.COUNT: "review_count",
    Decision.LEAVE_OUT: "review_leave_out",
    Decision.ADJUST: "review_adjust",
}


class ReviewTimeOver(Problem):
    """The grace time has ended, and with it requests, answers and withdrawals."""

    title = "It is too late for this"
    message = "You could ask for a review while late runs still counted."
    status = 409


class NothingToReview(Problem):
    """The run counts, or only its runner can correct it."""

    title = "There is nothing to review"
    message = "This run counts, or only Strava can correct it."
    status = 409


class AlreadyDecided(Problem):
    """A decided request is not taken back."""

    title = "This cannot be taken back"
    message = "Somebody has decided about this run."
    status = 409


class AlreadyAnswered(Problem):
    """A decision is answered once."""

    title = "This cannot be answered"
    message = "A decision can be answered once, and the second decision is final."
    status = 409


class RunChanged(Problem):
    """The run is no longer what its runner asked about."""

    title = "The run has changed"
    message = "It is no longer as it was when its runner asked. They can ask again."
    status = 409


class DecidedMeanwhile(Problem):
    """Another decider, or a new request, came first."""

    title = "Somebody was quicker"
    message = "This was decided or asked again in the meantime. Please check it again."
    status = 409


class NotEntered(Problem):
    """The runner is not in the challenge."""

    title = "Not in this challenge"
    message = "Only runs of those who take part are reviewed."
    status = 409


class ChallengeFinal(Problem):
    """The challenge is frozen."""

    title = "This challenge is final"
    message = "Nothing in it can change any more."
    status = 409


@dataclass(frozen=True, slots=True)
class Ruled:
    """A decision, with its reason. Only with ADJUST: `adjusted`, metres and seconds; `climb_m`, if it was shown."""

    decision: Decision
    reason: str
    adjusted: tuple[int, int] | None = None
    climb_m: int | None = None


def climb_seen(run: Activity) -> int | None:
    """Return the climb that organisers are shown of a run: only one that is outside its bound."""
    return run.climb_m if Quantity.CLIMB in outside(run_of(run)) else None


def judged_run(runner_id: int, challenge: Challenge, activity_id: int, now: datetime, units: str = "km") -> RunVerdict:
    """Return one's own run with its verdict in a challenge. Raises NotFound for every other run."""
    for judged in verdicts_of(runner_id, challenge, now, units):
        if judged.activity.id == activity_id:
            return judged
    raise not_found()


def review_of_run(runner_id: int, challenge_id: int, activity: Activity) -> Review | None:
    mine = select(Review).where(Review.runner_id == runner_id, Review.challenge_id == challenge_id)
    return db.session.scalar(mine.where(Review.source == activity.source, Review.source_id == activity.source_id))


def request_review(runner_id: int, challenge: Challenge, activity_id: int, words: str, now: datetime) -> None:
    """Ask the organisers to review a run of one's own, or to review it again where it has changed since.

    Asking twice is harmless. Raises NotFound for a run of somebody else, NotEntered, ChallengeFinal, NothingToReview,
    and ReviewTimeOver.
    """
    lock_runners([runner_id])
    _entry_of(runner_id, challenge.id)
    judged = judged_run(runner_id, challenge, activity_id, now)
    run, review = judged.activity, review_of_run(runner_id, challenge.id, judged.activity)
    over = is_over(challenge.frozen_at is not None, challenge.closes_at, now)
    step = next_step(run_of(run), asked_of(review), is_disputable=judged.is_disputable, over=over)
    if step == "wait":
        return
    if step != "ask":
        raise _nothing_to_ask(over)
    seen = {"local_date": run.local_date, "distance_m": run.distance_m, "moving_s": run.moving_s}
    seen["climb_m"] = climb_seen(run)
    note = heard(challenge.group_id, runner_id, words)
    asked = {**seen, "verdict": judged.verdict.value, "asked_at": now, "note": note, **_FRESH}
    if review is None:
        names = {"source": run.source, "source_id": run.source_id}
        db.session.add(Review(challenge_id=challenge.id, runner_id=runner_id, **names, **asked))
    else:
        db.session.execute(update(Review).where(Review.id == review.id).values(**asked))
    db.session.flush()
    record_audit(challenge.group_id, "review_asked", runner_id, now, subject_id=runner_id, challenge_id=challenge.id)


def _nothing_to_ask(over: bool) -> Problem:
    if over:
        return ReviewTimeOver()
    return NothingToReview()


def take_back(review: Review, challenge: Challenge, now: datetime) -> None:
    """Take back an undecided request. Raises AlreadyDecided, and ReviewTimeOver."""
    lock_runners([review.runner_id])
    if is_over(challenge.frozen_at is not None, challenge.closes_at, now):
        raise ReviewTimeOver(message="Late runs no longer count, so requests stay as they are.")
    undecided = (Review.decision.is_(None), Review.taken_back_at.is_(None))
    taken = update(Review).where(Review.id == review.id, *undecided).execution_options(synchronize_session="fetch")
    if db.session.execute(taken.values(taken_back_at=now, note="").returning(Review.id)).first() is None:
        raise AlreadyDecided()
    record_audit(
        challenge.group_id,
        "review_taken_back",
        review.runner_id,
        now,
        subject_id=review.runner_id,
        challenge_id=challenge.id,
    )


def answer(review: Review, words: str, challenge: Challenge, now: datetime) -> None:
    """Answer a decision about one's own run, once. Raises AlreadyAnswered, and ReviewTimeOver."""
    lock_runners([review.runner_id])
    if is_over(challenge.frozen_at is not None, challenge.closes_at, now):
        raise ReviewTimeOver(message="You could answer while late runs still counted.")
    decided = (Review.decided_at.is_not(None), Review.answered_at.is_(None))
    answered = update(Review).where(Review.id == review.id, *decided).execution_options(synchronize_session="fetch")
    words = heard(challenge.group_id, review.runner_id, words)
    changed = db.session.execute(answered.values(answer=words, answered_at=now, decided_at=None).returning(Review.id))
    if changed.first() is None:
        raise AlreadyAnswered()
    record_audit(
        challenge.group_id,
        "review_answered",
        review.runner_id,
        now,
        subject_id=review.runner_id,
        challenge_id=challenge.id,
    )


def decide(review: Review, challenge: Challenge, ruled: Ruled, decider_id: int, stage: str, now: datetime) -> None:
    """Decide about a run, and derive its entry again.

    `stage`: what the decider saw (`stage_of`). Raises NotFound for a member who may not decide, NotEntered,
    ChallengeFinal, RunChanged, and DecidedMeanwhile.
    """
    lock_runners([review.runner_id])
    if decider_id not in deciders_of(challenge.group_id, review.runner_id):
        raise not_found()
    entry_id = _entry_of(review.runner_id, challenge.id)
    if not is_as_asked(review):
        raise RunChanged()
    if not _claimed(review.id, ruled, decider_id, stage, now):
        raise DecidedMeanwhile()
    action, runner_id, words = _ACTIONS[ruled.decision], review.runner_id, ruled.reason
    record_audit(
        challenge.group_id, action, decider_id, now, subject_id=runner_id, challenge_id=challenge.id, words=words
    )
    _record_decision(review, challenge, ruled.decision, stage, now)
    rederive_entry(entry_id, now)


def _record_decision(review: Review, challenge: Challenge, decision: Decision, stage: str, now: datetime) -> None:
    record_fact(
        FactKind.REVIEW_DECIDED,
        f"{review.id}:{stage}",
        now,
        group_id=challenge.group_id,
        challenge_id=challenge.id,
        runner_id=review.runner_id,
        data={"review_id": review.id, "decision": str(decision)},
    )


def stage_of(review: Review) -> str:
    """Return a token of the state that a decider sees, so that a decision is about that state only."""
    return f"{review.asked_at.timestamp():.6f}-{'answered' if review.answered_at else 'asked'}"


def _claimed(review_id: int, ruled: Ruled, decider_id: int, stage: str, now: datetime) -> bool:
    """Store the decision if the review still waits and is as the decider saw it."""
    fresh = select(Review).where(Review.id == review_id).execution_options(populate_existing=True)
    review = db.session.scalar(fresh)
    if review is None or stage != stage_of(review):
        return False
    waits = (
        Review.decided_at.is_(None),
        Review.taken_back_at.is_(None),
        Review.asked_at == review.asked_at,
        Review.answer == review.answer,
    )
    metres, seconds = ruled.adjusted or (None, None)
    values = {"decision": ruled.decision, "adjusted_m": metres, "adjusted_s": seconds, "reason": ruled.reason}
    values["adjusted_climb_m"] = ruled.climb_m if ruled.adjusted and review.climb_m is not None else None
    claim = update(Review).where(Review.id == review_id, *waits).execution_options(synchronize_session="fetch")
    taken = claim.values(**values, decided_by=decider_id, decided_at=now).returning(Review.id)
    return db.session.execute(taken).first() is not None


def _entry_of(runner_id: int, challenge_id: int) -> int:
    """Return the runner's entry in a challenge, locked against freezing. Raises NotEntered, and ChallengeFinal."""
    entry_id = entry_of(runner_id, challenge_id)
    if entry_id is None:
        raise NotEntered()
    if not entries_by_id([entry_id]):
        raise ChallengeFinal()
    return entry_id
