"""Delivering events to the application: without a 200 within two seconds there is another try, three in all."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, Row, func, select, update

from integrations.strava_simulator.settings import SimulatorClock
from integrations.strava_simulator.store import Store, outbox

PATIENCE = 2.0  # seconds of life
ATTEMPTS = 3
LOOKS_A_SECOND = 20


@dataclass(frozen=True, slots=True)
class DeliveryAnswer:
    """The answer of an address; status 0 if none came in time."""

    status: int
    body: bytes


Signer = Callable[[bytes], dict[str, str]]


def call(method: str, url: str, body: Any = None, sign: Signer = lambda _body: {}) -> DeliveryAnswer:
    """Call an address of the application, without following redirects. Never raises for what the other side does."""
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    content = json.dumps(body).encode() if body is not None else None
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
        try:
            connection.request(
                method,
                target or "/",
                content,
                {"Content-Type": "application/json", **sign(content)} if content is not None else {},
            )
            answer = connection.getresponse()
            return DeliveryAnswer(answer.status, answer.read())
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError):
        return DeliveryAnswer(0, b"")


class Postman:
    """Delivers due events from the queue, by the clock. There is one per store."""

    def __init__(self, store: Store, clock: SimulatorClock, pause: float, sign: Signer) -> None:
        self._store, self._clock, self._pause, self._sign = store, clock, pause, sign
        self._carriers = ThreadPoolExecutor(8, thread_name_prefix="delivery")

    def deliver(self) -> int:
        """Try every event that is due once; return how many there were."""
        due = select(outbox).where(self._is_due()).order_by(outbox.c.due, outbox.c.id)
        with self._store.reading() as connection:
            letters = connection.execute(due.limit(64)).all()
        outcomes = list(self._carriers.map(self._carry, letters))
        if outcomes:
            with self._store.writing() as connection:
                for letter, state in zip(letters, outcomes, strict=True):
                    again = self._clock.now().timestamp() + self._pause
                    connection.execute(
                        update(outbox)
                        .where(outbox.c.id == letter.id)
                        .values(state=state, attempts=letter.attempts + 1, due=again)
                    )
        return len(outcomes)

    def due(self) -> int:
        """Return how many waiting events should be delivered by now; late ones and further tries are not due yet."""
        with self._store.reading() as connection:
            return connection.scalar(select(func.count()).select_from(outbox).where(self._is_due())) or 0

    def _is_due(self) -> ColumnElement[bool]:
        return (outbox.c.state == "pending") & (outbox.c.due <= self._clock.now().timestamp())

    def _carry(self, letter: Row[Any]) -> str:
        if call("POST", letter.callback_url, letter.payload, self._sign).status == 200:
            return "answered"
        return "pending" if letter.attempts + 1 < ATTEMPTS else "refused"

    def tally(self) -> dict[str, int]:
        """Return how many events there are of each state: pending, answered, refused (after three tries), lost."""
        with self._store.reading() as connection:
            rows = connection.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
            found = {state: int(count) for state, count in rows}
        return {state: found.get(state, 0) for state in ("pending", "answered", "refused", "lost")}

    def close(self) -> None:
        """End the delivering threads."""
        self._carriers.shutdown(wait=False, cancel_futures=True)


class Rounds:
    """A thread that does some work again and again until it is closed."""

    def __init__(self, name: str, work: Callable[[], object], report: Callable[[str], None]) -> None:
        self._over = Event()
        self._name, self._work, self._report = name, work, report
        self._thread = Thread(target=self._go, name=name, daemon=True)
        self._thread.start()

    def _go(self) -> None:
        while not self._over.wait(1 / LOOKS_A_SECOND):
            try:
                self._work()
            except Exception as trouble:  # an error in one round must not end the thread
                self._report(f"{self._name}: {trouble!r}")
                self._over.wait(PATIENCE)

    def close(self) -> None:
        """Stop after the current round."""
        self._over.set()
        self._thread.join(timeout=5)
