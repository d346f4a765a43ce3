"""Settings: one clear word for whatever is wrong, and secrets that nobody else reads."""

import json
import os
import re
import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from dotenv import dotenv_values

from integrations.push.keys import make_vapid_key
from webapp.config import FORMER_NAMES, SOCKET_PATH_LIMIT, Settings, SettingsError, load_settings

EXAMPLE = Path(__file__).parent.parent / ".env.example"
KEYS = {"SECRET_KEY": "x" * 40, "TOKEN_KEYS": Fernet.generate_key().decode(), "VAPID_KEY": make_vapid_key()}


def load(home: Path, **values: str) -> Settings:
    return load_settings({"CHASEPACK_HOME": str(home), **values}, env_file=None)


def test_the_example_lists_every_setting_with_its_default() -> None:
    listed = dotenv_values(EXAMPLE)
    assert set(listed) == {name.upper() for name in Settings.model_fields} | {"POSTGRES_PASSWORD"}
    given = {name.lower(): value for name, value in listed.items() if value}
    assert Settings.model_validate(given) == Settings.model_validate({})


def test_compose_hands_on_every_setting_of_a_live_instance() -> None:
    live = {name.upper() for name in Settings.model_fields if not name.startswith("sim_")}
    text = (EXAMPLE.parent / "compose.yaml").read_text()
    used = set(re.findall(r"\$\{(\w+)", text))
    # These name what compose.yaml starts.
    assert used == live - {"DATABASE_URL", "REDIS_URL", "CHASEPACK_HOME", "BIND"} | {"POSTGRES_PASSWORD", *FORMER_NAMES}
    # PORT is the one outside the container; every other setting reaches it under its own name.
    for name in used - {"PORT", "POSTGRES_PASSWORD"}:
        assert re.search(rf"^    {name}: \$\{{{name}\b", text, re.MULTILINE), name


def test_the_example_explains_every_block_of_settings() -> None:
    blocks = EXAMPLE.read_text().split("\n\n")
    assert all("#" in block for block in blocks if "=" in block)


@pytest.mark.parametrize("name", ["CHASEPACK_HOEM", "STRAVA_CLIENT_ID", "SIM_SPEEED"])
def test_an_unknown_name_of_ours_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: there is no such setting"):
        load(tmp_path, **{name: "1"})


def test_an_unknown_name_in_the_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PROT=8080\n")
    with pytest.raises(SettingsError, match=r"^PROT: there is no such setting"):
        load_settings({"CHASEPACK_HOME": str(tmp_path)}, env_file=tmp_path / ".env")


