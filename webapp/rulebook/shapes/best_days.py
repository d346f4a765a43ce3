from collections import defaultdict
from datetime import date
from heapq import heappush, heappushpop

from webapp.rulebook.date_ranges import monday_of
from webapp.rulebook.measures import ADDABLE
from webapp.rulebook.shapes.base import Days, DayText, Param, Params, RuleText, ScoringContext, Shape


class BestDays(Shape):
    """The best days of each week, Monday to Sunday; a better day replaces the lowest of them."""

    key = "best_days"
    label = "The best days of each week"
    measures = ADDABLE - {"active_days"}
    params = (Param("days", "Days that count in a week", "days", 3, 1, 6),)
    days_stand_alone = False

    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        best: defaultdict[date, list[int]] = defaultdict(list)
        gains = []
        for day, amount in days:
            week = best[monday_of(day)]
            if len(week) < params["days"]:
                heappush(week, amount)
                gains.append(amount)
            else:
                gains.append(amount - heappushpop(week, amount))
        return gains

    def sentences(self, text: RuleText) -> list[str]:
        best = _best(text)
        return [
            f"Your {best} of each week, Monday to Sunday, {'counts' if text.params['days'] == 1 else 'count'}.",
            "A better day of the same week replaces the lowest of them.",
        ]

    def explain_day(self, day: DayText) -> str:
        if not day.gain:
            return f"{day.measured}, not among the {_best(day)} of its week"
        if day.gain == day.day_amount:
            return day.measured
        return f"{day.measured} in place of {day.amount(day.day_amount - day.gain)} → {day.gained} more"


def _best(text: RuleText) -> str:
    return "best day" if text.params["days"] == 1 else f"{text.params['days']} best days"
