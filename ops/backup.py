"""Write one file with everything that cannot be recreated: database, keys, and the instance's own small files.

    make backup             (or: python -m ops.backup FOLDER)

It may run while the app runs. Redis is left out: its waiting work is found again from the database.
"""

import json
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import psycopg

from ops.archive import private, write_archive
from ops.paths import ROOT
from ops.postgres_dumps import dump_postgres, has_tables
from ops.preflight import StartRefused
from ops.sqlite_files import copy_sqlite
from webapp.clock import Clock
from webapp.config import Settings, SettingsError, load_settings
from webapp.instance_keys import SECRETS, VAPID

DUMP, SQLITE, KEYS = "postgresql.dump", "chasepack.sqlite3", SECRETS


def main(args: list[str]) -> int:
    os.umask(0o077)
    try:
        path = back_up(load_settings(), Path(args[0]) if args else ROOT / "backups")
    except PermissionError as problem:
        print(f"{problem.filename} cannot be written: it must belong to user {os.getuid()}.", file=sys.stderr)
        return 1
    except (SettingsError, StartRefused, OSError, psycopg.Error) as problem:
        print(str(problem).strip(), file=sys.stderr)
        return 1
    print(f"The backup is {path} ({path.stat().st_size // 1024:,} kB). Keep it safe: the keys are in it.")
    return 0


def back_up(settings: Settings, folder: Path) -> Path:
    """Write a backup of the instance into `folder` and return its path. Raises StartRefused."""
    _check_there_is_one(settings)
    now = Clock().now()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"chasepack-{settings.home.name}-{now:%Y%m%d-%H%M%S}.tar.gz"
    with tempfile.TemporaryDirectory(dir=folder) as gathered:
        _gather(settings, Path(gathered))
        write_archive(
            path,
            Path(gathered),
            made_at=now.isoformat(timespec="seconds"),
            kind=settings.home.name,
            database=database_kind(settings),
        )
    _note_when(settings.backup_mark)
    return path


def _note_when(mark: Path) -> None:
    # For the operator's page. A backup is one even where this cannot be written.
    with suppress(OSError):
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def _check_there_is_one(settings: Settings) -> None:
    if database_kind(settings) == "sqlite":
        # Reading the settings has created the folder, with keys in it, if there was none.
        if not (settings.home / SQLITE).exists():
            raise StartRefused(f"There is no instance in {settings.home} yet.")
    elif not has_tables(settings.database):
        raise StartRefused("There is no instance in the database yet.")


def database_kind(settings: Settings) -> str:
    return "sqlite" if settings.database.startswith("sqlite") else "postgresql"


def _gather(settings: Settings, folder: Path) -> None:
    # With an external PostgreSQL there may be no folder.
    for file in sorted(settings.home.iterdir()) if settings.home.is_dir() else ():
        if file.suffix == ".sqlite3":
            copy_sqlite(file, folder / file.name)
        elif file.is_file() and not file.name.endswith(("-wal", "-shm")):
            shutil.copyfile(file, folder / file.name)
    if database_kind(settings) == "postgresql":
        dump_postgres(settings.database, folder / DUMP)
    _write_keys(settings, folder / KEYS)


def _write_keys(settings: Settings, path: Path) -> None:
    # The keys in force, wherever they came from: without them nothing can open the tokens in the database.
    with private(path) as file:
        file.write(json.dumps({"secret_key": settings.secret_key, "token_keys": settings.token_keys}).encode())
    if settings.vapid_key:
        with private(path.with_name(VAPID)) as file:
            file.write(settings.vapid_key.encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
