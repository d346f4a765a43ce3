"""Looking at the simulator changes nothing in it; only Strava's count of requests goes on."""

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import insert, select

from integrations.strava_simulator import grants
from integrations.strava_simulator.server import create_simulator
from integrations.strava_simulator.settings import SimulatorSettings
from integrations.strava_simulator.store import activity, metadata, subscription
from tests.integrations.strava_simulator.conftest import FIRST, NOW, StandingClock
from tests.integrations.strava_simulator.wire import CALLBACK, SCOPES

LOOKING = ("GET", "HEAD", "OPTIONS", "TRACE")
# Strava counts every request, whatever comes of it.
COUNTING = {"usage", "counter"}
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
CLIENT = {"client_id": "1", "client_secret": "secret", "redirect_uri": CALLBACK, "scope": SCOPES}
ATTEMPTS = {"decision": "authorize", "athlete": str(FIRST), "grant_type": "authorization_code", "speed": "5"}


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Flask]:
    settings = SimulatorSettings(
        store=tmp_path / "simulator.sqlite3", runs=None, release_speed=0, seed=1, tier="reviewed", client_id="1",
        client_secret="secret", public_url="http://sim.test", athletes=3,
    )  # fmt: skip
    app = create_simulator(settings, StandingClock(NOW))
    yield app
    app.extensions["simulator"].close()


def rows(app: Flask) -> dict[str, list[str]]:
    tables = [table for table in metadata.sorted_tables if table.name not in COUNTING]
    with app.extensions["simulator"].store.reading() as connection:
        return {table.name: sorted(repr(row) for row in connection.execute(select(table))) for table in tables}


def arguments(app: Flask) -> tuple[dict[str, str], str, str]:
    """Connect an athlete and subscribe; return right arguments for every rule, an access token and a code."""
    with app.extensions["simulator"].store.writing() as connection:
        now = int(NOW.timestamp())
        code = grants.give_code(connection, FIRST, SCOPES, now)
        held = grants.valid_code(connection, code, now)
        assert held is not None
        token = grants.exchange(connection, held, now).access_token
        code = grants.give_code(connection, FIRST, SCOPES, now)
        made = connection.execute(insert(subscription).values(callback_url=CALLBACK, created_at=now))
        (subscription_id,) = made.inserted_primary_key or (0,)
        run = connection.scalar(select(activity.c.id).where(activity.c.athlete_id == FIRST).limit(1))
    ids = {"athlete_id": FIRST, "activity_id": run, "subscription_id": subscription_id}
    return {**{name: str(value) for name, value in ids.items()}, "filename": "x.css", "_path": "x"}, token, code


def test_no_request_that_looks_changes_the_simulator(simulator: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    values, token, code = arguments(simulator)
    before, sent, changed = rows(simulator), 0, []
    assert before["grant"] and before["code"] and before["subscription"]
    query, client = urlencode({**CLIENT, **ATTEMPTS, "code": code, "token": token}), simulator.test_client()
    addresses = [ARGUMENT.sub(lambda found: values[found[1]], rule.rule) for rule in simulator.url_map.iter_rules()]
    for path in addresses:
        for method, bearer in product(LOOKING, ({}, {"Authorization": f"Bearer {token}"})):
            answer = client.open(f"{path}?{query}", method=method, headers=bearer, data={**ATTEMPTS, "code": code})
            assert answer.status_code < 500, (method, path)
            sent += 1
        if (after := rows(simulator)) != before:
            changed.append(path)
            before = after
    with capsys.disabled():
        print(f"\n{len(addresses)} rules x {len(LOOKING)} methods, with and without a token: {sent} requests")  # noqa: T201  # figures to be read
    assert changed == []
