"""What somebody looks for in the directory."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.formatting import Units, pace

# Bands of paces, in seconds per km: each begins at a multiple of its width.
PACE_BAND_S = 30
MIN_PACE_BAND, MAX_PACE_BAND = 7, 17
SLOWEST_S = 3600


@dataclass(frozen=True, slots=True)
class PaceBand:
    """A band of paces of 30 s/km, from 5:00 to just under 5:30. The first and the last have only one end."""

    number: int

    @classmethod
    def of(cls, seconds_a_km: float) -> "PaceBand":
        return cls(min(max(int(seconds_a_km) // PACE_BAND_S, MIN_PACE_BAND), MAX_PACE_BAND))

    @property
    def quickest(self) -> int:
        return self.number * PACE_BAND_S if self.number > MIN_PACE_BAND else 0

    @property
    def slowest(self) -> int:
        return (self.number + 1) * PACE_BAND_S - 1 if self.number < MAX_PACE_BAND else SLOWEST_S

    def meets(self, quickest: int | None, slowest: int | None) -> bool:
        """Return whether paces from one to another include one of the band; False where a group tells none."""
        if quickest is None or slowest is None:
            return False
        return quickest <= self.slowest and slowest >= self.quickest

    def in_words(self, units: Units) -> str:
        """Return "5:00 to 5:30 /km"; "under 4:00 /km" and "8:30 /km and slower" at the ends."""
        if not self.quickest:
            return f"under {pace(self.slowest + 1, units)}"
        begins = pace(self.quickest, units)
        if self.number == MAX_PACE_BAND:
            return f"{begins} and slower"
        return f"{begins.partition(' ')[0]} to {pace(self.slowest + 1, units)}"


PACE_BANDS = tuple(PaceBand(number) for number in range(MIN_PACE_BAND, MAX_PACE_BAND + 1))


@dataclass(frozen=True, slots=True)
class GroupSearch:
    """What groups are looked for: words anywhere, words of their area, a day (Monday is 0), a pace."""

    words: str = ""
    area: str = ""
    weekday: int | None = None
    pace: PaceBand | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "GroupSearch":
        """Return what the fields q, area, day and pace say; one that makes no sense asks for nothing."""
        bands = {str(band.number): band for band in PACE_BANDS}
        days = {str(day): day for day in range(7)}
        return cls(query["q"], query["area"], days.get(query["day"]), bands.get(query["pace"]))

    @property
    def is_anything(self) -> bool:
        return self != GroupSearch()

    def fields(self) -> dict[str, str]:
        """Return the fields that ask for this again, for the links between pages."""
        day = "" if self.weekday is None else str(self.weekday)
        pace_band = str(self.pace.number) if self.pace else ""
        asked = {"q": self.words, "area": self.area, "day": day, "pace": pace_band}
        return {name: value for name, value in asked.items() if value}
