"""One recorded activity, as its owner's watch knows it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

DEVICES = ("Garmin Forerunner 255", "Garmin Forerunner 965", "COROS PACE 3", "Apple Watch Series 9", "Polar Pacer Pro")
TITLES = ("Morning Run", "Lunch Run", "Afternoon Run", "Evening Run", "Night Run")


@dataclass(frozen=True, slots=True)
class SimulatorRun:
    """One recorded activity as its owner's watch knows it. Metres and seconds; `start_local` is the wall clock."""

    start_local: datetime
    zone: str
    utc_offset: int
    distance: float
    moving: int
    elapsed: int
    sport_type: str = "Run"
    name: str = "Run"
    climb: float = 0.0
    heart_rate: int | None = None
    workout_type: int | None = None
    device: str | None = None
    private: bool = False
    flagged: bool = False
    manual: bool = False
    trainer: bool = False
    commute: bool = False
    hidden_start: bool = False
    missing: tuple[str, ...] = ()

    @property
    def start(self) -> int:
        """Return the start in epoch seconds; a hidden one is shown as if the runner lived at UTC."""
        wall = int(self.start_local.replace(tzinfo=UTC).timestamp())
        return wall if self.hidden_start else wall - self.utc_offset

    @property
    def end(self) -> int:
        """Return the end in epoch seconds."""
        return self.start + self.elapsed


Bout = tuple[SimulatorRun, ...]  # what reaches Strava together: one run, or the run and its double


def offset(start: datetime, zone: str) -> int:
    """Return local minus UTC, in seconds, at that wall-clock time of the zone."""
    there = start.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    return int(there.total_seconds()) if there else 0


def title_for(start: datetime) -> str:
    """Return the title Strava would give a run begun at that hour."""
    if start.hour < 4:
        return TITLES[-1]
    return TITLES[sum(start.hour >= later for later in (11, 14, 17, 21))]
