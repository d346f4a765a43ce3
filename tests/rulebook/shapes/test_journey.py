"""The shape "journey": a total that leads along a way with named places."""

import json
from datetime import date
from typing import Any

import pytest

from webapp.rulebook.explanations import sentences
from webapp.rulebook.journeys import (
    MAX_METRES,
)
from webapp.rulebook.judging import NO_CONTEXT
from webapp.rulebook.ruleset import RuleSet, RuleSetError

OWN = {"route": "own", "places": [["The old oak", 0], ["Mill", 4_500], ["Zoë's café", 12_000]]}


def test_days_are_added_up_as_they_are() -> None:
    days = [(date(2026, 11, 1), 5_000), (date(2026, 11, 3), 21_097)]
    assert RuleSet("distance", "journey").gains(days, NO_CONTEXT) == [5_000, 21_097]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"route": "route_66"}, "route"),
        ({"route": ["own"]}, "route"),
        ({"route": "own"}, "places"),
        ({"route": "own", "places": "Start, 0"}, "places"),
        ({"route": "own", "places": [["Start", 0]]}, "places"),
        ({"route": "own", "places": [["Start", 0], ["Mill"]]}, "places"),
        ({"route": "own", "places": [["Start", 0], ["Mill", True]]}, "places"),
        ({"route": "own", "places": [["Start", 0], ["Mill", 4.5]]}, "places"),
        ({"route": "own", "places": [["Start", 0], ["Mill", MAX_METRES + 1]]}, "places"),
        ({"route": "own", "places": [["Start", 0], [" Mill ", 4_500]]}, "places"),
        ({"route": "own", "places": [["Start", 0], [7, 4_500]]}, "places"),
    ],
)
def test_rules_with_such_a_way_are_refused_where_it_stands(params: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleSetError) as refused:
        RuleSet("distance", "journey", params)
    assert refused.value.field == field


def test_ones_own_places_are_kept_with_the_rules() -> None:
    rules = RuleSet("distance", "journey", OWN)
    assert rules.to_data()["params"] == OWN
    assert RuleSet.from_data(json.loads(json.dumps(rules.to_data()))) == rules


def test_a_ready_route_keeps_no_places_of_its_own() -> None:
    assert RuleSet("distance", "journey", {**OWN, "route": "camino"}).to_data()["params"] == {
        "route": "camino",
        "places": [],
    }


def test_it_is_said_on_the_page() -> None:
    said = sentences(RuleSet("distance", "journey", OWN), "km")
    assert said[1] == "Your total takes you from The old oak to Zoë's café, 12 km, past Mill."
    ready = sentences(RuleSet("distance", "journey"), "km")
    assert "along the West Highland Way from Milngavie to Fort William, 154 km, past Drymen" in ready[1]
    assert "approximate" in ready[2]
