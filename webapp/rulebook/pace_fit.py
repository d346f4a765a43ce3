"""Which pace group of a run fits a runner: by their own easy pace, and by how far they have run lately.

A single run longer than the longest of the last 30 days by more than a tenth goes with more injuries (hazard 1.64;
5,205 runners, Frandsen 2025, How much running is too much?). The study observed runners and tried nothing out, so we
say a word about it, to the runner alone, and forbid nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from webapp.formatting import pace
from webapp.rulebook.units import amount_text

EASY_DAYS, MIN_EASY_DAYS = 28, 4
LATELY_DAYS = 30
# A run of more than 110 % of the longest one lately is far.
FAR_TENTHS = 11
SOURCE = "Frandsen 2025, How much running is too much? 5,205 runners, observed for 18 months."

FitReason = Literal["inside", "between", "fastest", "slowest"]


@dataclass(frozen=True, slots=True)
class LedgerPace:
    """A date with runs: how far and how long in all, and how far the longest run went, in metres and seconds."""

    local_date: date
    distance_m: int
    moving_s: int
    longest_m: int


@dataclass(frozen=True, slots=True)
class Lately:
    """What a runner ran lately: their easy pace in seconds per km, and their longest run; None for what is unknown."""

    easy_s_per_km: int | None = None
    longest_m: int | None = None


@dataclass(frozen=True, slots=True)
class PaceRange:
    """A pace group, as far as it matters for who fits in: its paces in seconds per km, None for an open end."""

    id: int
    name: str
    slow_s_per_km: int | None
    fast_s_per_km: int | None
    distance_m: int | None = None
    is_no_drop: bool = False

    @property
    def has_paces(self) -> bool:
        return self.slow_s_per_km is not None or self.fast_s_per_km is not None

    @property
    def ends(self) -> tuple[float, float]:
        """Return the fast end and the slow end; zero and infinity where they are open."""
        slow = float("inf") if self.slow_s_per_km is None else self.slow_s_per_km
        return self.fast_s_per_km or 0, slow

    @property
    def middle(self) -> float:
        """Return the pace in the middle; of an open band, its known end."""
        known = [end for end in (self.slow_s_per_km, self.fast_s_per_km) if end is not None]
        return sum(known) / len(known)

    def includes(self, easy_s_per_km: int) -> bool:
        fast, slow = self.ends
        return fast <= easy_s_per_km <= slow


@dataclass(frozen=True, slots=True)
class Fit:
    """The pace group that fits, and why it does."""

    band: PaceRange
    reason: FitReason


@dataclass(frozen=True, slots=True)
class FarRun:
    """A distance that is more than a tenth beyond the longest run lately, and a pace group that runs less far.

    `percent`: how much beyond, cut. `shorter`: None where there is none.
    """

    distance_m: int
    longest_m: int
    shorter: PaceRange | None

    @property
    def percent(self) -> int:
        return self.distance_m * 100 // self.longest_m - 100


def lately_of(days: Collection[LedgerPace], today: date) -> Lately:
    """Return what a runner ran lately. The easy pace is the median of the days, of which it takes four at least."""
    first = today - timedelta(days=EASY_DAYS - 1)
    paces = [
        day.moving_s * 1000 / day.distance_m
        for day in days
        if first <= day.local_date <= today and day.distance_m > 0 and day.moving_s > 0
    ]
    since = today - timedelta(days=LATELY_DAYS - 1)
    longest = max((day.longest_m for day in days if since <= day.local_date <= today), default=0)
    return Lately(round(median(paces)) if len(paces) >= MIN_EASY_DAYS else None, longest or None)


def fitting(bands: Iterable[PaceRange], easy_s_per_km: int) -> Fit | None:
    """Return the pace group that fits an easy pace; None if no group names a pace.

    Of those that include it, the one with its middle nearest to it. Otherwise the next slower one, so that easy stays
    easy, and for those who are slower than all the slowest. Of two that are alike, the slower one.
    """
    known = [band for band in bands if band.has_paces]
    if not known:
        return None
    if inside := [band for band in known if band.includes(easy_s_per_km)]:
        nearest = min(inside, key=lambda band: (abs(band.middle - easy_s_per_km), -band.middle, band.id))
        return Fit(nearest, "inside")
    if slower := [band for band in known if band.ends[0] > easy_s_per_km]:
        next_slower = min(slower, key=lambda band: (band.ends[0], -band.middle, band.id))
        return Fit(next_slower, "between" if len(slower) < len(known) else "fastest")
    return Fit(max(known, key=lambda band: (band.ends[1], band.middle, -band.id)), "slowest")


def is_far(distance_m: int, longest_m: int) -> bool:
    """Return whether a distance is over 110 % of the longest run lately."""
    return distance_m * 10 > longest_m * FAR_TENTHS


def far_run(distance_m: int | None, lately: Lately, bands: Sequence[PaceRange]) -> FarRun | None:
    """Return by how much a distance is beyond the longest run lately; None if it is not, or one of them is unknown."""
    if not distance_m or not lately.longest_m or not is_far(distance_m, lately.longest_m):
        return None
    return FarRun(distance_m, lately.longest_m, _shorter(distance_m, lately, bands))


def _shorter(distance_m: int, lately: Lately, bands: Sequence[PaceRange]) -> PaceRange | None:
    """Return a pace group within reach, by pace if that is known, otherwise the farthest; or else the shortest one."""
    shorter = [band for band in bands if band.distance_m and band.distance_m < distance_m]
    near = [band for band in shorter if not is_far(band.distance_m or 0, lately.longest_m or 0)]
    if near and lately.easy_s_per_km is not None and (fit := fitting(near, lately.easy_s_per_km)):
        return fit.band
    if near:
        return max(near, key=lambda band: (band.distance_m or 0, -band.id))
    return min(shorter, key=lambda band: (band.distance_m or 0, band.id), default=None)


def fit_sentence(fit: Fit, easy_s_per_km: int, units: str, *, is_typed: bool = False) -> str:
    """Return why a pace group fits. `is_typed`: the runner said what their easy pace is."""
    own = f"Your easy pace is {pace(easy_s_per_km, units)}" + ("" if is_typed else " lately")
    planned = band_words(fit.band, units)
    if fit.reason == "inside":
        return f"{own}, and this pace group plans {planned}."
    if fit.reason == "between":
        return f"{own}, which is between two pace groups. In the slower one of them an easy run stays easy."
    if fit.reason == "fastest":
        return f"{own}. The fastest pace group plans {planned}: a relaxed run for you."
    if fit.band.is_no_drop:
        return f"{own}, and the slowest pace group plans {planned}. It waits for everyone, so you are welcome in it."
    return f"{own}, and the slowest pace group plans {planned}. Tell its leader, who can find you company at the back."


def far_sentence(far: FarRun, units: str) -> str:
    """Return the word about a distance for its runner alone."""
    said = amount_text(far.distance_m, "distance", units)
    beyond = "more than twice" if far.percent >= 100 else f"{far.percent} % beyond"
    lately = f"{said} is {beyond} your longest lately"
    if far.shorter is None:
        return f"{lately}. You can turn back early: tell the leader before you start."
    if is_far(far.shorter.distance_m or 0, far.longest_m):
        return f"{lately}; the shortest pace group, {far.shorter.name}, runs {_distance(far.shorter, units)}."
    return f"{lately}; the {_distance(far.shorter, units)} pace group leaves too: {far.shorter.name}."


def band_words(band: PaceRange, units: str) -> str:
    """Return the paces of a band in words: "5:30 to 6:00 /km", "6:30 /km or slower"; "any pace" without one."""
    if band.slow_s_per_km is None and band.fast_s_per_km is None:
        return "any pace"
    if band.slow_s_per_km is None:
        return f"{pace(band.fast_s_per_km or 0, units)} or slower"
    if band.fast_s_per_km is None:
        return f"{pace(band.slow_s_per_km, units)} or faster"
    fast, slow = pace(band.fast_s_per_km, units), pace(band.slow_s_per_km, units)
    return slow if fast == slow else f"{fast.partition(' ')[0]} to {slow}"


def _distance(band: PaceRange, units: str) -> str:
    return amount_text(band.distance_m or 0, "distance", units)
