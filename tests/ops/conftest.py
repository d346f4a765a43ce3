"""What tests of the programs share with those of sync: the clock, and runners connected to the simulator."""

from tests.sync.conftest import clock, connect

__all__ = ["clock", "connect"]
