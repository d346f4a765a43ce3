from collections.abc import Mapping
from fractions import Fraction

from webapp.rulebook.measures import Unit
from webapp.rulebook.shapes.base import Param, RuleText, ScoringContext
from webapp.rulebook.shapes.shares import Share

# No baseline is taken lower than this a week. Otherwise a runner who has hardly run would win with one run.
MIN_BASELINES: Mapping[Unit, int] = {"distance": 5000, "time": 1800, "climb": 50, "runs": 1, "days": 1}


class Improvement(Share):
    """What each runner does of what their weeks before the challenge would come to over its dates."""

    key = "improvement"
    label = "Compared with each runner’s own earlier weeks"
    params = (Param("max_percent", "It goes up to", "percent", 200, 100, 1000),)
    caption = "Share of a baseline"
    needs = "baseline"
    hall_kind = "improvement"

    def whole(self, context: ScoringContext) -> Fraction | None:
        if context.baseline is None:
            return None
        weekly = max(context.baseline, MIN_BASELINES[context.unit])
        return Fraction(weekly * ((context.ends_on - context.starts_on).days + 1), 7)

    def sentences(self, text: RuleText) -> list[str]:
        return [
            "Everyone is measured against themselves: 100 % is what your own weeks before would add up to over these "
            f"dates. Totals go up to {text.params['max_percent']} %.",
            f"A baseline is at least {text.amount(MIN_BASELINES[text.measure.unit])} a week.",
            "Runners with less than three weeks of history get the group’s median baseline.",
        ]
