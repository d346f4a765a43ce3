"""The soak of notifications in short: some days of a small group, with kills, doubled jobs and servers away."""

from datetime import timedelta

from flask import Flask

from tests.load.soak.notifications.month import Plan, lived
from tests.load.soak.notifications.outcome import outcome

PLAN = Plan(
    members=12, days=3, step=timedelta(hours=3), announced=0.4, begins=0.15, own=0.5, broken=0.3, killed=0.6, seed=5
)  # fmt: skip


def test_nobody_is_told_twice_too_often_at_night_or_what_is_withdrawn(app: Flask) -> None:
    with lived(app, PLAN) as month:
        found = outcome(month)
    assert {name: count for name, count in found["must_be_0"].items() if count} == {}, found
    assert set(found["arrived"]) == {"mail", "push", "chat"}
    assert found["done"]["kills"] >= 3 and found["done"]["withdrawn"] >= 3
    assert found["claimed and unfinished at a kill"] <= found["done"]["kills"]
    assert {"mail away", "push busy"} & set(found["done"]), "something was away"
    assert found["deliveries"]["left_to_digest"] and found["deliveries"]["withdrawn"]
