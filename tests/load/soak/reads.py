"""Counting reads: all of them as Strava counts them, and by reason as our own budget does."""

from collections import Counter
from datetime import datetime
from typing import Any

from flask import Flask
from sqlalchemy import func, select

from integrations.strava_simulator.store import Store, usage
from webapp.extensions import budget

QUARTER_HOUR, DAY = 900, 86_400


def strava_counted(strava: Store, begin: datetime, end: datetime) -> int:
    """Return every call that Strava counted in the quarter hours from `begin` to `end`, refused and failed ones too."""
    with strava.reading() as connection:
        return int(
            connection.scalar(select(func.sum(usage.c.requests)).where(*_windows(QUARTER_HOUR, begin, end))) or 0
        )


def peaks(strava: Store, begin: datetime, end: datetime, limits: tuple[int, int]) -> dict[str, dict[str, int]]:
    """Return the most that was used of a quarter hour and of a day, beside the limits."""
    found = {}
    with strava.reading() as connection:
        for name, span, limit in zip(("quarter_hour", "day"), (QUARTER_HOUR, DAY), limits, strict=True):
            most = connection.scalar(select(func.max(usage.c.requests)).where(*_windows(span, begin, end)))
            found[name] = {"used": int(most or 0), "limit": limit}
    return found


def _windows(span: int, begin: datetime, end: datetime) -> tuple[Any, ...]:
    first = begin.timestamp() - begin.timestamp() % span
    return usage.c.kind == "read", usage.c.span == span, usage.c.begins >= first, usage.c.begins < end.timestamp()


class Counts:
    """What the budget counted, by name without a prefix: reads by reason, signatures by verdict.

    The budget forgets when Redis is emptied; what it had then is kept here.
    """

    def __init__(self, app: Flask, prefix: str) -> None:
        self._app, self._prefix = app, prefix
        self._kept: Counter[str] = Counter()

    def keep(self) -> None:
        """Keep what was counted: it is about to be forgotten."""
        self._kept += self._counted()

    def so_far(self) -> Counter[str]:
        """Return the counts since the beginning."""
        return self._kept + self._counted()

    def _counted(self) -> Counter[str]:
        with self._app.app_context():
            counts = budget().counts()
        return Counter(
            {name.removeprefix(self._prefix): n for name, n in counts.items() if name.startswith(self._prefix)}
        )
