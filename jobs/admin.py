"""Jobs of the operator's page."""

from webapp.admin import clock_service, service
from webapp.extensions import clock


def take_sample() -> None:
    """Store the present figures for the operator's page, and check whether the clock was set."""
    if clock_service.watch(clock()):
        clock_service.bound_times(clock())
    service.sample(clock().now())


def correct_future_times() -> None:
    """Correct stored times that lie too far ahead, even if no step of the clock was noticed."""
    clock_service.bound_times(clock())
