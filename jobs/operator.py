"""Jobs of the operator's page."""

from webapp.admin import clock_watch, service
from webapp.extensions import clock


def sample() -> None:
    """Keep for the operator's page how things are now, and see whether the clock was set."""
    if clock_watch.watch(clock()):
        clock_watch.bound_times(clock())
    service.sample(clock().now())


def bound_times() -> None:
    """Put right what was set too far ahead, also where nobody saw the clock being set."""
    clock_watch.bound_times(clock())
