"""A backup brings everything back, and whatever is wrong with one is said before anything changes."""

import hashlib
import json
import sqlite3
import stat
import tarfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet

from integrations.push.keys import make_vapid_key
from ops import backup
from ops.archive import MANIFEST, read_manifest
from ops.preflight import StartRefused, locked
from ops.restore import restore, tell_of_keys
from tests.support.servers import StandsStill
from webapp.config import Settings

KEYS: dict[str, Any] = {
    "secret_key": "k" * 40,
    "token_keys": (Fernet.generate_key().decode(),),
    "vapid_key": make_vapid_key(),
}


def settings_in(home: Path, **values: Any) -> Settings:
    return Settings(**{"chasepack_home": home, **KEYS, **values})


@pytest.fixture
def trial(tmp_path: Path) -> Settings:
    """An instance on SQLite with a word in its database, a simulator's store and a clock."""
    settings = settings_in(tmp_path / "instance")
    settings.home.mkdir(parents=True)
    for name in ("chasepack", "simulator"):
        write(settings.home / f"{name}.sqlite3", "before")
    (settings.home / "clock.json").write_text("{}")
    (settings.home / "redis").mkdir()
    return settings


def write(database: Path, word: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS word (text TEXT)")
        connection.execute("DELETE FROM word")
        connection.execute("INSERT INTO word VALUES (?)", (word,))


def word_in(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("SELECT text FROM word").fetchone()[0])


def test_a_restore_brings_back_what_the_backup_has_and_keeps_what_was_there(trial: Settings, tmp_path: Path) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    write(trial.home / "chasepack.sqlite3", "after")
    (trial.home / "clock.json").unlink()
    aside = restore(trial, path)
    assert word_in(trial.home / "chasepack.sqlite3") == "before"
    assert word_in(trial.home / "simulator.sqlite3") == "before"
    assert (trial.home / "clock.json").read_text() == "{}"
    assert word_in(aside / "chasepack.sqlite3") == "after"


def test_a_backup_holds_the_keys_in_force_and_only_its_owner_reads_it(trial: Settings, tmp_path: Path) -> None:
    assert not trial.backup_mark.exists()
    path = backup.back_up(trial, tmp_path / "backups")
    assert trial.backup_mark.exists()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    restore(trial, path)
    kept = json.loads((trial.home / "keys.json").read_text())
    assert kept == {"secret_key": KEYS["secret_key"], "token_keys": list(KEYS["token_keys"])}
    assert (trial.home / "vapid.key").read_text() == KEYS["vapid_key"]
    assert {stat.S_IMODE((trial.home / name).stat().st_mode) for name in ("keys.json", "vapid.key")} == {0o600}


@pytest.mark.parametrize("changed", ["vapid_key", "token_keys"])
def test_a_restore_says_which_keys_the_settings_lack(
    on_postgres: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: str
) -> None:
    restore(on_postgres, backup.back_up(on_postgres, tmp_path / "backups"))
    tell_of_keys(on_postgres)
    assert capsys.readouterr().out == ""
    others = {"vapid_key": make_vapid_key(), "token_keys": (Fernet.generate_key().decode(),)}
    tell_of_keys(on_postgres.model_copy(update={changed: others[changed]}))
    said = capsys.readouterr().out
    assert said.count("into your settings") == 1 and ("VAPID_KEY" in said) == (changed == "vapid_key")


def test_a_backup_taken_while_somebody_writes_is_of_one_moment(trial: Settings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(trial.home / "chasepack.sqlite3")) as writer:
        writer.execute("UPDATE word SET text = 'half way'")
        path = backup.back_up(trial, tmp_path / "backups")
        writer.rollback()
    restore(trial, path)
    assert word_in(trial.home / "chasepack.sqlite3") == "before"


def test_nothing_is_restored_while_the_instance_runs(trial: Settings, tmp_path: Path) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    with locked(trial), pytest.raises(StartRefused, match="already running"):
        restore(trial, path)


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"\x1f\x8b broken"])
def test_a_file_that_is_no_backup_is_refused(trial: Settings, tmp_path: Path, content: bytes) -> None:
    wrong = tmp_path / "wrong.tar.gz"
    wrong.write_bytes(content)
    with pytest.raises(StartRefused, match="is not a backup"):
        restore(trial, wrong)
    assert word_in(trial.home / "chasepack.sqlite3") == "before"


def test_a_missing_file_is_refused(trial: Settings, tmp_path: Path) -> None:
    with pytest.raises(StartRefused, match="There is no file"):
        restore(trial, tmp_path / "nowhere.tar.gz")


def test_a_damaged_backup_changes_nothing(trial: Settings, tmp_path: Path) -> None:
    path = rewritten(backup.back_up(trial, tmp_path / "backups"), {"clock.json": b"not what it was"})
    with pytest.raises(StartRefused, match="is damaged; nothing was changed"):
        restore(trial, path)
    assert (trial.home / "clock.json").read_text() == "{}"


def test_a_backup_that_names_a_path_is_refused(trial: Settings, tmp_path: Path) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    told = json.loads(json.dumps(asdict(read_manifest(path))))
    told["files"]["../outside"] = "0" * 64
    with pytest.raises(StartRefused, match="is not a backup"):
        restore(trial, rewritten(path, {MANIFEST: json.dumps(told).encode()}))


def test_a_trial_is_not_restored_over_a_live_instance(trial: Settings, tmp_path: Path) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    live = settings_in(trial.chasepack_home, chasepack_strava_client_id="1", chasepack_strava_client_secret="s")
    with pytest.raises(StartRefused, match="a backup of a demo instance"):
        restore(live, path)


