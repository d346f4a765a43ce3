"""A small simulator on a clock that stands still until a test moves it."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.strava_simulator.server import create_simulator
from integrations.strava_simulator.settings import SimulatorSettings
from tests.integrations.strava_simulator.wire import Receiver, Wire
from tests.support.serving import served, serving

NOW = datetime(2026, 11, 18, 9, 5, tzinfo=UTC)
FIRST = 140_000_001
PAUSE = 60.0


class StandingClock:
    """Stands still; `pass_by` moves it on."""

    def __init__(self, moment: datetime) -> None:
        self.moment, self.pace = moment, 1.0

    def now(self) -> datetime:
        return self.moment

    def set(self, *, speed: float, now: datetime | None = None) -> None:
        self.pace, self.moment = speed, now or self.moment

    @property
    def speed(self) -> float:
        return self.pace

    def pass_by(self, **time: float) -> None:
        self.moment += timedelta(**time)


Simulate = Callable[..., Wire]


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock(NOW)


def settings_of(store: Path, **changes: Any) -> SimulatorSettings:
    settings: dict[str, Any] = {
        "runs": None,
        "release_speed": 0,
        "seed": 1,
        "tier": "reviewed",
        "client_id": "1",
        "client_secret": "secret",
        "public_url": "http://sim.test",
        "athletes": 3,
        "event_pause": PAUSE,
    }
    return SimulatorSettings(store=store, **settings | changes)


@pytest.fixture(scope="session")
def filled_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the world of three athletes, as it is at first."""
    store = tmp_path_factory.mktemp("filled") / "simulator.sqlite3"
    create_simulator(settings_of(store), StandingClock(NOW)).extensions["simulator"].close()
    return store


@pytest.fixture
def simulate(tmp_path: Path, clock: StandingClock, filled_store: Path) -> Iterator[Simulate]:
    """Start a simulator with any settings; the same store when started again."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    store = tmp_path / "simulator.sqlite3"
    with ExitStack() as running:

        def start(**changes: Any) -> Wire:
            if not changes and not store.exists():
                shutil.copy(filled_store, store)  # made sooner than the same world once more
            app = create_simulator(settings_of(store, **changes), clock)
            running.callback(app.extensions["simulator"].close)
            server = running.enter_context(serving(app))
            return Wire(f"http://127.0.0.1:{server.server_port}", wait_until_done=server.wait_until_done)

        yield start


@pytest.fixture
def wire(simulate: Simulate) -> Wire:
    return simulate()


@pytest.fixture
def token(wire: Wire) -> str:
    """The access token of the first athlete, who is connected."""
    found: str = wire.connect(FIRST)["access_token"]
    return found


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    app = Receiver()
    with served(app) as url:
        app.url = f"{url}/strava/events/secret"
        yield app
