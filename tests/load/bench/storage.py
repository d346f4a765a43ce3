"""How much room a runner takes: `python -m tests.load.bench.storage` fills both databases and measures every table.

A year of a town: athletes of the simulator in groups of forty, each with twelve monthly challenges in teams, published,
overtakes derived, and a week of stored events. Printed are bytes a row with its indexes (the figures that
`ops/capacity.py` reckons with) and rows for each runner; `build/storage.json` has them, too.
"""

import json
import sys
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import func, insert, select, text

from jobs import chase
from tests.load.bench.stage import ROOT, Stage, stage
from tests.load.bench.town import Resident, connect, found_group, start_challenge
from tests.support.simulator import Simulator
from webapp.db import Base, db
from webapp.extensions import clock
from webapp.factory import create_app
from webapp.models.accounts import Runner
from webapp.models.sync import StoredEvent

ATHLETES, GROUP, MONTHS = 400, 40, 12
TEAMS = ("Herons", "Kingfishers", "Otters")
EVENTS_A_WEEK = 4
DATABASES = ("sqlite", "postgresql")
OUT = ROOT / "build" / "storage.json"

SIZES = {
    "sqlite": """SELECT m.tbl_name, SUM(s.pgsize) FROM dbstat s JOIN sqlite_master m ON m.name = s.name
        GROUP BY m.tbl_name""",
    "postgresql": """SELECT relname, pg_total_relation_size(oid) FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace""",
}


def main() -> int:
    found = {name: _table_sizes(name) for name in DATABASES}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n")
    sys.stdout.write(_table(found))
    return 0


def _table_sizes(name: str) -> dict[str, Any]:
    with stage(name, SIM_ATHLETES=str(ATHLETES), SIM_SPEED="0") as made:
        made.start_simulator()
        app = create_app(made.settings)
        with app.app_context():
            upgrade()
            _fill(made)
            weights = _weights(name)
            db.session.remove()
            db.engine.dispose()
    return weights


def _fill(made: Stage) -> None:
    now = clock().now()
    months = _months(now.date())
    simulator = Simulator(made.settings.simulator_address)
    residents = [connect(simulator, who, months[0], now) for who in simulator.athletes()]
    for start in range(0, ATHLETES, GROUP):
        group = found_group(f"Group {start}", residents[start : start + GROUP])
        for month in months:
            chase.derive_overtakes(start_challenge(group, month, TEAMS, now))
    _fill_inbox(residents)


def _months(today: date) -> list[date]:
    """Return the first days of the last twelve whole months."""
    count = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(count - MONTHS, count)]


def _fill_inbox(residents: Sequence[Resident]) -> None:
    now = clock().now()
    usual = {"object_type": "activity", "aspect": "create", "updates": {}, "event_time": now, "received_at": now}
    rows = [
        {**usual, "runner_id": resident.runner_id, "object_id": 16_000_000_000 + number, "done_at": now}
        for resident in residents
        for number in range(EVENTS_A_WEEK)
    ]
    db.session.execute(insert(StoredEvent), rows)
    db.session.commit()


def _weights(name: str) -> dict[str, Any]:
    """Return for each table its rows a runner and its bytes a row, indexes included."""
    with db.engine.connect() as connection:
        if name == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM"))
        sizes: dict[str, int] = dict(connection.execute(text(SIZES[name])).all())
    runners = db.session.scalar(select(func.count()).select_from(Runner)) or 1
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = db.session.scalar(select(func.count()).select_from(table)) or 0
        if rows >= runners:
            found[table.name] = {"rows": round(rows / runners, 2), "bytes": round(sizes[table.name] / rows)}
    return found


def _table(found: dict[str, Any]) -> str:
    lines = [f"{'':20}{'rows a runner':>16}{'SQLite, bytes':>16}{'PostgreSQL':>16}"]
    for name, weight in found["sqlite"].items():
        other = found["postgresql"][name]
        lines.append(f"{name:20}{weight['rows']:>16}{weight['bytes']:>16}{other['bytes']:>16}")
    year = {kind: sum(weight["rows"] * weight["bytes"] for weight in tables.values()) for kind, tables in found.items()}
    lines.append(f"{'a runner in all':36}{round(year['sqlite']):>16}{round(year['postgresql']):>16}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
