"""The Strava simulator behind a socket, for tests of the application that talks to it."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests
from jinja2 import StrictUndefined

from integrations.strava_simulator.server import create_simulator
from integrations.strava_simulator.settings import SimulatorSettings
from tests.support.serving import PATIENCE_S, serving
from webapp.auth.rules import SCOPES
from webapp.clock import Clock
from webapp.config import Settings

ATHLETES = 4


class Simulator:
    """Talks to the simulator that an application's settings name.

    `wait_until_done` waits until the simulator is done with whatever came to it.
    """

    def __init__(self, base: str, wait_until_done: Callable[[], None] = lambda: None) -> None:
        self.base = base
        self._wait_until_done = wait_until_done
        self._http = requests.Session()
        self._http.trust_env = False

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Call the control API and insist that it works."""
        if path == "counters":
            self._let_all_be_counted()
        reply = self._http.request(method, f"{self.base}/control/api/{path}", json=body or {}, timeout=20)
        assert reply.status_code < 300, reply.text
        return reply.json()

    def _let_all_be_counted(self) -> None:
        """Wait for requests whose senders lost patience: they had arrived before an answer to one sent after them."""
        self.control("GET", "quiet")
        self._wait_until_done()

    def faults(self, **switches: Any) -> None:
        self.control("PUT", "faults", switches)

    def athletes(self) -> list[dict[str, Any]]:
        """Return everybody: id, firstname, lastname, activities (how many), scope (granted, or None)."""
        found: list[dict[str, Any]] = self.control("GET", "athletes")
        return found

    def new_athlete(self, first: str, last: str) -> int:
        found: int = self.control("POST", "athletes", {"firstname": first, "lastname": last})["id"]
        return found

    def scope_of(self, athlete_id: int) -> str | None:
        """Return what the athlete allows the application at the moment."""
        scope: str | None = next(who["scope"] for who in self.athletes() if who["id"] == athlete_id)
        return scope

    def answer(self, page: str, athlete_id: int, scopes: Sequence[str] = SCOPES, decision: str = "authorize") -> str:
        """Fill in the authorise page at `page` and return the address the browser is sent back to."""
        form = {"decision": decision, "athlete": str(athlete_id), "scope": list(scopes)}
        reply = self._http.post(page, data=form, allow_redirects=False, timeout=20)
        assert reply.status_code == 302, reply.text
        return reply.headers["Location"]

    def wait_until_delivered(self) -> None:
        """Wait until every event that is due by the clock has been delivered; late ones stay late."""
        end = time.monotonic() + PATIENCE_S
        while self.control("GET", "quiet")["due"]:
            assert time.monotonic() < end, "events are due and nobody delivers them"
            time.sleep(0.02)

    def reset(self) -> None:
        """Put every fault right and let nobody be connected."""
        self.control("DELETE", "faults")
        for who in self.athletes():
            if who["scope"]:
                self.control("POST", f"athletes/{who['id']}/deauthorize")


@contextmanager
def simulator_for(settings: Settings, **changes: Any) -> Iterator[Simulator]:
    """Run a simulator where `settings` say that Strava is, on the same clock; no run is released by itself."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    world: dict[str, Any] = {"runs": None, "release_speed": 0, "seed": 1, "tier": "reviewed", "athletes": ATHLETES}
    us = {"client_id": settings.client_id, "client_secret": settings.client_secret}
    place = {"store": settings.home / "simulator.sqlite3", "public_url": settings.simulator_address}
    app = create_simulator(SimulatorSettings(**world | us | place | changes), Clock(settings.clock_file))
    app.jinja_env.undefined = StrictUndefined
    try:
        with serving(app, settings.sim_port) as server:
            yield Simulator(settings.simulator_address, server.wait_until_done)
    finally:
        app.extensions["simulator"].close()
