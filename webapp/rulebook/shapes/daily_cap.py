from webapp.rulebook.measures import ADDABLE
from webapp.rulebook.shapes.base import MAX_AMOUNT, Days, DayText, Param, Params, RuleText, ScoringContext, Shape


class DailyCap(Shape):
    """A day counts up to a cap."""

    key = "daily_cap"
    label = "At most per day"
    measures = ADDABLE - {"active_days"}
    params = (
        Param(
            "cap", "At most", "amount", 15_000, 1, MAX_AMOUNT,
            by_unit={"time": 5400, "climb": 500, "runs": 1, "days": 1},
        ),
    )  # fmt: skip
    caption = "What a day brings"
    proposed_from = "day"

    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        return [min(amount, params["cap"]) for _, amount in days]

    def sentences(self, text: RuleText) -> list[str]:
        return [f"At most {text.limit('cap')} per day count."]

    def explain_day(self, day: DayText) -> str:
        return day.measured if day.gain == day.day_amount else f"{day.measured}, capped at {day.gained}"

    def knees(self, params: Params, context: ScoringContext) -> list[int]:
        return [params["cap"]]
