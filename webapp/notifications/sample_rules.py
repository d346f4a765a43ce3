"""A made-up notification of each kind, for operators who try out their relay. Nobody in it is real."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from webapp.models.words import FactKind, NudgeKind, Role, RsvpAnswer
from webapp.notifications.digest_rules import ComingRun
from webapp.notifications.message_rules import ChallengeRef, Details, GroupRef, Told
from webapp.rulebook.ruleset import RuleSet

GROUP, CHALLENGE = "Sample Striders", "Sample month"


def sample(kind: FactKind, now: datetime) -> tuple[Told, Details]:
    """Return a fact of a kind with its reader, and what its template says."""
    today = now.date()
    group = GroupRef(0, "sample", GROUP, "UTC", False, Role.MEMBER)
    challenge = ChallengeRef(0, CHALLENGE, today, today + timedelta(days=2), 48, None, None, RuleSet())
    told = Told(0, kind, now, {}, None, None, 0, "km", "UTC", group, challenge)
    return told, Details("home.dashboard", {}, _words(today, now)[kind])


def _words(today: date, now: datetime) -> Mapping[FactKind, Mapping[str, Any]]:
    ends_on, soon = today + timedelta(days=2), now + timedelta(days=2)
    passing = {"name": "Sam", "others": 0, "gap": "1.2 km", "day": today}
    ends = {"ends_on": ends_on, "is_over": False}
    return {
        **_group_runs(today, soon),
        FactKind.NUDGE: {"name": "Sam", "kind": NudgeKind.MISSED, "text": "We missed you on Tuesday. See you soon?"},
        FactKind.COME_BACK: {"day": today},
        FactKind.BUDDY_ASKED: {"name": "Sam"},
        FactKind.OVERTAKEN: passing,
        FactKind.OVERTOOK: passing,
        FactKind.THREE_DAYS_LEFT: {**ends, "left": 3, "name": "Sam", "gap": "1.2 km", "is_ahead": True},
        FactKind.CHALLENGE_BEGINS: {"starts_on": today, "ends_on": ends_on, "is_today": True},
        FactKind.CHALLENGE_FINAL: {"total": "87.4 km", "days": "14 days"},
        FactKind.NO_SUCCESSOR: ends,
        FactKind.RUN_HELD_BACK: {"day": today, "verdict": "unusual", "until": soon},
        FactKind.REVIEW_DECIDED: {"day": today, "decision": "count", "reason": "A long run, well done.", "until": None},
        FactKind.TURN_TO_PICK: {"team": "The Samples", "starts_on": ends_on},
        FactKind.REQUEST_RECEIVED: {"name": "Sam"},
        FactKind.REQUEST_ANSWERED: {"is_approved": True, "reason": ""},
        FactKind.ROLE_GIVEN: {"role": Role.CAPTAIN},
        FactKind.REMOVED_FROM_GROUP: {},
        FactKind.ANNOUNCEMENT: {"title": "Long run on Sunday", "author": "Sam", "excerpt": "We meet at nine."},
        FactKind.RECEIPT: {},
        FactKind.CONNECTION: {"problem": None, "is_hidden": False, "erased_on": None},
        FactKind.MAIL_STOPPED: {},
        FactKind.WEEKLY_DIGEST: _digest(today),
    }


def _group_runs(today: date, soon: datetime) -> Mapping[FactKind, Mapping[str, Any]]:
    when = {"day": today + timedelta(days=1), "at": "18:30", "is_today": False, "is_tomorrow": True}
    run = {**when, "title": "Tuesday run", "place": "The fountain"}
    moved = {
        "has_moved": True,
        "was_day": today + timedelta(days=1),
        "was_at": "18:00",
        "reason": "The track is closed",
    }
    change = {**run, **moved, "is_cancelled": False, "is_back": False, "is_asked": True}
    mine = {"pace_group": "Steady", "metres": 8000, "leads": [], "closes": [], "answer": "in", "is_asked": False}
    return {
        FactKind.RUN_CHANGED: change,
        FactKind.RUN_CHANGED_SOON: {**change, "has_moved": False, "is_cancelled": True},
        FactKind.RUN_REMINDER: {**run, **mine, "purpose": "Easy miles", "rain_plan": "We run anyway"},
        FactKind.PLACE_FREED: run,
        FactKind.PLACE_OFFERED: {**run, "until": soon},
        FactKind.LEADER_NEEDED: {**run, "names": ["Steady"], "is_offered": False},
    }


def _digest(today: date) -> Mapping[str, Any]:
    return {
        "first": today - timedelta(days=7),
        "last": today - timedelta(days=1),
        "ran": {"distance": "23 km", "runs": 3},
        "rests": False,
        "runs": [ComingRun(today + timedelta(days=1), "18:30", "Tuesday run", GROUP, RsvpAnswer.IN)],
        "chase": {"name": "Sam", "gap": "1.2 km", "is_ahead": True, "challenge": CHALLENGE},
        "groups": [{"name": GROUP, "people": 12, "distance": "310 km"}],
        "announcements": [{"group": GROUP, "title": "Long run on Sunday"}],
        "kept_back": ["Sam went past you"],
        "next": {"challenge": CHALLENGE, "what": "ends", "day": today + timedelta(days=2)},
    }
