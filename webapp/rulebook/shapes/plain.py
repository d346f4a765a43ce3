from typing import ClassVar

from webapp.rulebook.measures import ADDABLE, SINGLE, Measure
from webapp.rulebook.shapes.base import Days, Params, RuleText, ScoringContext, Shape


class Plain(Shape):
    """Every day counts in full."""

    key = "plain"
    label = "Everything counts"
    measures = ADDABLE | SINGLE
    caption: ClassVar[str | None] = "What a day brings"
    is_plain_sum = True

    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        return [amount for _, amount in days]

    def sentences(self, text: RuleText) -> list[str]:
        return ["Every day counts in full, and days are added up."] if text.measure.adds_up else []

    def chart_caption(self, measure: Measure) -> str | None:
        # Every active day brings one day.
        return None if measure.unit == "days" else super().chart_caption(measure)