def test_one_env_file_serves_compose_and_make(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD='p@ss'\nCOMPOSE_PROJECT_NAME=chasepack\nPORT=8080\n")
    assert load_settings({"CHASEPACK_HOME": str(tmp_path)}, env_file=tmp_path / ".env").port == 8080


def test_a_relay_needs_a_sender_and_its_password_is_a_secret(tmp_path: Path) -> None:
    relay = {"MAIL_URL": "smtp://me:p%40ssword@relay.example.org"}
    with pytest.raises(SettingsError, match=r"^MAIL_FROM is required with MAIL_URL"):
        load(tmp_path, **relay)
    settings = load(tmp_path, MAIL_FROM="Milers <runs@run.example.org>", **relay)
    assert {"p%40ssword", "p@ssword"} <= set(settings.secrets)
    assert (settings.sender.name, settings.sender.address) == ("Milers", "runs@run.example.org")


def test_a_trial_writes_mails_to_files_and_a_live_instance_without_a_relay_sends_none(tmp_path: Path) -> None:
    live = {"CHASEPACK_STRAVA_CLIENT_ID": "1", "CHASEPACK_STRAVA_CLIENT_SECRET": "hush-hush"}
    assert (load(tmp_path).sends_mail, load(tmp_path, **live).sends_mail) == (True, False)
    assert load(tmp_path, **live, MAIL_URL="smtp://relay.example.org", MAIL_FROM="runs@run.example.org").sends_mail


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("password", ["p@ss", "p/ss@", "p#ss", "p?ss"])
def test_a_password_that_ends_an_address_is_refused_with_the_way_out(tmp_path: Path, name: str, password: str) -> None:
    scheme = "postgresql" if name == "DATABASE_URL" else "redis"
    with pytest.raises(SettingsError, match=f"^{name}: write special characters of the password with a percent sign"):
        load(tmp_path, **{name: f"{scheme}://user:{password}@host/1"}, **KEYS)
    assert load(tmp_path, **{name: f"{scheme}://user:p%40ss@host/1"}, **KEYS)


def test_other_programs_variables_are_left_alone(tmp_path: Path) -> None:
    assert load(tmp_path, EDITOR="vi", POSTGRES_USER="x").port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PUBLIC_URL", "run.example.org"),
        ("TRUSTED_PROXIES", "-1"),
        ("SECRET_KEY", "short"),
        ("TOKEN_KEYS", "not-a-key"),
        ("VAPID_KEY", "not-a-key"),
        ("PUSH_CONTACT", "ops"),
        ("PUSH_CONTACT", "mailto:ops@example.org "),
        ("PUSH_CONTACT", "http://example.org"),
        ("OUTBOUND_EXCEPTIONS", "ntfy.home.arpa"),
        ("OUTBOUND_EXCEPTIONS", "http://ntfy.home.arpa:8080"),
        ("SEATS", "0"),
        ("RESYNC_HOURS", "48"),
        ("SIM_TIER", "huge"),
        ("SIM_SPEED", "-1"),
        ("SIM_RUNS", "nowhere.csv.gz"),
        ("STRAVA_BUTTON", "nowhere.svg"),
        ("STRAVA_PHOTO_HOSTS", "https://pictures.example.org"),
        ("STRAVA_PHOTO_HOSTS", "pictures.example.org/athletes"),
        ("STRAVA_PHOTO_HOSTS", "localhost"),
        ("OPERATORS", "12, me"),
        ("DATABASE_URL", "mysql://somebody:hush@host/name"),
        ("REDIS_URL", "localhost:6379"),
        ("MAIL_URL", "https://relay.example.org"),
        ("MAIL_URL", "smtp://"),
        ("MAIL_FROM", "runs"),
        ("MAIL_PER_MINUTE", "0"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: ") as refused:
        load(tmp_path, **{name: value})
    assert "\n" not in str(refused.value)
    if name.endswith(("KEY", "KEYS", "DATABASE_URL")):
        assert value not in str(refused.value)


def test_every_wrong_value_has_a_line_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, PORT="x", SEATS="y")
    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == ["PORT", "SEATS"]


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("PORT=8080\nSEATS=10\n")
    settings = load_settings({"CHASEPACK_HOME": str(tmp_path), "PORT": "9090"}, env_file=tmp_path / ".env")
    assert (settings.port, settings.seats) == (9090, 10)


def test_embedded_secrets_are_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    first, second = load(tmp_path), load(tmp_path)
    kept = first.home / "keys.json"
    assert first.secret_key == second.secret_key == json.loads(kept.read_text())["secret_key"]
    assert first.token_keys == second.token_keys
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_database_that_has_lost_its_keys_is_refused_with_one_line_and_no_new_keys(tmp_path: Path) -> None:
    kept = load(tmp_path)
    (kept.home / "chasepack.sqlite3").touch()
    (kept.home / "keys.json").rename(kept.home / "elsewhere.json")
    for given in ({}, {"SECRET_KEY": KEYS["SECRET_KEY"]}, {"TOKEN_KEYS": KEYS["TOKEN_KEYS"]}):
        with pytest.raises(SettingsError, match=r"keys\.json is missing next to its database: put") as no:
            load(tmp_path, **given)
        assert "\n" not in str(no.value)
        assert not (kept.home / "keys.json").exists()
    assert load(tmp_path, **KEYS).secret_key == KEYS["SECRET_KEY"]
    (kept.home / "elsewhere.json").rename(kept.home / "keys.json")
    assert load(tmp_path).token_keys == kept.token_keys


def test_a_given_secret_wins_over_the_kept_one(tmp_path: Path) -> None:
    kept = load(tmp_path)
    given = load(tmp_path, SECRET_KEY="y" * 40)
    assert given.secret_key == "y" * 40
    assert given.token_keys == kept.token_keys


@pytest.mark.parametrize("outside", [{"DATABASE_URL": "postgresql://u@h/d"}, {"REDIS_URL": "redis://localhost"}])
def test_with_outside_services_secrets_are_required_and_none_is_made(tmp_path: Path, outside: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY and TOKEN_KEYS are required") as refused:
        load(tmp_path, **outside)
    assert str(refused.value).splitlines()[1].startswith("VAPID_KEY is required")
    with pytest.raises(SettingsError, match=r"^VAPID_KEY is required"):
        load(tmp_path, **outside, **{name: key for name, key in KEYS.items() if name != "VAPID_KEY"})
    assert not [path for path in tmp_path.rglob("*") if path.name in ("keys.json", "vapid.key")]
    assert load(tmp_path, **outside, **KEYS).secret_key == KEYS["SECRET_KEY"]


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.168.1.4", "example.org"])
def test_with_the_simulator_only_loopback_is_listened_on(tmp_path: Path, bind: str) -> None:
    with pytest.raises(SettingsError, match="BIND must be a loopback address"):
        load(tmp_path, BIND=bind)
    strava = {"CHASEPACK_STRAVA_CLIENT_ID": "12", "CHASEPACK_STRAVA_CLIENT_SECRET": "s"}
    assert load(tmp_path, BIND=bind, **strava).bind == bind


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_every_loopback_address_is_good_for_the_simulator(tmp_path: Path, bind: str) -> None:
    assert load(tmp_path, BIND=bind).simulated


def test_half_of_the_credentials_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="go together"):
        load(tmp_path, CHASEPACK_STRAVA_CLIENT_ID="12")


def test_trial_and_live_never_share_a_folder(tmp_path: Path) -> None:
    strava = {"CHASEPACK_STRAVA_CLIENT_ID": "12", "CHASEPACK_STRAVA_CLIENT_SECRET": "s"}
    trial, live = load(tmp_path), load(tmp_path, **strava)
    assert trial.home == tmp_path / "demo"
    assert live.home == tmp_path / "live"
    assert trial.secret_key != live.secret_key


def test_a_long_path_gets_a_short_socket_of_its_own(tmp_path: Path) -> None:
    long = tmp_path / ("deep" * 30)
    socket = load(long).redis_socket
    assert len(os.fsencode(socket)) <= SOCKET_PATH_LIMIT
    assert socket != load(tmp_path / ("also" * 30)).redis_socket
    assert load(long).redis == f"unix://{socket}"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_plain_postgresql_address_gets_our_driver(tmp_path: Path, scheme: str) -> None:
    settings = load(tmp_path, DATABASE_URL=f"{scheme}://u@h/d", **KEYS)
    assert settings.database == "postgresql+psycopg://u@h/d"


def test_no_secret_is_in_the_text_of_the_settings_errors(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, TOKEN_KEYS="aaaa-secret-aaaa", CHASEPACK_STRAVA_CLIENT_SECRET="bbbb-secret-bbbb")
    assert "secret-" not in str(refused.value)


@pytest.mark.parametrize("in_file", [True, False])
def test_a_former_name_of_a_setting_still_works(tmp_path: Path, in_file: bool) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("LOOK_HOURS=24\n" if in_file else "RESYNC_HOURS=40\n")
    environ = {"CHASEPACK_HOME": str(tmp_path), **({} if in_file else {"LOOK_HOURS": "24"})}
    assert load_settings(environ, env_file).resync_hours == 24


def test_the_key_of_pushes_is_made_once_also_where_the_other_keys_are_given(tmp_path: Path) -> None:
    given = {name: key for name, key in KEYS.items() if name != "VAPID_KEY"}
    first = load(tmp_path, **given)
    (first.home / "chasepack.sqlite3").touch()
    kept = first.home / "vapid.key"
    assert first.vapid_key == load(tmp_path, **given).vapid_key == kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not (first.home / "keys.json").exists()
    assert first.vapid_key in first.secrets
    for broken in (b"", b"x", b"\xff"):
        kept.write_bytes(broken)
        with pytest.raises(SettingsError, match=r"vapid\.key is broken"):
            load(tmp_path, **given)
        assert kept.read_bytes() == broken


def test_push_services_may_write_to_the_contact_or_to_the_site(tmp_path: Path) -> None:
    def contact(**values: str) -> str:
        return load(tmp_path, **values).push_subject

    assert contact() == "https://localhost"
    assert contact(PUBLIC_URL="https://run.example.org:8443/runs") == "https://run.example.org"
    assert contact(PUBLIC_URL="http://run.example.org") == "https://localhost"
    assert contact(PUSH_CONTACT="ops@example.org") == "mailto:ops@example.org"
    assert contact(PUSH_CONTACT="https://example.org") == "https://example.org"


def test_exceptions_are_hosts_with_ports(tmp_path: Path) -> None:
    found = load(tmp_path, OUTBOUND_EXCEPTIONS="ntfy.home.arpa:8080, 127.0.0.1:9,").outbound_exceptions
    assert found == (("ntfy.home.arpa", 8080), ("127.0.0.1", 9))
