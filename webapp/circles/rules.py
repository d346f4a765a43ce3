"""Which totals are close to one's own."""

from fractions import Fraction

CLOSE = Fraction(40, 100)


def is_close(total: int | None, own: int) -> bool:
    """Return whether a total is at most 40 % away from one's own. At zero everybody is."""
    return total is not None and (not own or abs(total - own) <= CLOSE * own)
