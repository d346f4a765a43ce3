"""An athlete who signs in."""

import pytest

from tests.support.simulator import Simulator


@pytest.fixture
def athlete(simulator: Simulator) -> int:
    """An athlete of the simulator, with counters at nothing."""
    simulator.control("DELETE", "counters")
    return int(simulator.athletes()[0]["id"])
