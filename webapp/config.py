"""Settings: one frozen object, read once from the environment and `.env`; wrong values are refused by name."""

import hashlib
import ipaddress
import os
import tempfile
from collections.abc import Collection, Mapping
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, FilePath, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_snake

import webapp.garbage  # noqa: F401  # every program reads the settings; imported only for what it sets up
from integrations.mail.messages import Sender
from webapp.instance_keys import KEYS, KeyProblem, read_or_make_keys
from webapp.setting_types import (
    DatabaseAddress,
    HostPorts,
    Hosts,
    Names,
    Port,
    PushContact,
    RedisAddress,
    RelayAddress,
    SecretKey,
    SenderAddress,
    TokenKeys,
    VapidKey,
    WebAddress,
)

# Settings that had another name in the release before; see CHANGELOG.md.
FORMER_NAMES = {"LOOK_HOURS": "RESYNC_HOURS"}
# Only our settings have these prefixes: an unknown name with one of them is a typing error.
OUR_PREFIXES = ("CHASEPACK_", "STRAVA_", "SIM_")
# Shorter secrets may be parts of common words.
MIN_SECRET = 6
# One .env may serve compose.yaml too; these names in it are for compose alone.
COMPOSE_NAMES, COMPOSE_PREFIX = ("POSTGRES_PASSWORD",), "COMPOSE_"
SOCKET_PATH_LIMIT = 100  # Linux takes 107 bytes, macOS 103
STATIC = Path(__file__).parent / "static"
# The second athlete of the simulator's world: the first one organises a group already.
TRIAL_OPERATOR = "140000002"
# Nothing that is sent to this domain arrives anywhere.
TRIAL_SENDER = "Chasepack <chasepack@trial.invalid>"


class SettingsError(Exception):
    """A setting is unknown, wrong or missing; the text names it and says what would be right."""


