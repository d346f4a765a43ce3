"""What the road and the replay of a challenge cost, next to a bare page of the same size."""

import statistics
from typing import Any

from flask import Flask

from jobs.chase import derive_overtakes
from tests.load.bench.crowd import Crowd, make_crowd
from tests.load.bench.measure import PAGE_ROUNDS, Viewer, ask, filling, ratios
from tests.load.bench.stage import Stage

SIZES = (10_000, 100_000)
# Pages by name, as what follows the address of the challenge.
PAGES = {
    "the whole field": "/road",
    "my stretch": "/road?zoom=around",
    "neighbours": "/road?zoom=near",
    "live part": "/road/part",
    "replay, the latest day": "/road/replay",
}
UNCHANGED = {"nothing new on the road": "/road/part", "nothing new on the board": "/part"}


def measure_road(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return for each size the ratio of each page to a bare one of its size, both medians."""
    found = {}
    for size in SIZES:
        with filling(app):
            crowd = make_crowd(size, f"road-{size}")
            derive_overtakes(crowd.challenge_id)
        viewer, challenge = Viewer(app, (crowd.first + crowd.last) // 2), f"/g/{crowd.slug}/c/{crowd.challenge_id}"
        pages = {name: challenge + path for name, path in PAGES.items()}
        found[str(size)] = ratios(stage, viewer, pages) | _unchanged(stage, viewer, crowd)
    return found


def _unchanged(stage: Stage, viewer: Viewer, crowd: Crowd) -> dict[str, float]:
    """Return the same of answers that nothing is new: next to a bare page of the size of the whole field."""
    connection, challenge = stage.connect(), f"/g/{crowd.slug}/c/{crowd.challenge_id}"
    took: dict[str, list[float]] = {name: [] for name in UNCHANGED}
    bare: list[float] = []
    known: dict[str, Any] = {}
    size = 0
    for name, path in UNCHANGED.items():
        _, length, known[name] = ask(connection, challenge + path, viewer.headers)
        size = size or length
    for number in range(PAGE_ROUNDS):
        from_elsewhere = {**viewer.headers, "X-Forwarded-For": f"10.1.{number // 20}.{number % 250}"}
        for name, path in UNCHANGED.items():
            headers = {**from_elsewhere, "If-None-Match": known[name]}
            took[name].append(ask(connection, challenge + path, headers, expect=(304,))[0])
        bare.append(ask(connection, f"/bare/{size}", from_elsewhere)[0])
    return {name: round(statistics.median(times) / statistics.median(bare), 2) for name, times in took.items()}
