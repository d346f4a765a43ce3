from webapp.rulebook.shapes.base import Days, DayText, Params, RuleText, ScoringContext, Shape
from webapp.rulebook.units import MILE_M, POINT, number_text


class Saddles(Shape):
    """The points that the challenge Freezing Saddles publishes, by each day's distance d in miles.

    0 under one mile; 10 + 0.5 (21 d - d^2) from 1 to 10; 65 + d - 10 above. Rounded to thousandths. Days are in whole
    metres, so the mile that a watch shows as 1.00 has 1,609 of them.
    """

    key = "saddles"
    label = "Points as in Freezing Saddles"
    measures = frozenset({"points"})
    unit = "points"
    caption = "Points by the distance of a day"

    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        return [_points(metres) for _, metres in days]

    def sentences(self, text: RuleText) -> list[str]:
        return [
            "A day under one mile gives no points. The first mile gives 20, the second 9 more, the third 8, and so on "
            "down to 1 for the tenth. Each mile over 10 gives 1 more.",
            "These are the points of Freezing Saddles: 20 for one mile, 50 for five, 65 for ten.",
        ]

    def explain_day(self, day: DayText) -> str:
        if not day.gain:
            return f"{day.measured} → no points under one mile"
        miles = day.day_amount / MILE_M
        d = number_text(miles, 2)
        formula = f"10 + ½ × (21 × {d} − {d}²)" if miles <= 10 else f"65 + {number_text(miles - 10, 2)}"
        same = "" if day.units == "mi" else f" = {d} mi"
        return f"{day.measured}{same} → {formula} = {day.gained}"

    def knees(self, params: Params, context: ScoringContext) -> list[int]:
        return [round(MILE_M), round(10 * MILE_M)]


def _points(metres: int) -> int:
    if metres < round(MILE_M):
        return 0
    miles = metres / MILE_M
    points = 10 + (21 * miles - miles * miles) / 2 if miles <= 10 else 65 + miles - 10
    return round(points * POINT)
