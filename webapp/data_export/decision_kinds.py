"""What was decided about a runner's runs and rules, by them or by others, and what is final."""

from typing import Any

from sqlalchemy import select

from webapp.data_export.kinds import (
    CHALLENGE,
    CHALLENGE_COLUMNS,
    SUM_COLUMNS,
    TEAM,
    UNTIL_YOU_LEAVE,
    AnySelect,
    Kind,
    of_entries,
)
from webapp.models.challenges import Challenge, RuleChange, RuleEffect, Team
from webapp.models.groups import AuditLine, Group
from webapp.models.kept_results import KeptResult
from webapp.models.results import Result
from webapp.models.reviews import Review

_DECISION = {
    "group": "name of the group",
    "at": "when",
    "action": "what was done",
    "words": "the reason given",
    "before": "what was, where something changed",
    "after": "what is since then",
}


def _decisions(runner_id: int, subject: Any) -> AnySelect:
    line = AuditLine
    mine = select(Group.name.label("group"), line.at, line.action, line.words, line.before, line.after)
    mine = mine.join(Group, Group.id == line.group_id)
    return mine.where(subject == runner_id).order_by(line.id)


def _reviews(runner_id: int) -> AnySelect:
    r = Review
    return (
        select(
            *CHALLENGE, r.source, r.source_id, r.verdict, r.local_date, r.distance_m, r.moving_s, r.climb_m,
            r.asked_at, r.note, r.decision, r.adjusted_m, r.adjusted_s, r.adjusted_climb_m, r.reason, r.decided_at,
            r.answer, r.answered_at, r.taken_back_at,
        )
        .join(Challenge, Challenge.id == r.challenge_id)
        .where(r.runner_id == runner_id)
        .order_by(r.id)
    )  # fmt: skip


def _effects(runner_id: int) -> AnySelect:
    e = RuleEffect
    columns = (e.edition, e.total_before, e.rank_before, e.total_after, e.rank_after)
    return of_entries(runner_id, e, *columns).order_by(e.challenge_id, e.edition)


def _results(runner_id: int) -> AnySelect:
    r = Result
    mine = select(*CHALLENGE, TEAM, r.place, r.rank, r.total, r.days, r.gap).select_from(r)
    joined = mine.join(Challenge, Challenge.id == r.challenge_id).outerjoin(Team, Team.id == r.team_id)
    return joined.where(r.runner_id == runner_id).order_by(Challenge.starts_on, Challenge.id)


def _kept_results(runner_id: int) -> AnySelect:
    k = KeptResult
    mine = select(k.group_name, k.challenge_name, k.starts_on, k.ends_on, k.total, k.days, k.unit, k.rank, k.runners)
    return mine.where(k.runner_id == runner_id).order_by(k.ends_on, k.id)


def _decided(runner_id: int) -> AnySelect:
    return _decisions(runner_id, AuditLine.actor_id)


def _decided_about(runner_id: int) -> AnySelect:
    by_others = AuditLine.actor_id.is_distinct_from(AuditLine.subject_id)
    return _decisions(runner_id, AuditLine.subject_id).where(by_others)


def _captaincies(runner_id: int) -> AnySelect:
    mine = select(*CHALLENGE, TEAM).join(Team, Team.challenge_id == Challenge.id)
    return mine.where(Team.captain_id == runner_id).order_by(Team.id)


def _rule_changes(runner_id: int) -> AnySelect:
    change = RuleChange
    mine = select(*CHALLENGE, change.edition, change.made_at, change.reason)
    joined = mine.join(change, change.challenge_id == Challenge.id)
    return joined.where(change.made_by == runner_id).order_by(change.made_at)


def _judged(runner_id: int) -> AnySelect:
    mine = select(*CHALLENGE, Review.decided_at, Review.decision, Review.reason)
    return mine.join(Review, Review.challenge_id == Challenge.id).where(Review.decided_by == runner_id)


