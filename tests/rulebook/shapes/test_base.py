"""Numbers of shapes: their units, bounds and words."""

from webapp.rulebook.measures import MEASURES
from webapp.rulebook.shapes.base import Param, RuleText

CAP = Param("cap", "Cap", "amount", 10_000, 1_000, 100_000, by_unit={"time": 3600})
REST = Param("rest", "Rest days", "days", 0, 0, 3)
WAY = Param("route", "Way", "choice", "own")


def test_an_amount_is_in_the_unit_of_the_measure_and_another_number_in_its_own() -> None:
    assert (CAP.usual("distance"), CAP.usual("time")) == (10_000, 3600)
    assert (CAP.unit_for("climb"), REST.unit_for("climb"), WAY.unit_for("climb")) == ("climb", "days", "points")


def test_a_suffix_is_the_same_for_every_measure_or_none() -> None:
    assert (CAP.suffix("km"), WAY.suffix("km")) == (None, None)
    assert REST.suffix("mi") == "days"
    assert Param("knee", "Knee", "metres", 0).suffix("mi") == "mi"


def test_bounds_are_said_in_the_readers_units() -> None:
    assert CAP.bounds_in_words("distance", "km") == "Between 1 and 100 km."
    assert CAP.bounds_in_words("distance", "mi") == "Between 0.6214 and 62 mi."
    assert REST.bounds_in_words("distance", "mi") == "Between 0 and 3 days."


def test_a_limit_in_feet_is_what_was_typed() -> None:
    assert RuleText({"cap": 762}, MEASURES["climb"], "mi").limit("cap") == "2,500 ft"
    assert RuleText({"cap": 762}, MEASURES["climb"], "km").limit("cap") == "762 m"
