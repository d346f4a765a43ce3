"""A large world is filled, and read by its index."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from integrations.strava_simulator.population import FIRST_ACTIVITY, populate
from integrations.strava_simulator.settings import SimulatorSettings
from integrations.strava_simulator.store import Store, activity
from tests.integrations.strava_simulator.conftest import NOW

LISTS = (
    "SELECT * FROM activity WHERE athlete_id = 1 ORDER BY start DESC, id DESC LIMIT 30 OFFSET 60",
    "SELECT * FROM activity WHERE athlete_id = 1 AND start > 5 AND private IS 0 ORDER BY start, id LIMIT 30",
)


def test_a_hundred_athletes_are_filled_and_lists_stay_index_reads(tmp_path: Path) -> None:
    store = Store(tmp_path / "large.sqlite3")
    settings = SimulatorSettings(tmp_path, None, 0, 1, "reviewed", "1", "secret", "http://sim.test", athletes=100)
    with store.writing() as connection:
        populate(connection, settings, NOW)
    with store.reading() as connection:
        assert 8_000 < (connection.scalar(select(func.count()).select_from(activity)) or 0) < 20_000
        assert (connection.scalar(select(func.min(activity.c.id))) or 0) == FIRST_ACTIVITY > 2**32
        for statement in LISTS:
            plan = " ".join(row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {statement}")))
            assert "USING INDEX activity_by_athlete" in plan and "TEMP B-TREE" not in plan
    store.close()


def test_a_setting_that_cannot_be_is_refused(tmp_path: Path) -> None:
    for changes in ({"tier": "free"}, {"release_speed": -1.0}, {"athletes": -1}):
        values = {"tier": "ten", "release_speed": 0.0, "athletes": 1} | changes
        with pytest.raises(ValueError):
            SimulatorSettings(tmp_path, None, seed=1, client_id="1", client_secret="s", public_url="http://s", **values)  # type: ignore[arg-type]  # wrong ones
