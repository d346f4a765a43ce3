"""What is missing or wrong before anything has been started: each a line that names it, and nothing made."""

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from integrations.push.keys import make_vapid_key
from ops.backup import back_up
from ops.preflight import StartRefused, check_log
from ops.redis_server import WHEELS, bring_server, find_server
from tests.support.instance import ROOT, START_S, Instance
from tests.support.servers import OwnRedis
from webapp.config import Settings, SettingsError, load_settings

HEAD = "runner,start_local,utc_offset_s,sport_type,distance_m,moving_s,avg_hr,elevation_m\n"
RUN = "R01,2026-10-03 07:15:00,3600,Run,10012.5,3105,,41\n"


def settings_with_log(tmp_path: Path, content: bytes) -> Settings:
    log = tmp_path / "runs.csv.gz"
    log.write_bytes(content)
    return load_settings({"CHASEPACK_HOME": str(tmp_path / "instance"), "SIM_RUNS": str(log)}, env_file=None)


@pytest.fixture
def without_the_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A Python for which no wheel has a server, and a PATH with nothing on it but the folder returned."""
    for package in WHEELS:
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_without_the_wheel_a_server_on_the_path_serves(without_the_wheel: Path, name: str) -> None:
    (without_the_wheel / name).write_text("#!/bin/sh\n")
    (without_the_wheel / name).chmod(0o755)
    assert find_server() == str(without_the_wheel / name)


@pytest.mark.usefixtures("without_the_wheel")
def test_without_any_redis_the_line_says_what_to_install() -> None:
    with pytest.raises(StartRefused, match=r"apt-get install redis-server .* dnf install valkey .* brew install redis"):
        bring_server()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs packages")
def test_root_has_the_package_of_the_system_installed(without_the_wheel: Path) -> None:
    # This apt-get brings what it is asked for into the same folder, as the real one does into /usr/bin.
    lines = [
        "#!/bin/sh",
        "for last; do :; done",
        'new="${0%/*}/$last"',
        'echo "#!/bin/sh" >"$new"',
        '/bin/chmod +x "$new"',
    ]
    (without_the_wheel / "apt-get").write_text("\n".join(lines) + "\n")
    (without_the_wheel / "apt-get").chmod(0o755)
    assert bring_server() == str(without_the_wheel / "redis-server")


@pytest.mark.parametrize(
    "content",
    [
        b"no gzip at all",
        gzip.compress(b"some,other,columns\n1,2,3\n"),
        gzip.compress((HEAD + RUN.replace("3105", "soon")).encode()),
        gzip.compress((HEAD + RUN).encode())[:-12],
    ],
    ids=["not packed", "other columns", "a line that is none", "cut off"],
)
def test_a_log_that_is_none_is_named_before_anything_starts(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(StartRefused, match=r"^SIM_RUNS: .*runs\.csv\.gz is not a log of runs"):
        check_log(settings_with_log(tmp_path, content))


def test_a_log_of_runs_is_good(tmp_path: Path) -> None:
    check_log(settings_with_log(tmp_path, gzip.compress((HEAD + RUN).encode())))


def test_where_nothing_is_yet_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    settings = load_settings({"CHASEPACK_HOME": str(tmp_path / "instance")}, env_file=None)
    with pytest.raises(StartRefused, match="no instance"):
        back_up(settings, tmp_path / "backups")
    assert not (tmp_path / "backups").exists()


def test_where_nothing_has_run_yet_there_are_no_logs_to_follow(tmp_path: Path) -> None:
    said = Instance(tmp_path / "instance").run("ops.paths", "log")
    assert (said.returncode, said.stdout) == (1, "")
    assert "no logs" in said.stderr


@pytest.mark.parametrize(
    "program", ["ops.run", "ops.migrate", "ops.backup", "flask --app wsgi audit", "rq.cli worker {redis} -w {worker}"]
)
def test_no_program_of_an_instance_starts_without_the_keys_of_its_database(
    tmp_path: Path, own_redis: OwnRedis, program: str
) -> None:
    instance = Instance(tmp_path / "instance")
    home = instance.settings.home
    (home / "chasepack.sqlite3").touch()
    (home / "keys.json").unlink()
    said = instance.run(*program.format(redis=f"-u {own_redis.url}", worker="jobs.worker.AppWorker").split())
    assert said.returncode == 1
    assert "keys.json is missing next to its database" in said.stderr
    assert "Traceback" not in said.stderr
    assert {file.name for file in home.iterdir()} == {"chasepack.sqlite3", "vapid.key"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"secret_key": "short", "token_keys": ["x"]}', b"\xff\xfe"])
def test_a_broken_file_of_keys_is_named_and_kept(tmp_path: Path, content: bytes) -> None:
    instance = Instance(tmp_path)
    kept = instance.settings.home / "keys.json"
    kept.write_bytes(content)
    with pytest.raises(SettingsError, match=r"keys\.json is broken"):
        load_settings(instance.values, env_file=None)
    assert kept.read_bytes() == content


def test_a_broken_file_of_keys_is_one_line(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    (instance.settings.home / "keys.json").write_bytes(b"{")
    said = instance.run("ops.run")
    assert said.returncode == 1
    (line,) = said.stderr.splitlines()
    assert "keys.json is broken" in line


def test_a_broken_database_is_one_line(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    (instance.settings.home / "chasepack.sqlite3").write_bytes(b"nothing of a database" * 200)
    said = instance.run("ops.run")
    assert (said.returncode, said.stdout) == (1, "")
    (line,) = said.stderr.splitlines()
    assert line.startswith("The database cannot be used at sqlite:///") and "not a database" in line


def test_a_broken_file_of_redis_is_one_line_that_says_what_to_move(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    folder = instance.settings.home / "redis"
    folder.mkdir()
    (folder / "appendonly.aof").write_bytes(b"nothing of Redis\r\n" * 20)
    said = instance.run("ops.run")
    assert (said.returncode, said.stdout) == (1, "")
    (line,) = said.stderr.splitlines()
    assert line.startswith("The embedded Redis did not start: Bad file format") and f"Move {folder} away" in line


def test_a_database_that_takes_no_writes_is_one_line(tmp_path: Path, empty_postgres_url: str) -> None:
    keys = {"SECRET_KEY": "s" * 40, "TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
    keys["VAPID_KEY"] = make_vapid_key()
    assert Instance(tmp_path, DATABASE_URL=empty_postgres_url, **keys).run("ops.migrate").returncode == 0
    url = make_url(empty_postgres_url)
    with create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} SET default_transaction_read_only = on"))
    said = Instance(tmp_path, DATABASE_URL=empty_postgres_url, **keys).run("ops.migrate")
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("The database cannot be used at ")
    assert "read-only transaction" in said.stderr.splitlines()[0]


def test_a_full_disk_is_one_line(tmp_path: Path) -> None:
    instance = Instance(tmp_path)
    # A file of this process may grow to one MiB only, which is what a disk says that is full.
    command = f"ulimit -f 1024; exec {sys.executable} -m ops.run"
    said = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=instance.environment, capture_output=True, text=True, timeout=START_S
    )
    assert (said.returncode, said.stdout) == (1, "")
    (line,) = said.stderr.splitlines()
    assert line.startswith(f"{instance.settings.home} cannot be written")