def test_a_restored_instance_is_its_owners_alone(trial: Settings, tmp_path: Path) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    restore(trial, path)
    assert stat.S_IMODE(trial.home.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in trial.home.iterdir()} == {0o600}


def test_nothing_is_restored_while_another_process_has_the_database_open(trial: Settings, tmp_path: Path) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    with closing(sqlite3.connect(trial.home / "chasepack.sqlite3")) as other:
        other.execute("SELECT text FROM word").fetchone()
        with pytest.raises(StartRefused, match="end every process of Chasepack first"):
            restore(trial, path)
    restore(trial, path)


@pytest.mark.parametrize("missing", ["keys.json", "chasepack.sqlite3"])
def test_a_backup_without_keys_or_database_is_refused(trial: Settings, tmp_path: Path, missing: str) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    told = asdict(read_manifest(path))
    del told["files"][missing]
    with pytest.raises(StartRefused, match=f"is not a whole backup: {missing} is missing"):
        restore(trial, rewritten(path, {MANIFEST: json.dumps(told).encode()}))
    assert word_in(trial.home / "chasepack.sqlite3") == "before"


@pytest.mark.parametrize("files", [[], None, "keys.json", {"keys.json": 1}])
def test_a_manifest_that_is_none_is_refused(trial: Settings, tmp_path: Path, files: object) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    told = asdict(read_manifest(path)) | {"files": files}
    with pytest.raises(StartRefused, match="is not a backup"):
        restore(trial, rewritten(path, {MANIFEST: json.dumps(told).encode()}))


@pytest.mark.parametrize("keys", [b"", b"[]", b"{}", b'{"secret_key": 1, "token_keys": []}'])
def test_a_backup_with_broken_keys_is_refused(trial: Settings, tmp_path: Path, keys: bytes) -> None:
    path = backup.back_up(trial, tmp_path / "backups")
    told = asdict(read_manifest(path))
    told["files"]["keys.json"] = hashlib.sha256(keys).hexdigest()
    changed = rewritten(path, {MANIFEST: json.dumps(told).encode(), "keys.json": keys})
    with pytest.raises(StartRefused, match=r"The keys in .* cannot be read; nothing was changed"):
        restore(trial, changed)
    assert word_in(trial.home / "chasepack.sqlite3") == "before"


def rewritten(path: Path, changes: dict[str, bytes]) -> Path:
    """Return a copy of the archive with other contents under some names."""
    folder = path.parent / "unpacked"
    copy = path.with_name("changed.tar.gz")
    with tarfile.open(path) as tar:
        tar.extractall(folder, filter="data")
    for name, content in changes.items():
        (folder / name).write_bytes(content)
    with tarfile.open(copy, "w:gz") as tar:
        for file in folder.iterdir():
            tar.add(file, arcname=file.name)
    return copy


@pytest.fixture
def on_postgres(tmp_path: Path, empty_postgres_url: str) -> Settings:
    settings = settings_in(tmp_path / "instance", database_url=empty_postgres_url)
    settings.home.mkdir(parents=True)
    with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE word (text TEXT)")
        connection.execute("INSERT INTO word VALUES ('before')")
    return settings


def test_a_postgresql_comes_back_whole(on_postgres: Settings, tmp_path: Path) -> None:
    path = backup.back_up(on_postgres, tmp_path / "backups")
    with psycopg.connect(on_postgres.database_url, autocommit=True) as connection:
        connection.execute("UPDATE word SET text = 'after'")
        connection.execute("CREATE TABLE later (id INTEGER)")
    aside = restore(on_postgres, path)
    with psycopg.connect(on_postgres.database_url) as connection:
        assert connection.execute("SELECT text FROM word").fetchone() == ("before",)
        assert connection.execute("SELECT to_regclass('later')").fetchone() == (None,)
    assert (aside / backup.DUMP).stat().st_size > 0


def test_the_dump_kept_aside_is_its_owners_alone(on_postgres: Settings, tmp_path: Path) -> None:
    aside = restore(on_postgres, backup.back_up(on_postgres, tmp_path / "backups"))
    assert stat.S_IMODE((aside / backup.DUMP).stat().st_mode) == 0o600


def test_nothing_is_restored_over_a_postgresql_that_others_are_connected_to(
    on_postgres: Settings, tmp_path: Path
) -> None:
    path = backup.back_up(on_postgres, tmp_path / "backups")
    with psycopg.connect(on_postgres.database_url), pytest.raises(StartRefused, match="has 1 other connections"):
        restore(on_postgres, path)


def test_a_postgresql_is_backed_up_where_the_instance_has_no_folder(on_postgres: Settings, tmp_path: Path) -> None:
    on_postgres.home.rmdir()
    restore(on_postgres, backup.back_up(on_postgres, tmp_path / "backups"))


def test_an_empty_postgresql_is_no_instance(on_postgres: Settings, tmp_path: Path) -> None:
    with psycopg.connect(on_postgres.database_url, autocommit=True) as connection:
        connection.execute("DROP TABLE word")
    with pytest.raises(StartRefused, match="There is no instance in the database yet"):
        backup.back_up(on_postgres, tmp_path / "backups")


def test_a_postgresql_that_stands_still_holds_up_no_backup_for_ever(tmp_path: Path) -> None:
    with StandsStill() as still:
        settings = settings_in(tmp_path / "instance", database_url=f"postgresql://x@127.0.0.1:{still.port}/x")
        with pytest.raises(psycopg.OperationalError, match="timeout"):
            backup.back_up(settings, tmp_path / "backups")
