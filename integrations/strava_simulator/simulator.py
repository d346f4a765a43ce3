"""The simulator's parts together, and the access of views to them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from flask import current_app

from integrations.strava_simulator.delivery import Postman, Rounds
from integrations.strava_simulator.faults import Faults
from integrations.strava_simulator.population import populate
from integrations.strava_simulator.release import Releaser
from integrations.strava_simulator.settings import TIERS, Limits, SimulatorClock, SimulatorSettings
from integrations.strava_simulator.signing import signature_headers
from integrations.strava_simulator.store import Store


@dataclass
class Simulator:
    """One running simulator."""

    settings: SimulatorSettings
    clock: SimulatorClock
    store: Store
    faults: Faults
    postman: Postman
    releaser: Releaser
    rounds: list[Rounds] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the time by the clock."""
        return self.clock.now()

    def moment(self) -> int:
        """Return the time in whole epoch seconds."""
        return int(self.clock.now().timestamp())

    @property
    def limits(self) -> Limits:
        """Return the present limits of the application."""
        return TIERS[self.faults.switches.tier]

    def close(self) -> None:
        """End the background rounds and close the store."""
        for rounds in self.rounds:
            rounds.close()
        self.postman.close()
        self.store.close()


def assemble(settings: SimulatorSettings, clock: SimulatorClock, report: Callable[[str], None]) -> Simulator:
    """Open the store, fill it up to now and start the rounds that release runs and deliver events."""
    store = Store(settings.store)
    with store.writing() as connection:
        populate(connection, settings, clock.now())
    faults = Faults(store, settings.tier)
    postman = Postman(store, clock, settings.event_pause, partial(_signed, faults, settings, clock))
    releaser = Releaser(settings, store, faults, clock)
    simulator = Simulator(settings, clock, store, faults, postman, releaser)
    simulator.rounds = [Rounds("delivery", postman.deliver, report), Rounds("release", releaser.work, report)]
    return simulator


def _signed(faults: Faults, settings: SimulatorSettings, clock: SimulatorClock, body: bytes) -> dict[str, str]:
    odd = (kind for kind in ("none", "wrong", "stale") if faults.strikes(f"signatures_{kind}"))
    kind = next(odd, faults.switches.signature)
    return signature_headers(kind, settings.webhook_key, body, int(clock.now().timestamp()))


def current_simulator() -> Simulator:
    """Return the simulator that answers this request."""
    found = current_app.extensions["simulator"]
    assert isinstance(found, Simulator)
    return found
