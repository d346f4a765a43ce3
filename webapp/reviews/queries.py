"""Reading reviews, for the owner of a run and for those who may decide about it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, and_, bindparam, case, func, or_, select

from webapp.challenges.queries import entry_count
from webapp.clock import latest_date
from webapp.db import db
from webapp.errors import not_found
from webapp.groups.permissions import Permission, may
from webapp.groups.queries import group_for
from webapp.models.activities import Activity
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent, Group, Membership
from webapp.models.reviews import Review
from webapp.paging import Page
from webapp.privacy.queries import consent_holds, is_hidden_runner
from webapp.reviews.rules import DECIDING_ROLES, IMPLAUSIBLE, Asked, Staff, deciders, is_over, stopped_by
from webapp.rulebook.judging import Verdict, verdicts
from webapp.scoring.entry_queries import entries_in, runs_for
from webapp.stand_ins import SOME_MEMBER

# In larger challenges the stopped runs are not counted: a page does not judge ten thousand runs.
MAX_JUDGED = 500


@dataclass(frozen=True, slots=True)
class ShownReview:
    """A review as its deciders see it. It shows only date, distance and duration of the run."""

    id: int
    challenge: Challenge
    name: str
    verdict: Verdict
    review: Review

    @property
    def stopped_by(self) -> str:
        return stopped_by(self.verdict, self.review.distance_m, self.review.moving_s, self.review.climb_m)

    @property
    def is_open(self) -> bool:
        return self.review.decided_at is None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The number of runs in a challenge that a rule stopped and nobody has requested a review for."""

    verdict: Verdict
    runs: int


def asked_of(review: Review | None) -> Asked | None:
    """Return a review as the rules see it; None for a run that nobody asked about."""
    if review is None or review.taken_back_at is not None:
        return None
    decided, answered = review.decided_at is not None, review.answered_at is not None
    return Asked(review.distance_m, review.moving_s, decided, answered, review.climb_m)


def reviews_of(runner_id: int, challenge_id: int) -> dict[tuple[str, str], Review]:
    """Return a runner's own reviews in a challenge by the run's (source, id)."""
    mine = select(Review).where(Review.runner_id == runner_id, Review.challenge_id == challenge_id)
    return {(review.source, review.source_id): review for review in db.session.scalars(mine)}


def review_of_mine(runner_id: int, challenge_id: int, review_id: int) -> Review:
    """Return a review of one's own run. Raises NotFound for every other."""
    review = db.session.get(Review, review_id)
    if review is None or (review.runner_id, review.challenge_id) != (runner_id, challenge_id):
        raise not_found()
    return review


def staff_of(group_id: int) -> list[Staff]:
    """Return the members of a group who have a role besides member."""
    found = select(Membership.runner_id, Membership.role).where(
        Membership.group_id == group_id, Membership.role.in_(DECIDING_ROLES)
    )
    return [Staff(*row) for row in db.session.execute(found)]


def deciders_of(group_id: int, runner_id: int) -> frozenset[int]:
    """Return the members who may decide about a runner's runs."""
    return deciders(staff_of(group_id), runner_id)


def group_for_decider(slug: str, viewer_id: int) -> tuple[Group, Membership]:
    """Return the group and the membership of a member who may decide about runs. Raises NotFound for others."""
    group, membership = group_for(slug, viewer_id, Permission.SEE_GROUP)
    if not may(membership, Permission.DECIDE_ABOUT_RUNS) and not _stands_in(staff_of(group.id), membership):
        raise not_found()
    return group, membership


def _stands_in(staff: Sequence[Staff], viewer: Membership) -> list[int]:
    """Return the runners about whose runs the viewer decides because no other organiser can."""
    if not may(viewer, Permission.STAND_IN_FOR_ORGANISERS):
        return []
    organisers = [each.runner_id for each in staff if may(each, Permission.DECIDE_ABOUT_RUNS)]
    return [runner_id for runner_id in organisers if viewer.runner_id in deciders(staff, runner_id)]


def _decider(group: Group, membership: Membership) -> dict[str, Any]:
    """Return the values of `_MAY_DECIDE`: this member decides about all but their own runs, or about some runners."""
    decides = may(membership, Permission.DECIDE_ABOUT_RUNS)
    theirs = [] if decides else _stands_in(staff_of(group.id), membership)
    return {"group": group.id, "decides": decides, "decider": membership.runner_id, "theirs": theirs}


