"""Forms of rules: what organisers type in their own units, what comes of it, and what is wrong where."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from webapp.challenges import units
from webapp.challenges.rule_forms import CHOICE_WORDS, MEASURE_WORDS, SHAPE_WORDS, TEAM_SCORE_WORDS, RulesForm
from webapp.challenges.templates import TEMPLATES
from webapp.scoring.measures import MEASURES
from webapp.scoring.rulesets import TEAM_SCORES, Counts, RuleSet
from webapp.scoring.shapes import SHAPES

# Whatever a rule set may say, said.
ODD = [
    RuleSet("moving_time", "weekly_cap", {"cap": 5400 + 60}),
    RuleSet("climb", "daily_cap", {"cap": 333}),
    RuleSet("runs", "streak", {"least": 2, "rest": 0}),
    RuleSet("points", "steps", {"least": 1500, "out": 0, "rate": 3, "knee": 7250, "rate_beyond": 2}),
    RuleSet("distance", "target_share", {"most": 150}, team_score="met"),
    RuleSet("distance", "journey", {"route": "own", "places": [["Ayr", 0], ["Troon", 12_500]]}),
    RuleSet("active_days", counts=Counts(frozenset({"Walk", "Hike"}), private=True, manual=True, treadmill=False)),
    RuleSet(counts=Counts(flagged=True, least_m=1500, least_s=1795, quickest=150, slowest=541, stops_changed=True)),
    RuleSet(counts=Counts(stops_unusual=True), team_score="best", best=3),
]


def sent(rules: RuleSet, **typed: Any) -> "MultiDict[str, str]":
    """Return what a browser sends of the fields that say these rules, some of them typed over."""
    fields: MultiDict[str, str] = MultiDict()
    for name, value in (RulesForm.typed(rules) | typed).items():
        for one in value if isinstance(value, list) else [value]:
            if one not in (False, None):
                fields.add(name, "y" if one is True else str(one))
    return fields


def read(app: Flask, fields: "MultiDict[str, str]") -> RulesForm:
    with app.test_request_context("/", method="POST", data=fields):
        form = RulesForm()
        form.validate()
        return form


def test_everything_that_can_be_chosen_has_its_words() -> None:
    assert MEASURES.keys() == MEASURE_WORDS.keys()
    assert SHAPES.keys() == SHAPE_WORDS.keys()
    assert set(TEAM_SCORES) == TEAM_SCORE_WORDS.keys()
    choices = {choice for shape in SHAPES.values() for param in shape.params for choice in param.choices}
    assert choices == CHOICE_WORDS.keys()


@pytest.mark.parametrize("rules", [*(template.rules for template in TEMPLATES), *ODD])
def test_what_stands_in_the_fields_says_the_same_rules_again(app: Flask, rules: RuleSet) -> None:
    form = read(app, sent(rules))
    assert not form.errors
    assert form.rules() == rules


def test_every_number_of_every_shape_has_a_field(app: Flask) -> None:
    with app.test_request_context("/"):
        names = set(RulesForm()._fields)
    assert names >= {f"{shape}_{param.name}" for shape, of in SHAPES.items() for param in of.params}


@pytest.mark.parametrize(
    ("typed", "unit", "inside"),
    [
        ("12.5", "distance", 12_500), ("12,5 km", "distance", 12_500), ("0.001", "distance", 1),
        ("1:30", "time", 5400), ("1.5", "time", 5400), ("2 h", "time", 7200), ("0:01", "time", 60),
        ("350 m", "climb", 350), ("3", "runs", 3), ("2 days", "days", 2), ("150%", "percent", 150),
        (" 7 ", "points", 7), ("0:01:30", "time", 90),
    ],
)  # fmt: skip
def test_amounts_are_typed_as_people_say_them(typed: str, unit: Any, inside: int) -> None:
    assert units.read_amount(typed, unit) == inside


@pytest.mark.parametrize(
    ("typed", "unit"),
    [("", "distance"), ("lots", "distance"), ("-3", "distance"), ("1:75", "time"), ("3.5", "runs"), ("1e9", "climb"),
     ("12.3456", "distance"), ("९", "runs"), ("1" * 40, "distance"), ("\x00", "days")],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed: str, unit: Any) -> None:
    with pytest.raises(units.UnreadableError):
        units.read_amount(typed, unit)


PLAIN, CAP = RuleSet(), RuleSet(shape="daily_cap")


@pytest.mark.parametrize(
    ("rules", "typed", "field", "said"),
    [
        (PLAIN, {"measure": "beauty"}, "measure", "Not a valid choice"),
        (PLAIN, {"shape": "round"}, "shape", "Not a valid choice"),
        (PLAIN, {"shape": "steps"}, "shape", "does not go with what is measured"),
        (PLAIN, {"measure": "points"}, "shape", "does not go with what is measured"),
        (PLAIN, {"sports": []}, "sports", "at least one kind of run"),
        (PLAIN, {"sports": ["Swim"]}, "sports", "not"),
        (PLAIN, {"team_score": "luck"}, "team_score", "Not a valid choice"),
        (PLAIN, {"best": "0"}, "best", "Between 1 and 50"),
        (PLAIN, {"best": "few"}, "best", "Not a valid integer"),
        (PLAIN, {"least_km": "far"}, "least_km", "A number of km"),
        (PLAIN, {"least_km": "500"}, "least_km", "Between"),
        (PLAIN, {"least_time": "99"}, "least_time", "Between"),
        (PLAIN, {"quickest": "5.30"}, "quickest", "as in 5:30"),
        (PLAIN, {"quickest": "6:00", "slowest": "5:00"}, "slowest", "slower than the quickest"),
        (CAP, {"daily_cap_cap": ""}, "daily_cap_cap", "A number is missing"),
        (CAP, {"daily_cap_cap": "0"}, "daily_cap_cap", "Between 0.001 and 100000 km"),
        (CAP, {"daily_cap_cap": "much"}, "daily_cap_cap", "A number of km"),
        (CAP, {"measure": "moving_time", "daily_cap_cap": "much"}, "daily_cap_cap", "Hours, as in"),
        (RuleSet(shape="streak"), {"streak_rest": "9"}, "streak_rest", "Between 0 and 6 days"),
        (RuleSet(shape="improvement"), {"improvement_most": "5"}, "improvement_most", "Between 100 and 1000 %"),
        (RuleSet(shape="journey"), {"journey_route": "moon"}, "journey_route", "Not a valid choice"),
        (RuleSet(shape="journey"), {"journey_route": "own"}, "journey_places", "places"),
        (RuleSet(shape="journey"), {"journey_route": "own", "journey_places": "Ayr"}, "journey_places", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(
    app: Flask, rules: RuleSet, typed: dict[str, Any], field: str, said: str
) -> None:
    form = read(app, sent(rules, **typed))
    assert list(form.errors) == [field]
    assert said in " ".join(form.errors[field])


def test_the_numbers_of_a_shape_that_is_not_chosen_may_say_anything(app: Flask) -> None:
    form = read(app, sent(PLAIN, daily_cap_cap="much", streak_rest="99", steps_out=""))
    assert not form.errors
    assert form.rules() == PLAIN


def test_an_amount_is_read_in_the_unit_of_what_is_measured(app: Flask) -> None:
    form = read(app, sent(CAP, measure="moving_time", daily_cap_cap="1:30"))
    assert form.rules() == RuleSet("moving_time", "daily_cap", {"cap": 5400})
