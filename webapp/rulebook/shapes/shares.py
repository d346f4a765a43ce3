"""What the shapes have in common whose totals are shares of an amount that each entry has for itself."""

from fractions import Fraction
from itertools import accumulate, pairwise

from webapp.rulebook.shapes.base import Days, DayText, Params, ScoringContext, Shape
from webapp.rulebook.units import PERCENT


class Share(Shape):
    """A total in thousandths of a per cent of `whole`. Its param "max_percent" is the highest share in per cent."""

    unit = "percent"

    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        """Return by how much each day raised the share, cut to thousandths; nothing where the whole is not known."""
        whole = self.whole(context)
        if whole is None or whole <= 0:
            return [0 for _ in days]
        sums = accumulate((amount for _, amount in days), initial=0)
        shares = [min(int(100 * PERCENT * done / whole), params["max_percent"] * PERCENT) for done in sums]
        return [later - earlier for earlier, later in pairwise(shares)]

    def explain_day(self, day: DayText) -> str:
        whole = self.whole(day.context) if day.context else None
        if whole is None:
            return f"{day.measured} → {day.gained}"
        # The days before may have been cut by one more.
        is_over = day.measure.adds_up and day.gain + 1 < int(100 * PERCENT * day.day_amount / whole)
        rest = f", the rest is over {day.params['max_percent']} %" if is_over else ""
        return f"{day.measured} of {day.amount(round(whole))} → {day.gained}{rest}"

    def knees(self, params: Params, context: ScoringContext) -> list[int]:
        whole = self.whole(context) or Fraction(0)
        return [-(-whole.numerator * params["max_percent"] // (whole.denominator * 100))] if whole else []