# The statements are built once. The condition for reviews that a member may decide, by the values of `_decider`.
_MAY_DECIDE = and_(
    Challenge.group_id == bindparam("group"),
    Review.taken_back_at.is_(None),
    ~is_hidden_runner(Review.runner_id),
    or_(
        and_(bindparam("decides", type_=Boolean), Review.runner_id != bindparam("decider")),
        Review.runner_id.in_(bindparam("theirs", expanding=True)),
    ),
)
_IS_OPEN = and_(Review.decided_at.is_(None), Challenge.frozen_at.is_(None))
_COUNT = select(func.count(Review.id)).join(Challenge, Challenge.id == Review.challenge_id).where(_MAY_DECIDE)
_OPEN_COUNT = _COUNT.where(_IS_OPEN)
_NAMED = and_(Consent.runner_id == Review.runner_id, Consent.group_id == Challenge.group_id, consent_holds())
_SHOWN = (
    select(Review, Challenge, Consent.shown_name)
    .join(Challenge, Challenge.id == Review.challenge_id)
    .outerjoin(Consent, _NAMED)
    .where(_MAY_DECIDE)
)
_LATEST = func.coalesce(Review.decided_at, Review.asked_at)
_PAGE = (
    _SHOWN.order_by(_IS_OPEN.desc(), case((_IS_OPEN, Review.asked_at)), _LATEST.desc(), Review.id.desc())
    .limit(bindparam("size"))
    .offset(bindparam("offset"))
)
_ONE = _SHOWN.where(Review.id == bindparam("review"))


def open_count(group: Group, membership: Membership) -> int:
    """Return how many runs wait for this member's review."""
    if membership.role not in DECIDING_ROLES:
        return 0
    return db.session.scalar(_OPEN_COUNT, _decider(group, membership)) or 0


def review_count(group: Group, membership: Membership) -> int:
    return db.session.scalar(_COUNT, _decider(group, membership)) or 0


def reviews_page(group: Group, membership: Membership, page: Page) -> list[ShownReview]:
    """Return one page of the reviews that a member may decide: open ones first, the longest waiting at the top."""
    values = {**_decider(group, membership), "size": page.size, "offset": page.offset}
    return [_review(*row) for row in db.session.execute(_PAGE, values)]


def review_for_decider(slug: str, viewer_id: int, review_id: int) -> tuple[Group, ShownReview]:
    """Return a review to a member who may decide it. Raises NotFound for everybody else, including the run's owner."""
    group, membership = group_for_decider(slug, viewer_id)
    row = db.session.execute(_ONE, {**_decider(group, membership), "review": review_id}).one_or_none()
    if row is None:
        raise not_found()
    return group, _review(*row)


def _review(review: Review, challenge: Challenge, name: str | None) -> ShownReview:
    return ShownReview(review.id, challenge, name or SOME_MEMBER, Verdict(review.verdict), review)


def is_as_asked(review: Review) -> bool:
    """Return whether the run is still there as it was when its runner asked."""
    same = and_(Activity.distance_m == review.distance_m, Activity.moving_s == review.moving_s)
    if review.climb_m is not None:
        same = and_(same, Activity.climb_m == review.climb_m)
    run = select(Activity.id).where(Activity.source == review.source, Activity.source_id == review.source_id)
    return db.session.scalar(run.where(Activity.runner_id == review.runner_id, same)) is not None


def stopped_in(challenge: Challenge, now: datetime) -> list[Stopped] | None:
    """Return how many runs plausibility stopped whose runners have not asked for a review, by rule, without names.

    None if the challenge is too large to count them for a page.
    """
    if entry_count(challenge.id) > MAX_JUDGED:
        return None
    entries = entries_in(challenge.id)
    runs = runs_for(entries) if entries else {}
    asked = select(Review.source, Review.source_id).where(
        Review.challenge_id == challenge.id, Review.taken_back_at.is_(None)
    )
    known = {tuple(row) for row in db.session.execute(asked)}
    counts: Counter[Verdict] = Counter()
    today = latest_date(now)
    for entry in entries:
        theirs = {run.id: run for run in runs.get(entry.runner_id, ())}
        judged = verdicts(theirs.values(), entry.rules, entry.runner, today)
        counts.update(v for n, v in judged.items() if (theirs[n].source, theirs[n].source_id) not in known)
    return [Stopped(verdict, counts[verdict]) for verdict in IMPLAUSIBLE if counts[verdict]]


def running_challenges(group_id: int, now: datetime, today: date) -> list[Challenge]:
    """Return the challenges of a group in which something can still be asked, the one that began last first."""
    begun = select(Challenge).where(Challenge.group_id == group_id, Challenge.frozen_at.is_(None))
    found = db.session.scalars(begun.where(Challenge.starts_on <= today).order_by(Challenge.starts_on.desc()))
    return [one for one in found if not is_over(False, one.closes_at, now)]