class Settings(BaseModel):
    """Everything an operator may set. The field `public_url` is read from the variable `PUBLIC_URL`, and so on."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    bind: str = "127.0.0.1"
    port: Port = 8000
    sim_port: Port = 8001
    chasepack_home: Path = Path("instance")
    public_url: WebAddress = ""
    trusted_proxies: int = Field(0, ge=0, le=10)
    secret_key: SecretKey = ""
    token_keys: TokenKeys = ()
    database_url: DatabaseAddress = ""
    redis_url: RedisAddress = ""
    chasepack_strava_client_id: str = ""
    chasepack_strava_client_secret: str = ""
    strava_api_base: WebAddress = ""
    strava_oauth_base: WebAddress = ""
    # Seconds that Strava may take to answer.
    strava_timeout: float = Field(10.0, gt=0, le=60)
    # Hosts that pictures of athletes are fetched from, by https.
    strava_photo_hosts: Hosts = ("dgalywyr863hv.cloudfront.net",)
    # Hosts of one's own that groups' chat channels may be on, besides the services' own.
    channel_hosts: Hosts = ()
    strava_button: str = ""
    # If it is set, Strava's signatures of events are checked.
    strava_webhook_key: str = ""
    seats: int | None = Field(None, ge=1)
    operators: Names = ()
    history_days: int = Field(400, ge=31, le=1500)
    # What a runner deletes on Strava has to be gone here within 48 hours; the last of them is for the resync itself.
    resync_hours: int = Field(47, ge=1, le=47)
    # Events of one runner that come within this many seconds are read together.
    quiet_seconds: float = Field(2.0, ge=0, le=60)
    # Days after which titles and devices are removed.
    raw_days: int = Field(6, ge=1, le=400)
    # How many previews of rules an organiser may ask for within a day.
    previews_a_day: int = Field(30, ge=1, le=1000)
    # The most that members may let their group see: their totals, or only points and ranks.
    sharing: Literal["totals", "points"] = "totals"
    # Every runner may start a group, or the operators alone.
    groups: Literal["open", "operator"] = "open"
    # The relay that takes our mails, as smtp://user:password@host:587. Without one a trial writes them to files.
    mail_url: RelayAddress = ""
    mail_from: SenderAddress = ""
    # How many mails the relay takes within a minute, from all workers together.
    mail_per_minute: int = Field(60, ge=1, le=100_000)
    # Seconds that the relay may take for each step of a mail.
    mail_timeout: float = Field(20.0, gt=0, le=30)
    # Requests with this token may read /metrics; without a token set, nobody may.
    metrics_token: str = ""
    # Lines for people, or an object each for programs.
    log_format: Literal["text", "json"] = "text"
    # Signs pushes to browsers.
    vapid_key: VapidKey = ""
    # An address that push services may write to.
    push_contact: PushContact = ""
    # Hosts with ports that may be called although they are private, or without https.
    outbound_exceptions: HostPorts = ()
    web_workers: int = Field(2, ge=1, le=64)
    web_threads: int = Field(4, ge=1, le=64)
    job_workers: int = Field(2, ge=1, le=64)
    sim_runs: FilePath | None = None
    sim_speed: float = Field(60.0, ge=0)
    sim_seed: int = 7
    sim_athletes: int = Field(60, ge=3, le=5000)
    sim_tier: Literal["default", "ten", "reviewed"] = "reviewed"

    @field_validator("strava_button")
    @classmethod
    def _is_there(cls, value: str) -> str:
        if value and not (Path(value).is_file() or (STATIC / value).is_file()):
            raise ValueError("there is no such file, neither under webapp/static nor elsewhere")
        return value

    @field_validator("operators")
    @classmethod
    def _are_athletes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(one.isascii() and one.isdigit() for one in value):
            raise ValueError("must be numbers of Strava athletes, comma separated")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.chasepack_strava_client_id) != bool(self.chasepack_strava_client_secret):
            raise ValueError("CHASEPACK_STRAVA_CLIENT_ID and CHASEPACK_STRAVA_CLIENT_SECRET go together")
        if self.mail_url and not self.mail_from:
            raise ValueError("MAIL_FROM is required with MAIL_URL: the address that mails come from")
        if self.simulated and not _is_loopback(self.bind):
            raise ValueError(
                "BIND must be a loopback address while Strava is simulated, since there anyone may be anyone"
            )
        return self

    @property
    def simulated(self) -> bool:
        """Return whether the simulator plays Strava, because no credentials of a real application were given."""
        return not self.chasepack_strava_client_id

    @property
    def embedded(self) -> bool:
        """Return whether database and Redis are embedded; then the keys may be created here, too."""
        return not self.database_url and not self.redis_url

    @property
    def home(self) -> Path:
        """Return the folder of this instance's state; a trial and a live instance never share one."""
        return self.chasepack_home.absolute() / ("demo" if self.simulated else "live")

    @property
    def database(self) -> str:
        url = self.database_url or f"sqlite:///{self.home / 'chasepack.sqlite3'}"
        for plain in ("postgres://", "postgresql://"):
            if url.startswith(plain):
                return "postgresql+psycopg://" + url.removeprefix(plain)
        return url

    @property
    def redis_socket(self) -> Path:
        """Return the Unix socket of the embedded Redis, in a short place where the usual one is too long."""
        usual = self.home / "redis.sock"
        if len(os.fsencode(usual)) <= SOCKET_PATH_LIMIT:
            return usual
        digest = hashlib.sha256(os.fsencode(usual)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"chasepack-{os.getuid()}-{digest}" / "redis.sock"

    @property
    def redis(self) -> str:
        return self.redis_url or f"unix://{self.redis_socket}"

    @property
    def address(self) -> str:
        """Return the address that browsers use, without a slash at its end."""
        return self.public_url or f"http://{self.bind}:{self.port}"

    @property
    def simulator_address(self) -> str:
        return f"http://127.0.0.1:{self.sim_port}"

    @property
    def api_base(self) -> str:
        usual = f"{self.simulator_address}/api/v3" if self.simulated else "https://www.strava.com/api/v3"
        return self.strava_api_base or usual

    @property
    def oauth_base(self) -> str:
        usual = f"{self.simulator_address}/oauth" if self.simulated else "https://www.strava.com/oauth"
        return self.strava_oauth_base or usual

    @property
    def operating(self) -> tuple[str, ...]:
        """Return the athletes who operate the installation; in a trial one of the simulator's athletes does."""
        return self.operators or ((TRIAL_OPERATOR,) if self.simulated else ())

    @property
    def strava_site(self) -> str:
        """Return the site on which runners see their own runs and account; in a trial the simulator plays it."""
        return self.simulator_address if self.simulated else "https://www.strava.com"

    @property
    def photo_origins(self) -> tuple[str, ...]:
        """Return scheme and host of each place that photos are fetched from."""
        hosts = tuple(f"https://{host}" for host in self.strava_photo_hosts)
        return (*hosts, self.simulator_address) if self.simulated else hosts

    @property
    def client_id(self) -> str:
        return self.chasepack_strava_client_id or "1"

    @property
    def client_secret(self) -> str:
        return self.chasepack_strava_client_secret or "simulator"

    @property
    def push_subject(self) -> str:
        """Return whom push services may write to, as VAPID puts it; by default this site."""
        if self.push_contact:
            return self.push_contact if self.push_contact.startswith("https:") else f"mailto:{self.push_contact}"
        site = urlsplit(self.address)
        return f"https://{site.hostname if site.scheme == 'https' else 'localhost'}"

    @cached_property
    def webhook_secret(self) -> str:
        """Return the secret part of the webhook's path and its verify token; it follows from SECRET_KEY."""
        return hashlib.sha256(f"webhook:{self.secret_key}".encode()).hexdigest()[:32]

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return the values that no log and no page may ever show."""
        keys = (self.secret_key, *self.token_keys, self.vapid_key, self.strava_webhook_key)
        ours = (*keys, self.webhook_secret, self.metrics_token)
        strava = self.chasepack_strava_client_secret
        passwords = [_password(url) for url in (self.database_url, self.redis_url, self.mail_url)]
        every = (*ours, strava, *passwords, *map(unquote, passwords))
        return tuple(dict.fromkeys(secret for secret in every if len(secret) >= MIN_SECRET))

    @property
    def sends_mail(self) -> bool:
        """Return whether runners may have mails: a relay takes them, or a trial writes them to files."""
        return bool(self.mail_url) or self.simulated

    @property
    def sender(self) -> Sender:
        """Return whom mails are from."""
        name, address = parseaddr(self.mail_from or TRIAL_SENDER)
        return Sender(address, name)

    @property
    def mail_folder(self) -> Path:
        """Return the folder of the mails that no relay took."""
        return self.home / "mail"

    @property
    def callback_url(self) -> str:
        """Return where Strava is to post its events."""
        return f"{self.address}/webhooks/strava/{self.webhook_secret}"

    @property
    def erased_file(self) -> Path:
        """Return the path of the list of erased athletes: outside the instance, so that no restore replaces it."""
        return self.home.with_name(f"{self.home.name}.erased")

    @property
    def backup_mark(self) -> Path:
        """Return the path of the file whose time is that of the last backup: outside the instance, as above."""
        return self.home.with_name(f"{self.home.name}.backed_up")

    @property
    def clock_file(self) -> Path | None:
        """Return the shared clock of a trial instance; a live one has the wall clock."""
        return self.home / "clock.json" if self.simulated else None


def _password(url: str) -> str:
    return urlsplit(url).password or ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_settings(
    environ: Mapping[str, str] | None = None, env_file: Path | None = Path(".env"), *, with_keys: bool = True
) -> Settings:
    """Read the settings; the environment wins over `env_file`.

    In the embedded default the keys are made at the first start and kept in the instance folder. Without `with_keys`
    they are neither made nor read: a restore has its own.
    Raises SettingsError, one line for each unknown, wrong or missing value, and where a database has lost its keys.
    """
    environ = os.environ if environ is None else environ
    settings = _validated(_named_values(environ, env_file))
    missing = [name for name in KEYS if not getattr(settings, name)]
    if not with_keys or not missing:
        return settings
    if not settings.embedded:
        raise SettingsError(_required(missing))
    try:
        kept = read_or_make_keys(settings.home, missing, settings.home / "chasepack.sqlite3")
    except KeyProblem as problem:
        raise SettingsError(str(problem)) from None
    return settings.model_copy(update=kept)


def _required(missing: Collection[str]) -> str:
    secrets = ["SECRET_KEY and TOKEN_KEYS are"] if {"secret_key", "token_keys"} & set(missing) else []
    needed = [*secrets, *(["VAPID_KEY is"] if "vapid_key" in missing else [])]
    return "\n".join(f"{one} required with DATABASE_URL or REDIS_URL (`make key` makes all keys)" for one in needed)


def _named_values(environ: Mapping[str, str], env_file: Path | None) -> dict[str, str]:
    known = {name.upper() for name in Settings.model_fields}
    from_file = dotenv_values(env_file) if env_file and env_file.is_file() else {}
    ours = _renamed({name: value for name, value in from_file.items() if not _is_of_compose(name)})
    environ = _renamed(environ)
    unknown = [name for name in ours if name not in known]
    unknown += [name for name in environ if name.startswith(OUR_PREFIXES) and name not in known]
    if unknown:
        raise SettingsError("\n".join(f"{name}: there is no such setting (see .env.example)" for name in unknown))
    merged = {**ours, **{name: environ[name] for name in known if name in environ}}
    return {to_snake(name.lower()): value for name, value in merged.items() if value}


def _renamed(values: Mapping[str, str | None]) -> dict[str, str]:
    """Return the values under their present names; a former name counts if the present one has no value."""
    former = {name: values[old] for old, name in FORMER_NAMES.items() if values.get(old) and not values.get(name)}
    return {name: value or "" for name, value in {**values, **former}.items() if name not in FORMER_NAMES}


def _is_of_compose(name: str) -> bool:
    return name in COMPOSE_NAMES or name.startswith(COMPOSE_PREFIX)


def _validated(values: Mapping[str, Any]) -> Settings:
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join(_in_words(dict(problem)) for problem in error.errors())) from None


def _in_words(problem: Mapping[str, Any]) -> str:
    name = str(problem["loc"][0]).upper() if problem["loc"] else ""
    text = str(problem["msg"]).removeprefix("Value error, ")
    return f"{name}: {text}" if name else text
