"""Forms of rules: what organisers type in their own units, what comes of it, and what is wrong where."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from tests.support.challenge_forms import sent
from webapp.challenge_builder.rule_forms import TEAM_SCORE_WORDS, RulesForm
from webapp.rulebook.journeys import RoutePlace
from webapp.rulebook.measures import MEASURES
from webapp.rulebook.presets import PRESETS, Preset
from webapp.rulebook.ruleset import TEAM_SCORES, Eligibility, RuleSet
from webapp.rulebook.shapes import SHAPES
from webapp.rulebook.shapes.base import ScoringContext

DAY = date(2026, 11, 12)
# Whatever a rule set may say, said.
ODD = [
    RuleSet("moving_time", "weekly_cap", {"cap": 5400 + 60}),
    RuleSet("climb", "daily_cap", {"cap": 333}),
    RuleSet("runs", "streak", {"min_amount": 2, "rest": 0}),
    RuleSet("points", "steps", {"min_m": 1500, "out": 0, "rate": 3, "knee": 7250, "rate_beyond": 2}),
    RuleSet("points", "steps", {"per": "mi", "rate": 4, "knee": 9656, "rate_beyond": 1}),
    RuleSet("distance", "target_share", {"max_percent": 150}, team_score="met"),
    RuleSet("distance", "journey", {"route": "own", "places": [["Ayr", 0], ["Troon", 12_500]]}),
    RuleSet("active_days", counts=Eligibility(frozenset({"Walk", "Hike"}), private=True, manual=True, treadmill=False)),
    RuleSet(
        counts=Eligibility(
            flagged=True, min_distance_m=1500, min_time_s=1795, quickest=150, slowest=541, stops_changed=True
        )
    ),
    RuleSet(counts=Eligibility(stops_unusual=True), team_score="best", best=3),
]


def read(app: Flask, fields: "MultiDict[str, str]", own: str = "km") -> RulesForm:
    with app.test_request_context("/", method="POST", data=fields):
        form = RulesForm(own)
        form.validate()
        return form


def test_everything_that_can_be_chosen_has_its_words() -> None:
    assert set(TEAM_SCORES) == TEAM_SCORE_WORDS.keys()
    labels = [measure.label for measure in MEASURES.values()]
    labels += [shape.label for shape in SHAPES.values()]
    labels += [param.label for shape in SHAPES.values() for param in shape.params]
    assert all(re.match(r"[A-Z]", label) for label in labels)


@pytest.mark.parametrize("own", ["km", "mi"])
@pytest.mark.parametrize("rules", [*(preset.rules for preset in PRESETS), *ODD])
def test_what_stands_in_the_fields_says_the_same_rules_again(app: Flask, rules: RuleSet, own: str) -> None:
    form = read(app, sent(rules, own), own)
    assert not form.errors
    assert form.rules() == rules


def test_every_number_of_every_shape_has_a_field(app: Flask) -> None:
    with app.test_request_context("/"):
        names = set(RulesForm("km")._fields)
    assert names >= {f"{shape}_{param.name}" for shape, of in SHAPES.items() for param in of.params}


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
        (PLAIN, {"min_distance": "far"}, "min_distance", "A number of km"),
        (PLAIN, {"min_distance": "500"}, "min_distance", "Between"),
        (PLAIN, {"min_time": "99"}, "min_time", "Between"),
        (PLAIN, {"quickest": "5.30"}, "quickest", "as in 5:30"),
        (PLAIN, {"quickest": "6:00", "slowest": "5:00"}, "slowest", "slower than the quickest"),
        (CAP, {"daily_cap_cap": ""}, "daily_cap_cap", "A number is missing"),
        (CAP, {"daily_cap_cap": "0"}, "daily_cap_cap", "Between 0.001 and 100000 km"),
        (CAP, {"daily_cap_cap": "much"}, "daily_cap_cap", "A number of km"),
        (CAP, {"measure": "moving_time", "daily_cap_cap": "much"}, "daily_cap_cap", "Hours, as in"),
        (RuleSet(shape="streak"), {"streak_rest": "9"}, "streak_rest", "Between 0 and 6 days"),
        (RuleSet(shape="improvement"), {"improvement_max_percent": "5"}, "improvement_max_percent", "Between 100 and"),
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


@pytest.mark.parametrize(
    ("rules", "typed", "field", "said"),
    [
        (PLAIN, {"min_distance": "far"}, "min_distance", "A number of miles"),
        (CAP, {"daily_cap_cap": "0"}, "daily_cap_cap", "Between 0.0006 and 62137 mi."),
        (CAP, {"measure": "climb", "daily_cap_cap": "0"}, "daily_cap_cap", "ft."),
        (RuleSet(shape="journey"), {"journey_route": "own", "journey_places": "Ayr"}, "journey_places", "miles"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_miles_to_who_runs_in_miles(
    app: Flask, rules: RuleSet, typed: dict[str, Any], field: str, said: str
) -> None:
    form = read(app, sent(rules, "mi", **typed), "mi")
    assert list(form.errors) == [field]
    assert said in " ".join(form.errors[field])


def test_points_are_given_for_each_mile_or_km_as_their_organiser_says(app: Flask) -> None:
    steps = RuleSet("points", "steps")
    form = read(app, sent(steps, "mi", steps_per="mi", steps_rate="3", steps_knee="6", steps_rate_beyond="1"), "mi")
    mile, four = (form.rules().gains([(DAY, metres)], ScoringContext(DAY, DAY))[0] for metres in (1610, 4 * 1610))
    assert (mile // 1000, four // 1000) == (13, 22)
    assert read(app, sent(steps, "mi"), "mi").rules() == steps


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_a_preset_begins_with_round_numbers_in_miles_too(preset: Preset) -> None:
    typed = RulesForm.typed(preset.rules, "mi", chosen=False)
    numbers = [value for name, value in typed.items() if name.split("_")[0] in SHAPES or name == "min_distance"]
    assert all(len(str(number).replace(".", "").strip("0")) <= 2 for number in numbers if str(number)[:1].isdigit())


def test_places_of_a_way_are_miles_from_its_start_to_who_runs_in_miles(app: Flask) -> None:
    fields = sent(
        RuleSet(shape="journey"), "mi", journey_route="own", journey_places="Ayr, 0\nTroon, 7.8\nIrvine, 20 km"
    )
    places = read(app, fields, "mi").rules().params["places"]
    assert places == (RoutePlace("Ayr", 0), RoutePlace("Troon", 12_553), RoutePlace("Irvine", 20_000))


def test_the_numbers_of_a_shape_that_is_not_chosen_may_say_anything(app: Flask) -> None:
    form = read(app, sent(PLAIN, daily_cap_cap="much", streak_rest="99", steps_out=""))
    assert not form.errors
    assert form.rules() == PLAIN


def test_an_amount_is_read_in_the_unit_of_what_is_measured(app: Flask) -> None:
    form = read(app, sent(CAP, measure="moving_time", daily_cap_cap="1:30"))
    assert form.rules() == RuleSet("moving_time", "daily_cap", {"cap": 5400})
