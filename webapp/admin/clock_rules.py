"""Steps of the machine's clock: how far it was set ahead or back between two readings."""

from dataclasses import dataclass
from datetime import timedelta

# Time services correct this much silently, and clocks of two machines differ by it.
MIN_STEP = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Two clocks read at once, in seconds: `wall`, which can be set, and `steady`, which counts from the start `boot`.

    `boot` is empty if the start is unknown. `speed`: seconds of the wall clock in one of life.
    """

    wall: float
    steady: float
    boot: str
    speed: float


def step_between(last: ClockReading, current: ClockReading) -> timedelta | None:
    """Return how far the clock was set between two readings, negative where back; None where it was not.

    A step ahead shows only where the steady clock ran through.
    """
    passed = current.wall - last.wall
    step = timedelta(seconds=passed - _expected(last, current, passed))
    return step if abs(step) >= MIN_STEP * max(1.0, current.speed) else None


def _expected(last: ClockReading, current: ClockReading, passed: float) -> float:
    if last.boot and (last.boot, last.speed) == (current.boot, current.speed):
        return (current.steady - last.steady) * current.speed
    return max(passed, 0.0)


def in_words(step: timedelta) -> str:
    """Return "3 hours", "21 days", "5 minutes": the size of a step, rounded to its largest unit."""
    seconds = abs(step).total_seconds()
    for name, size in (("day", 86_400), ("hour", 3600)):
        if round(seconds / size) > 1 or seconds >= size:
            return _counted(round(seconds / size), name)
    return _counted(round(seconds / 60), "minute")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
