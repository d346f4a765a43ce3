"""The settings of the simulator, and its clock."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class SimulatorClock(Protocol):
    """The one clock. The simulator reads the time nowhere else, so that app and simulator agree on the time."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...

    def set(self, *, speed: float, now: datetime | None = None) -> None:
        """Run at `speed` from here on, from `now` if given."""
        ...

    @property
    def speed(self) -> float:
        """Return how many seconds pass in one second of real time."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one application: requests per quarter hour and per UTC day, and connected athletes."""

    read: tuple[int, int]
    overall: tuple[int, int]
    seats: int


# Strava's own numbers; a reviewed application gets its own, here those of the demo.
TIERS = {
    "default": Limits((100, 1_000), (200, 2_000), seats=1),
    "ten": Limits((200, 2_000), (400, 4_000), seats=10),
    "reviewed": Limits((600, 30_000), (600, 30_000), seats=9_999),
}


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """Everything that distinguishes one simulator from another.

    `runs` names a real log to run the world on instead of the invented one. `release_speed` is how much faster than the
    clock the day's plan passes; 0 releases nothing automatically. `event_pause` is the time, by the clock, between two
    attempts at delivering an event. Raises ValueError for a tier that does not exist.
    """

    store: Path
    runs: Path | None
    release_speed: float
    seed: int
    tier: str
    client_id: str
    client_secret: str
    public_url: str
    athletes: int = 60
    event_pause: float = 60.0
    webhook_key: str = "simulator"

    def __post_init__(self) -> None:
        if self.tier not in TIERS:
            raise ValueError(f"no tier {self.tier!r}; there are {', '.join(TIERS)}")
        if self.release_speed < 0 or self.athletes < 0:
            raise ValueError("release speed and number of athletes are not negative")
