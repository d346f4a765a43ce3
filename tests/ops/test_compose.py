"""compose.yaml: every setting handed on, one order of starting, and a backup and restore by its own commands."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from dotenv import dotenv_values

from integrations.push.keys import make_vapid_key
from tests.support.compose import FILE, ROOT, ByHand, services
from tests.support.servers import OwnRedis, free_port
from webapp import erasure_log
from webapp.auth.rules import digest_of_erased
from webapp.config import Settings

EXAMPLE = dotenv_values(ROOT / ".env.example")
# A password that would end an address in the middle.
VALUES = {
    "POSTGRES_PASSWORD": "p@ss:w/rd#?%",
    "PUBLIC_URL": "https://run.example.org",
    "SECRET_KEY": "s" * 40,
    "TOKEN_KEYS": Fernet.generate_key().decode(),
    "VAPID_KEY": make_vapid_key(),
    "CHASEPACK_STRAVA_CLIENT_ID": "12",
    "CHASEPACK_STRAVA_CLIENT_SECRET": "secret",
    "WEB_WORKERS": "1",
    "JOB_WORKERS": "1",
}
OURS = ("migrate", "web", "worker", "schedule", "ops")
STAY = ("proxy", "web", "worker", "schedule", "database", "redis")
# compose.yaml sets these itself: they name what it starts.
ITS_OWN = {"DATABASE_URL", "REDIS_URL", "CHASEPACK_HOME", "BIND"}
PATIENCE_S = 300
ERASED, STAYED = 91, 92


@pytest.fixture
def ours() -> dict[str, dict[str, Any]]:
    return services(VALUES)


def test_a_value_of_the_env_file_reaches_every_service_of_ours() -> None:
    given = {name: f"value of {name}" for name in EXAMPLE}
    for name, service in services(given).items():
        if name in OURS:
            handed = {key for key, value in service["environment"].items() if value == f"value of {key}"}
            assert handed == {key for key in EXAMPLE if not key.startswith("SIM_")} - ITS_OWN - {
                "PORT",
                "POSTGRES_PASSWORD",
            }


def test_what_a_default_of_compose_says_is_a_value_the_settings_take(ours: dict[str, dict[str, Any]]) -> None:
    environment = {name.lower(): str(value) for name, value in ours["web"]["environment"].items() if value}
    del environment["pgpassword"]
    assert Settings.model_validate(environment).web_threads == 4


def test_nothing_of_ours_starts_before_the_migrations_have_run(ours: dict[str, dict[str, Any]]) -> None:
    assert ours["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("web", "worker", "schedule"):
        assert ours[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert ours[name]["depends_on"]["redis"] == {"condition": "service_healthy"}


def test_every_service_that_stays_has_a_health_check(ours: dict[str, dict[str, Any]]) -> None:
    assert all(ours[name]["healthcheck"]["test"] for name in STAY)
    assert {name for name in ours if "healthcheck" not in ours[name]} == {"migrate", "ops"}


def test_requests_and_jobs_are_given_their_time_to_end(ours: dict[str, dict[str, Any]]) -> None:
    graceful = re.search(r"--graceful-timeout (\d+)", ours["web"]["command"])
    assert graceful
    for name in ("web", "worker", "schedule"):
        assert int(ours[name]["stop_grace_period"].removesuffix("s")) > int(graceful[1]) + 5


def test_a_proxy_alone_stands_in_the_open_and_takes_requests_in_whole(ours: dict[str, dict[str, Any]]) -> None:
    open_ports = {name: service["ports"] for name, service in ours.items() if "ports" in service}
    assert open_ports == {"proxy": ["80:80", "443:443"], "web": ["127.0.0.1:8000:8000"]}
    assert ours["proxy"]["environment"] == {"PUBLIC_URL": VALUES["PUBLIC_URL"]}
    assert re.fullmatch(r"caddy:\d+\.\d+", ours["proxy"]["image"])
    assert ours["web"]["environment"]["TRUSTED_PROXIES"] == "1"
    mounted = ours["proxy"]["volumes"][0].split(":")[0]
    its_own = (ROOT / mounted).read_text().split()
    for setting in ("read_header", "read_body", "request_buffers"):
        assert its_own.count(setting) == 1 and setting in (ROOT / "README.md").read_text()


def test_the_image_holds_what_the_commands_need() -> None:
    image = (ROOT / "Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\w+) \1$", image, re.MULTILINE))
    assert {"webapp", "integrations", "jobs", "migrations", "ops"} == copied
    server = re.search(r"image: postgres:(\d+)", FILE.read_text())
    assert server and f"postgresql-client-{server[1]}" in image


@pytest.fixture
def by_hand(empty_postgres_url: str, own_redis: OwnRedis, tmp_path: Path) -> Iterator[ByHand]:
    """The services of compose.yaml on an empty PostgreSQL and a Redis of their own; nothing runs yet."""
    port = free_port()
    moved = {
        "postgresql://chasepack@database/chasepack": empty_postgres_url,
        "redis://redis:6379/0": own_redis.url,
        "0.0.0.0:8000": f"127.0.0.1:{port}",
        "0.0.0.0": "127.0.0.1",
        "/instance": str(tmp_path / "instance"),
    }
    hand = ByHand(VALUES, moved, tmp_path, port)
    yield hand
    hand.stop_all()


def wait_until(holds: Callable[[], bool], what: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < ends, f"waited in vain until {what}"
        time.sleep(0.5)


def test_compose_starts_from_an_empty_database_and_brings_a_backup_back_without_the_erased(
    by_hand: ByHand, empty_postgres_url: str, tmp_path: Path
) -> None:
    migrated = by_hand.run("migrate")
    assert migrated.returncode == 0, migrated.stderr
    for name in ("web", "worker", "schedule"):
        by_hand.start(name)
    for name in ("web", "worker", "schedule"):
        wait_until(partial(by_hand.is_well, name), f"{name} is well")
    put_group(empty_postgres_url, "Before")
    for athlete_id in (ERASED, STAYED):
        put_runner(empty_postgres_url, athlete_id)

    backup = by_hand.run("ops", "backup", str(tmp_path / "backups"))
    assert backup.returncode == 0, backup.stderr
    (archive,) = (tmp_path / "backups").iterdir()
    put_group(empty_postgres_url, "After")
    erase(empty_postgres_url, ERASED, tmp_path / "instance" / "live.erased")
    refused = by_hand.run("ops", "restore", str(archive))
    assert refused.returncode == 1 and "other connections: end every process of Chasepack first" in refused.stderr
    assert groups_in(empty_postgres_url) == ["After", "Before"]

    for name in ("web", "worker", "schedule"):
        assert by_hand.stop(name) == 0
    restored = by_hand.run("ops", "restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    assert "erased again: 1." in restored.stdout
    assert groups_in(empty_postgres_url) == ["Before"]
    assert athletes_in(empty_postgres_url) == [STAYED]
    assert by_hand.run("migrate").returncode == 0
    assert athletes_in(empty_postgres_url) == [STAYED]


def put_group(url: str, name: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO running_group (slug, name, tz, text, created_at) VALUES (%s, %s, 'UTC', '', now())",
            (name.lower(), name),
        )


def put_runner(url: str, athlete_id: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            "WITH new AS (INSERT INTO runner (name, created_at, session_epoch, units)"
            " VALUES ('Ana', now(), 0, 'km') RETURNING id)"
            " INSERT INTO connection (runner_id, athlete_id, state, scopes, access_token, refresh_token,"
            " expires_at, connected_at) SELECT id, %s, 'connected', 'read', 'sealed', 'sealed', now(), now() FROM new",
            (athlete_id,),
        )


def erase(url: str, athlete_id: int, listed_in: Path) -> None:
    """Do what an erasure leaves behind: no row, and a line on the list that lies outside every backup."""
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM connection WHERE athlete_id = %s", (athlete_id,))
    erasure_log.record(
        listed_in, digest_of_erased(athlete_id, VALUES["SECRET_KEY"]), datetime.now(UTC) + timedelta(seconds=1)
    )


def athletes_in(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return sorted(row[0] for row in connection.execute("SELECT athlete_id FROM connection"))


def groups_in(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return sorted(row[0] for row in connection.execute("SELECT name FROM running_group"))
