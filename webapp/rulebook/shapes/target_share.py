from fractions import Fraction

from webapp.rulebook.measures import ADDABLE, SINGLE
from webapp.rulebook.shapes.base import Param, RuleText, ScoringContext
from webapp.rulebook.shapes.shares import Share


class TargetShare(Share):
    """How much of their own target each runner has done."""

    key = "target_share"
    label = "Share of everyone’s own target"
    measures = ADDABLE | SINGLE
    params = (Param("max_percent", "It goes up to", "percent", 100, 100, 1000),)
    caption = "Share of a target"
    needs = "target"

    def whole(self, context: ScoringContext) -> Fraction | None:
        return Fraction(context.target) if context.target else None

    def sentences(self, text: RuleText) -> list[str]:
        return [
            f"Your total is the share of your own target that you have reached, up to {text.params['max_percent']} %.",
            "Runners without a target stay at 0 %.",
        ]