KINDS = (
    Kind(
        key="reviews",
        section="Fairness",
        file="reviews",
        words="Runs you asked organisers to review",
        about="What your organisers saw of them, and what they decided.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
        | {
            "source": "where the run comes from",
            "source_id": "its number there",
            "verdict": "what you asked about",
            "local_date": "its date",
            "distance_m": "its metres then",
            "moving_s": "its seconds in motion then",
            "climb_m": "its metres of climb then, where they were what you asked about",
            "asked_at": "when you asked",
            "note": "what you wrote",
            "decision": "count, leave_out or adjust",
            "adjusted_m": "metres that count in place of its own",
            "adjusted_s": "seconds that count in place of its own",
            "adjusted_climb_m": "metres of climb that count in place of its own",
            "reason": "the reason you were given",
            "decided_at": "when it was decided",
            "answer": "what you answered",
            "answered_at": "when you answered",
            "taken_back_at": "when you took the request back",
        },
        select=_reviews,
        owner=Review.runner_id,
        when=Review.local_date,
    ),
    Kind(
        key="effects",
        section="Fairness",
        file="changes_of_rules",
        words="What changed rules did to your total",
        about="Your total and place before the rules of a challenge changed, and after.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
        | {
            "edition": "which edition of the rules it led to",
            "total_before": "total before, in the unit of the rules then",
            "rank_before": "place before",
            "total_after": "total after",
            "rank_after": "place after",
        },
        select=_effects,
        owner=RuleEffect.entry_id,
    ),
    Kind(
        key="results",
        section="What is final",
        file="results",
        words="Final results",
        about="Your place in challenges that are final.",
        kept="until you leave the group; then the place stays as “a former member”, without you or what you ran",
        columns=CHALLENGE_COLUMNS
        | {
            "team": "name of the team",
            "place": "your position on the board, from 1",
            "rank": "your rank",
            **SUM_COLUMNS,
            "gap": "to the next one ahead",
        },
        select=_results,
        owner=Result.runner_id,
    ),
    Kind(
        key="kept_results",
        section="What is final",
        file="results_of_groups_that_are_gone",
        words="Results in groups that are gone",
        about="Your own results in the final challenges of groups that were deleted while you were a member.",
        kept="as long as your account",
        columns={
            "group_name": "name of the group",
            "challenge_name": "name of the challenge",
            "starts_on": "its first date",
            "ends_on": "its last date",
            **SUM_COLUMNS,
            "unit": "the unit of the total",
            "rank": "your place, 0 for none",
            "runners": "how many runners had a place",
        },
        select=_kept_results,
        owner=KeptResult.runner_id,
        when=KeptResult.ends_on,
    ),
    Kind(
        key="decided",
        section="Fairness",
        file="decisions_by_you",
        words="What you did in a group",
        about="What the group's log says you did.",
        kept="as long as the group, without your name once you are gone",
        columns=_DECISION,
        select=_decided,
        owner=AuditLine.actor_id,
        when=AuditLine.at,
    ),
    Kind(
        key="decided_about",
        section="Fairness",
        file="decisions_about_you",
        words="What others decided about you",
        about="What the group's log says others did about you.",
        kept="as long as the group, without your name once you are gone",
        columns=_DECISION,
        select=_decided_about,
        owner=AuditLine.subject_id,
        when=AuditLine.at,
    ),
    Kind(
        key="captaincies",
        section="Fairness",
        file="captaincies",
        words="Teams you pick for",
        about="Where captains pick: the teams that you pick for.",
        kept="as long as the challenge, without you once you are gone",
        columns=CHALLENGE_COLUMNS | {"team": "name of the team"},
        select=_captaincies,
        owner=Team.captain_id,
    ),
    Kind(
        key="rule_changes",
        section="Fairness",
        file="changes_of_rules_by_you",
        words="Rules you changed",
        about="When you changed the rules of a challenge, and why.",
        kept="as long as the challenge, without you once you are gone",
        columns=CHALLENGE_COLUMNS | {"edition": "which edition it led to", "made_at": "when", "reason": "your reason"},
        select=_rule_changes,
        owner=RuleChange.made_by,
        when=RuleChange.made_at,
    ),
    Kind(
        key="judged",
        section="Fairness",
        file="reviews_by_you",
        words="Runs you decided on",
        about="What you decided when somebody asked for a review. Your copy does not name the runner.",
        kept="as long as the challenge, without you once you are gone",
        columns=CHALLENGE_COLUMNS
        | {"decided_at": "when", "decision": "count, leave_out or adjust", "reason": "your reason"},
        select=_judged,
        owner=Review.decided_by,
        when=Review.decided_at,
    ),
)
