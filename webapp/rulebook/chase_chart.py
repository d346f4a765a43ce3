"""What a chase's line chart draws of the rest of a challenge: a fan, what is expected, and where lines cross. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from math import ceil, sqrt

from webapp.charts import Band, ChartSpan, Crossing, Fan
from webapp.rulebook.odds import Contender, TimeLeft, daily_km, rest_of
from webapp.rulebook.odds_forms import Matchup

# Student's t with four degrees of freedom: in this part of all cases it lies between minus and plus this value.
QUANTILES = {90: 2.131847, 50: 0.740697}
MAX_FAN_STEPS = 12


def span_of_chart(starts_on: date, left: TimeLeft) -> ChartSpan:
    """Return the dates of a chart with the moment of `left`; without one after the last date."""
    if left.days <= 0:
        return ChartSpan(starts_on, left.ends_on)
    return ChartSpan(starts_on, left.ends_on, (left.today - starts_on).days + 1 - left.part)


def fan_of(side: Contender, km: float, total: int, span: ChartSpan, left: TimeLeft) -> Fan:
    """Return where a total may go until the end. `km`: what a unit of it stands for. A total never falls."""
    steps = min(MAX_FAN_STEPS, ceil(left.days))
    times = [left.days * number / steps for number in range(steps + 1)]
    rests = [rest_of(side, days) for days in times]
    bands = []
    for percent, quantile in QUANTILES.items():
        spreads = [quantile * sqrt(rest.variance) for rest in rests]
        low = tuple(total + max(0.0, rest.km - spread) / km for rest, spread in zip(rests, spreads, strict=True))
        high = tuple(total + (rest.km + spread) / km for rest, spread in zip(rests, spreads, strict=True))
        bands.append(Band(percent, low, high))
    return Fan(tuple((span.now or 0.0) + days for days in times), tuple(bands))


def expected_total(side: Contender, km: float, total: int, left: TimeLeft) -> float:
    """Return the total that is expected at the end."""
    return total + rest_of(side, left.days).km / km


def first_crossing(pairs: Iterable[tuple[Matchup, int]], span: ChartSpan) -> Crossing | None:
    """Return where lines first cross before the end at present rates, if any do: pairs with the total behind."""
    found = [crossing for pair, total in pairs if (crossing := _crossing_of(pair, total, span))]
    return min(found, key=lambda crossing: crossing.at, default=None)


def _crossing_of(pair: Matchup, total_behind: int, span: ChartSpan) -> Crossing | None:
    days, left = pair.days_to_crossing(), pair.left
    if days is None or days > left.days or span.now is None:
        return None
    on = left.today + timedelta(days=max(0, ceil(days - left.part)))
    return Crossing(span.now + days, total_behind + daily_km(pair.behind) * days / pair.km, on)
