"""The files of an SQLite database: copied, checked, and left without a log."""

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

from ops.preflight import StartRefused


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy the database at `source`, which may be in use, as of one moment."""
    with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
        here.backup(there)


def empty_log(path: Path) -> None:
    """Move the rest of the write-ahead log into the database at `path`, which nothing has open.

    SQLite does so when the last connection is closed; a process that is killed, or ends at once, closes none.
    """
    with contextlib.suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as database:
        database.execute("SELECT 1 FROM sqlite_master").fetchone()


def check_sqlite(path: Path) -> None:
    """Raise StartRefused if the database is damaged."""
    try:
        with closing(sqlite3.connect(path)) as database:
            found = database.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    if found != "ok":
        raise StartRefused(f"The database in the backup is damaged ({found}); nothing was changed.")


def check_sqlite_is_free(path: Path) -> None:
    """Raise StartRefused if another process has the database open."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as database:
        try:
            # SQLite leaves write-ahead logging only for the last connection; ours set it again.
            database.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError:
            raise StartRefused(f"Something has {path} open: end every process of Chasepack first.") from None
        except sqlite3.DatabaseError:
            return  # it is damaged, and the restore replaces it
