"""The soak of notifications: a month of a group of 200 (`make soak-notifications`), counts in build/."""

import json
import sys
import time
from datetime import timedelta

import pytest
from flask import Flask

from ops.paths import ROOT
from tests.load.soak.notifications.month import Plan, lived
from tests.load.soak.notifications.outcome import outcome
from webapp.db import db

# With the three days in which the outbox empties these are thirty; messages to channels are kept for no longer.
PLAN = Plan(members=200, days=27, step=timedelta(hours=1), own=2.0)


@pytest.mark.both_databases
def test_a_month_of_a_group_of_200(app: Flask) -> None:
    begun = time.monotonic()
    with lived(app, PLAN) as month:
        found = outcome(month)
    found |= {"wall_s": round(time.monotonic() - begun), "database": db.engine.dialect.name}
    out = ROOT / "build" / f"soak-notifications-{db.engine.dialect.name}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(found, indent=2))
    sys.stdout.write(f"{json.dumps(found, indent=2)}\n")
    assert {name: count for name, count in found["must_be_0"].items() if count} == {}
