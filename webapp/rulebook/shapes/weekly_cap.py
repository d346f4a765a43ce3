from collections import defaultdict
from datetime import date

from webapp.rulebook.date_ranges import monday_of
from webapp.rulebook.shapes.base import MAX_AMOUNT, Days, DayText, Param, Params, RuleText, ScoringContext, Shape


class WeeklyCap(Shape):
    """A week, Monday to Sunday, counts up to a cap; earlier days count first."""

    key = "weekly_cap"
    label = "At most per week"
    params = (
        Param(
            "cap", "At most", "amount", 50_000, 1, MAX_AMOUNT,
            by_unit={"time": 18_000, "climb": 1500, "runs": 5, "days": 5},
        ),
    )  # fmt: skip
    caption = "What a week brings"
    proposed_from = "week"
    days_stand_alone = False

    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        left: defaultdict[date, int] = defaultdict(lambda: int(params["cap"]))
        gains = []
        for day, amount in days:
            monday = monday_of(day)
            gains.append(min(amount, left[monday]))
            left[monday] -= gains[-1]
        return gains

    def sentences(self, text: RuleText) -> list[str]:
        return [f"At most {text.limit('cap')} per week, Monday to Sunday, count; earlier days count first."]

    def explain_day(self, day: DayText) -> str:
        if day.gain == day.day_amount:
            return day.measured
        left = f"{day.gained} of it was left" if day.gain else "nothing was left"
        return f"{day.measured}; {left} under the {day.amount(day.params['cap'])} of the week"

    def knees(self, params: Params, context: ScoringContext) -> list[int]:
        return [params["cap"]]
