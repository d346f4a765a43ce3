from fractions import Fraction

from webapp.rulebook.shapes.base import Days, DayText, Param, Params, RuleText, ScoringContext, Shape
from webapp.rulebook.units import METRES_PER, POINT, number_text


class Steps(Shape):
    """Points by a day's distance: some for going out, a number for each km or mile up to the knee, fewer beyond."""

    key = "steps"
    label = "Points: some for going out, more at first than later"
    measures = frozenset({"points"})
    unit = "points"
    params = (
        Param("min_m", "A day counts from", "metres", 1000, 0, 50_000),
        Param("out", "Points for going out", "points", 10, 0, 1000),
        # The distance that the rates are points of.
        Param("per", "More points for each", "choice", "km", choices={"km": "km", "mi": "mile"}),
        Param("rate", "Points each", "rate", 2, 0, 100),
        Param("knee", "Up to", "metres", 10_000, 0, 100_000),
        Param("rate_beyond", "Points each after that", "rate", 1, 0, 100),
    )
    caption = "Points by the distance of a day"

    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        return [_points(metres, params) for _, metres in days]

    def sentences(self, text: RuleText) -> list[str]:
        params, units = text.params, text.units
        shortest, knee = (text.amount(params[name], "distance") for name in ("min_m", "knee"))
        near, beyond = (_rate(text, name) for name in ("rate", "rate_beyond"))
        return [
            *([f"A day under {shortest} gives no points."] if params["min_m"] else []),
            f"A day gives {params['out']} points for going out, {near} for each {units} up to {knee}, and {beyond} for "
            f"each {units} beyond.",
        ]

    def explain_day(self, day: DayText) -> str:
        params = day.params
        if not day.gain:
            under = f" under {day.amount(params['min_m'], 'distance')}" if day.day_amount < params["min_m"] else ""
            return f"{day.measured} → no points{under}"
        near = min(day.day_amount, params["knee"])
        parts = [f"{params['out']} points for going out"] if params["out"] else []
        for metres, name in ((near, "rate"), (day.day_amount - near, "rate_beyond")):
            parts += [f"{day.amount(metres, 'distance')} × {_rate(day, name)}"] if metres and params[name] else []
        return f"{day.measured} → {' + '.join(parts)} = {day.gained}"

    def knees(self, params: Params, context: ScoringContext) -> list[int]:
        return sorted({params["min_m"], params["knee"]} - {0})


def _points(metres: int, params: Params) -> int:
    if metres < max(1, params["min_m"]):
        return 0
    near = min(metres, params["knee"])
    along = near * params["rate"] + (metres - near) * params["rate_beyond"]
    return int(params["out"] * POINT + along * POINT / METRES_PER[params["per"]])


def _rate(text: RuleText, name: str) -> str:
    """Return the points of the reader's km or mile, whichever of them the rules give points for."""
    return number_text(Fraction(text.params[name] * METRES_PER[text.units] / METRES_PER[text.params["per"]]), 3)
