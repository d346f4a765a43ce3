"""The form that makes a challenge, as a browser sends it."""

from typing import Any

from werkzeug.datastructures import MultiDict

from tests.support.cast import Cast
from webapp.challenge_builder.rule_forms import RulesForm
from webapp.rulebook.ruleset import RuleSet


def sent(rules: RuleSet, own: str = "km", **typed: Any) -> "MultiDict[str, str]":
    """Return what a browser sends of the fields that say these rules, some of them typed over; `own`: km or mi."""
    fields: MultiDict[str, str] = MultiDict()
    for name, value in (RulesForm.typed(rules, own) | typed).items():
        for one in value if isinstance(value, list) else [value]:
            if one not in (False, None):
                fields.add(name, "y" if one is True else str(one))
    return fields


def new(cast: Cast, preset: str = "distance") -> str:
    return f"{cast.home}/challenges/new/{preset}"


def form(rules: RuleSet, own: str = "km", **typed: Any) -> "MultiDict[str, str]":
    fields = sent(rules, own, **typed)
    usual = {"name": "", "frame": "month", "month": "2031-02", "grace_hours": "24", "teams_mode": "none"}
    for name, value in usual.items():
        fields.setdefault(name, value)
    return fields


def post(cast: Cast, path: str, fields: "MultiDict[str, str]", who: str = "organiser") -> Any:
    return cast.browsers[who].post(path, fields)
