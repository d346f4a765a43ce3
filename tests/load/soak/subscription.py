"""The subscription to events: it dies silently, the daily check finds that, and the operator subscribes again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from tests.load.soak.pace import looking
from tests.support.simulator import Simulator
from webapp.sync import queries

# The operator reads the page some hours after the check.
SOON_H = (1.0, 9.0)


def subscribe(app: Flask) -> str | None:
    """Subscribe by the command; return what it said where it failed."""
    done: Any = app.test_cli_runner().invoke(args=["strava", "subscribe"])
    return f"{done.output} {done.exception!r}" if done.exit_code else None


class Subscription:
    """What becomes of it in the month. Moments are those of the simulated clock."""

    def __init__(self, app: Flask, simulator: Simulator, now: Callable[[], datetime]) -> None:
        self._app, self._simulator, self._now = app, simulator, now
        self._dice = Random("operator")
        self._died_at: datetime | None = None
        self._comes_at: datetime | None = None
        self.deaths = self.failed = self.uploads_untold = 0
        # Hours from each death until the check had found it, and until there was a subscription again.
        self.found_after_h: list[float] = []
        self.back_after_h: list[float] = []

    def die(self) -> None:
        """Let Strava drop it without a word."""
        self._simulator.control("DELETE", "subscription")
        self._died_at, self._comes_at = self._now(), None
        self.deaths += 1

    def uploaded(self) -> None:
        """Record an upload, which no event announces while there is no subscription."""
        self.uploads_untold += self._died_at is not None

    def look(self) -> None:
        """Act as the operator: subscribe again some hours after the page says that the subscription is gone."""
        if self._died_at is None:
            return
        if self._comes_at is None:
            if self._is_found():
                self.found_after_h.append(self._hours_since_death())
                self._comes_at = self._now() + timedelta(hours=self._dice.uniform(*SOON_H))
        elif self._now() >= self._comes_at:
            self._come()

    def _is_found(self) -> bool:
        try:
            with looking(self._app):
                kept = queries.subscription()
                return kept is not None and kept.found == "gone"
        except SQLAlchemyError:
            return False

    def _come(self) -> None:
        if subscribe(self._app):
            self.failed += 1  # Strava or our own database was down: the next check tries again
            return
        self.back_after_h.append(self._hours_since_death())
        self._died_at = None

    def _hours_since_death(self) -> float:
        assert self._died_at
        return round((self._now() - self._died_at).total_seconds() / 3600, 2)

    def told(self) -> dict[str, Any]:
        """Return what the report says of it."""
        return {
            "died": self.deaths,
            "found_after_h": self.found_after_h,
            "back_after_h": self.back_after_h,
            "uploads_meanwhile": self.uploads_untold,
            "failed_commands": self.failed,
        }
