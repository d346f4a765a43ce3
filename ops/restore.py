"""Restore a backup: `make restore FILE=...`. The former state is moved aside, never overwritten."""

import json
import os
import sys
import tempfile
from pathlib import Path

import psycopg

from ops import migrate
from ops.archive import Manifest, read_manifest, unpack
from ops.backup import DUMP, KEYS, SQLITE, database_kind
from ops.postgres_dumps import check_postgres_is_free, dump_postgres, load_postgres
from ops.preflight import StartRefused, locked
from ops.restored import marked
from ops.sqlite_files import check_sqlite, check_sqlite_is_free
from webapp.clock import Clock
from webapp.config import Settings, SettingsError, load_settings
from webapp.instance_keys import VAPID


def main(args: list[str]) -> int:
    os.umask(0o077)
    try:
        if not args or not args[0]:
            raise StartRefused("Which one? make restore FILE=backups/....tar.gz")
        # A backup contains its keys, so missing keys are no reason to refuse.
        settings = load_settings(with_keys=False)
        aside = restore(settings, Path(args[0]))
    except (SettingsError, StartRefused, OSError, psycopg.Error) as problem:
        print(str(problem).strip(), file=sys.stderr)
        return 1
    print(f"Restored. The former state is in {aside}.")
    tell_of_keys(settings)
    return migrate.main()


def restore(settings: Settings, path: Path) -> Path:
    """Replace the instance by the backup; return the folder where the former state is kept. Raises StartRefused."""
    _check_fits(settings, path, read_manifest(path))
    home, now = settings.home, Clock().now()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked(settings), tempfile.TemporaryDirectory(dir=home.parent) as unpacked:
        _check_nothing_is_connected(settings)
        fresh = Path(unpacked) / home.name
        fresh.mkdir(mode=0o700)
        unpack(path, fresh)
        _check_keys(path, fresh / KEYS)
        for database in fresh.glob("*.sqlite3"):
            check_sqlite(database)
        aside = home.with_name(f"{home.name}.before-{now:%Y%m%d-%H%M%S}")
        with marked(settings):
            if database_kind(settings) == "postgresql":
                _replace_postgres(settings, fresh / DUMP)
            home.rename(aside)
            fresh.rename(home)
    return aside


def _check_nothing_is_connected(settings: Settings) -> None:
    for database in sorted(settings.home.glob("*.sqlite3")):
        check_sqlite_is_free(database)
    if database_kind(settings) == "postgresql":
        check_postgres_is_free(settings.database)


def _check_keys(path: Path, keys: Path) -> None:
    try:
        kept = json.loads(keys.read_text())
        sound = isinstance(kept["secret_key"], str) and all(isinstance(key, str) for key in kept["token_keys"])
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise StartRefused(f"The keys in {path} cannot be read; nothing was changed.")


def _check_fits(settings: Settings, path: Path, manifest: Manifest) -> None:
    needed = {KEYS, SQLITE if manifest.database == "sqlite" else DUMP}
    if missing := sorted(needed - set(manifest.files)):
        raise StartRefused(f"{path} is not a whole backup: {' and '.join(missing)} is missing.")
    if manifest.kind != settings.home.name:
        raise StartRefused(
            f"This is a backup of a {manifest.kind} instance; the settings now are of a {settings.home.name} one."
        )
    if manifest.database != database_kind(settings):
        raise StartRefused(f"This is a backup of {manifest.database}; the settings now name {database_kind(settings)}.")


def _replace_postgres(settings: Settings, dump: Path) -> None:
    # The dump of the present database goes into the old folder, which is kept.
    before = settings.home / DUMP
    dump_postgres(settings.database, before)
    # That took a while: check again that nothing has reconnected.
    check_postgres_is_free(settings.database)
    try:
        load_postgres(settings.database, dump)
    except StartRefused:
        load_postgres(settings.database, before)
        raise
    dump.unlink()


def tell_of_keys(settings: Settings) -> None:
    """Print what has to be put into the settings: keys of the backup that they lack."""
    if settings.embedded:
        return
    kept, vapid = json.loads((settings.home / KEYS).read_text()), settings.home / VAPID
    if not set(kept["token_keys"]) <= set(settings.token_keys):
        print(f"Put the keys of {settings.home / KEYS} into your settings: the tokens were sealed with them.")
    if vapid.exists() and vapid.read_text().strip() != settings.vapid_key:
        print(f"Put the key of {vapid} into your settings as VAPID_KEY: browsers subscribed with it.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
