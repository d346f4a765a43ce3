"""Looking at the boards while runs come in: when does each of them show a runner's new total?"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine, select

from webapp.models.challenges import Challenge
from webapp.models.leaderboards import Placement

LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Place:
    """A runner on the board of a challenge."""

    challenge_id: int
    runner_id: int


@dataclass
class Watch:
    """Notes (`time.monotonic`) when a board first shows the total that is expected there, while the block runs."""

    engine: Engine
    expected: Mapping[Place, int]
    seen: dict[Place, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._versions: dict[int, int] = {}
        self._thread = threading.Thread(target=self._go, daemon=True)

    def __enter__(self) -> "Watch":
        self._look()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def _go(self) -> None:
        while not self._over.wait(LOOK_EVERY_S):
            self._look()

    def _look(self) -> None:
        with self.engine.connect() as connection:
            versions = dict(connection.execute(select(Challenge.id, Challenge.version)).all())
            for challenge_id in {number for number in versions if versions[number] != self._versions.get(number)}:
                wanted = select(Placement.runner_id, Placement.total).where(Placement.challenge_id == challenge_id)
                rows = connection.execute(wanted).all()
                self._note(challenge_id, dict(rows), time.monotonic())
        self._versions = versions

    def _note(self, challenge_id: int, totals: Mapping[int, int], now: float) -> None:
        for runner_id, total in totals.items():
            place = Place(challenge_id, runner_id)
            if self.expected.get(place) == total:
                self.seen.setdefault(place, now)
