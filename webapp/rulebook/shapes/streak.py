from datetime import date

from webapp.formatting import days_in_words
from webapp.rulebook.shapes.base import MAX_AMOUNT, Days, DayText, Param, Params, RuleText, ScoringContext, Shape


class Streak(Shape):
    """The longest streak, in days run. There are at most `rest` other days between two of its days."""

    key = "streak"
    label = "The longest streak of days"
    unit = "days"
    params = (
        Param(
            "min_amount", "A day counts from", "amount", 1000, 0, MAX_AMOUNT,
            by_unit={"time": 600, "climb": 10, "runs": 1, "days": 1},
        ),
        Param("rest", "Days of rest allowed in between", "days", 1, 0, 6),
    )  # fmt: skip
    days_stand_alone = False
    has_daily_mean = False
    hall_kind = "streak"

    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        gains, longest, current = [], 0, 0
        last: date | None = None
        for day, amount in days:
            if amount < params["min_amount"]:
                gains.append(0)
                continue
            goes_on = last is not None and (day - last).days <= params["rest"] + 1
            current, last = current + 1 if goes_on else 1, day
            gains.append(max(0, current - longest))
            longest = max(longest, current)
        return gains

    def sentences(self, text: RuleText) -> list[str]:
        rest = text.params["rest"]
        allowed = f"Up to {days_in_words(rest)} of rest between two of them {'does' if rest == 1 else 'do'} not end it."
        return [
            f"Days with at least {text.limit('min_amount')} make a streak.",
            allowed if rest else "A day of rest ends it.",
            "Your longest streak counts, in days run.",
        ]

    def explain_day(self, day: DayText) -> str:
        shortest = day.params["min_amount"]
        if day.day_amount < shortest:
            return f"{day.measured}, short of the {day.amount(shortest)} of a streak"
        return f"{day.measured} → the longest streak {'grew by a day' if day.gain else 'stayed as it was'}"
