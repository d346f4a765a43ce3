"""Jobs of the operator's page."""

from webapp.extensions import clock
from webapp.operator import service


def sample() -> None:
    """Keep for the operator's page how things are now."""
    service.sample(clock().now())
