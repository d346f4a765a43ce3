"""Watching, from outside, how long things take: an upload until it is on the boards, a deletion until it is gone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from flask import Flask
from sqlalchemy import exists, select
from sqlalchemy.exc import SQLAlchemyError

from tests.load.soak.pace import looking
from webapp.db import batches, db
from webapp.models.activities import Activity
from webapp.models.challenges import Entry
from webapp.models.scoring import Standing

# For this long after an upload or deletion the watch checks all the time, later only now and then.
FRESH_S = 3600.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """An activity that is looked for: whose it is, since when (epoch seconds), and whether an event told of it soon."""

    runner_id: int
    since: float
    told: bool = True


class Watch:
    """What is waited for, and how long it took; in seconds of the simulated clock."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.uploads: dict[int, Waiting] = {}
        self.deletions: dict[int, Waiting] = {}
        # Runs set to "Only You" that we may read all the same: they must be held as such.
        self.hides: dict[int, Waiting] = {}
        self.hidden_after: dict[int, float] = {}
        self.fresh_after: dict[int, float] = {}
        # The same for those whose event was neither lost nor late.
        self.fresh_when_told: list[float] = []
        self.gone_after: dict[int, float] = {}

    def uploaded(self, activity_id: int, runner_id: int, at: float, *, told: bool) -> None:
        self.uploads[activity_id] = Waiting(runner_id, at, told)

    def deleted(self, activity_id: int, runner_id: int, at: float) -> None:
        """From here on it must go; that it came in before is of no matter any more."""
        self.uploads.pop(activity_id, None)
        self.deletions[activity_id] = Waiting(runner_id, at)

    def hidden(self, activity_id: int, runner_id: int, at: float) -> None:
        """From here on it must not stand on a board that counts what everyone may see."""
        self.uploads.pop(activity_id, None)
        self.hides[activity_id] = Waiting(runner_id, at)

    def shown_again(self, activity_id: int) -> None:
        self.hides.pop(activity_id, None)

    def lose_sight_of(self, activity_id: int) -> None:
        """Stop waiting for an activity, because it belongs to another athlete now."""
        for waiting in (self.uploads, self.deletions, self.hides):
            waiting.pop(activity_id, None)

    def stop_waiting_for(self, runner_id: int) -> None:
        """Wait for nothing of a runner who cannot be read."""
        for waiting in (self.uploads, self.deletions, self.hides):
            for activity_id in [number for number, each in waiting.items() if each.runner_id == runner_id]:
                del waiting[activity_id]

    def expect_only(self, activity_ids: Collection[int]) -> None:
        """Wait for no other upload any more."""
        self.uploads = {number: each for number, each in self.uploads.items() if number in activity_ids}

    def look(self, now: datetime, *, at_all: bool) -> None:
        """Note what has come and gone by now; without `at_all` only what is waited for since a short while."""
        moment = now.timestamp()
        wanted = (self.uploads, self.deletions, self.hides)
        uploads, deletions, hides = (self._wanted(each, moment, at_all) for each in wanted)
        if not (uploads or deletions or hides):
            return
        try:
            with looking(self._app):
                there, gone = _on_boards(uploads), set(deletions) - _held(deletions)
                unseen = set(hides) - _held(hides, Activity.private.is_(False))
        except SQLAlchemyError:
            return
        for activity_id in there:
            upload = self.uploads.pop(activity_id)
            self.fresh_after[activity_id] = moment - upload.since
            if upload.told:
                self.fresh_when_told.append(moment - upload.since)
        for activity_id in unseen:
            self.hidden_after[activity_id] = moment - self.hides.pop(activity_id).since
        for activity_id in gone:
            self.gone_after[activity_id] = moment - self.deletions.pop(activity_id).since

    def _wanted(self, waiting: dict[int, Waiting], moment: float, at_all: bool) -> list[int]:
        return [number for number, each in waiting.items() if at_all or moment - each.since < FRESH_S]


def _on_boards(activity_ids: Collection[int]) -> set[int]:
    """Return those that are ingested and waited for by no board."""
    waits = exists().where(
        Entry.runner_id == Activity.runner_id, Standing.entry_id == Entry.id, Standing.dirty_from.is_not(None)
    )
    return _held(activity_ids, ~waits)


def _held(activity_ids: Collection[int], *where: object) -> set[int]:
    found: set[int] = set()
    for some in batches([str(number) for number in activity_ids]):
        held = select(Activity.source_id).where(Activity.source_id.in_(some), *where)  # type: ignore[arg-type]  # clauses
        found.update(int(source_id) for source_id in db.session.scalars(held))
    return found


def spread(seconds: Collection[float]) -> dict[str, float]:
    """Return median, p95 and worst, each one that was measured."""
    ordered = sorted(seconds) or [0.0]
    ranks = {"median": 0.5, "p95": 0.95, "worst": 1.0}
    return {name: round(ordered[ceil(part * len(ordered)) - 1], 1) for name, part in ranks.items()}
