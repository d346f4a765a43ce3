"""Rule sets of every kind, drawn for tests of rules."""

from typing import Any

from hypothesis import strategies as st

from webapp.rulebook.ruleset import TEAM_SCORES, Eligibility, RuleSet
from webapp.rulebook.runs import LEDGER_SPORTS
from webapp.rulebook.shapes import SHAPES
from webapp.rulebook.shapes.base import Param

PAIRS = [(measure, shape) for shape in SHAPES for measure in sorted(SHAPES[shape].measures)]
# Where amounts of a day lie, so that caps and knees are met: for each unit a number that is near.
NEAR = {"distance": 12_000, "time": 4_000, "climb": 80, "runs": 2, "days": 1}


def _value_of(param: Param, near: int) -> st.SearchStrategy[Any]:
    if param.kind == "choice":
        return st.sampled_from(sorted(param.choices))
    if param.kind == "places":
        distances = st.lists(st.integers(0, 500_000), min_size=param.min_value, max_size=5, unique=True).map(sorted)
        return distances.map(lambda far: [[f"Place {metres}", metres] for metres in far])
    if param.kind in ("amount", "metres"):
        return st.integers(param.min_value, max(param.min_value, 2 * near))
    return st.integers(param.min_value, min(param.max_value, param.min_value + 200))


@st.composite
def rule_sets(
    draw: st.DrawFn, pairs: list[tuple[str, str]] | None = None, counts: Eligibility | None = None
) -> RuleSet:
    """Draw rules of any measure and shape, or of those in `pairs`, whose numbers lie where runs are."""
    measure, shape = draw(st.sampled_from(pairs or PAIRS))
    near = NEAR.get(RuleSet(measure, shape).measured.unit, NEAR["distance"])
    params = {param.name: draw(_value_of(param, near)) for param in SHAPES[shape].params}
    counted = counts or draw(all_counts())
    return RuleSet(measure, shape, params, counted, draw(st.sampled_from(TEAM_SCORES)), draw(st.integers(1, 50)))


@st.composite
def all_counts(draw: st.DrawFn) -> Eligibility:
    """Draw what may count, each part of it set or not."""
    bounds = st.one_of(st.none(), st.integers(60, 200)), st.one_of(st.none(), st.integers(300, 7200))
    quickest, slowest = draw(bounds[0]), draw(bounds[1])
    return Eligibility(
        sports=draw(st.frozensets(st.sampled_from(sorted(LEDGER_SPORTS)), min_size=1)),
        min_distance_m=draw(st.sampled_from([0, 0, 1000, 6000])),
        min_time_s=draw(st.sampled_from([0, 0, 600, 3000])),
        quickest=quickest,
        slowest=slowest,
        **{name: draw(st.booleans()) for name in SWITCHES},
    )


SWITCHES = ("private", "manual", "treadmill", "flagged", "stops_unusual", "stops_changed")
