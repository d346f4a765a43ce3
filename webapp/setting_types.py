"""Types of settings: lists of names, addresses of the web, of databases and of Redis."""

import re
from email.utils import parseaddr
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field

from integrations.mail.messages import is_address
from integrations.mail.relay import Relay
from integrations.push.keys import public_key_of

DATABASES = ("postgresql://", "postgres://", "postgresql+psycopg://")
REDISES = ("redis://", "rediss://", "unix://")
MIN_SECRET_KEY = 32
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)
HOST_PORT = re.compile(r"([a-z0-9.-]+):([0-9]{1,5})", re.ASCII)
# What push services take for whom to write to.
CONTACT = re.compile(r"[^\s@:]+@[a-z0-9-]+(\.[a-z0-9-]+)+|https://[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)


def _listed(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(HOST.fullmatch(host) for host in value):
        raise ValueError("must be names of hosts such as pictures.example.org, comma separated")
    return value


def _host_ports(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = [HOST_PORT.fullmatch(part.strip()) for part in value.split(",") if part.strip()]
    if not all(found):
        raise ValueError("must be hosts with ports such as ntfy.home.arpa:8080, comma separated")
    return tuple((one[1], int(one[2])) for one in found if one)


def _push_contact(value: str) -> str:
    if value and not CONTACT.fullmatch(value):
        raise ValueError("must be an address such as you@example.org or https://example.org")
    return value


def check_secret_key(value: str) -> str:
    """Return the secret. Raises ValueError if it is too short."""
    if value and len(value) < MIN_SECRET_KEY:
        raise ValueError("must be at least 32 characters long (make one with `make key`)")
    return value


def check_token_keys(value: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys. Raises ValueError if one of them is no Fernet key."""
    for key in value:
        try:
            Fernet(key)
        except ValueError:
            raise ValueError("each key must be 32 url-safe base64 bytes (make one with `make key`)") from None
    return value


def check_vapid_key(value: str) -> str:
    """Return the key. Raises ValueError if it is no private key of VAPID."""
    try:
        if value:
            public_key_of(value)
    except ValueError:
        raise ValueError("must be a private key of VAPID (make one with `make key`)") from None
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise ValueError("must be an address such as https://run.example.org")
    return value.rstrip("/")


def _database(value: str) -> str:
    if value and not value.startswith(DATABASES):
        raise ValueError("must be an address such as postgresql://user:password@host/name")
    return _with_a_readable_password(value)


def _redis(value: str) -> str:
    if value and not value.startswith(REDISES):
        raise ValueError("must be an address such as redis://host:6379/0")
    return _with_a_readable_password(value)


def _relay(value: str) -> str:
    if value:
        Relay.from_url(_with_a_readable_password(value))
    return value


def _sender(value: str) -> str:
    if value and not is_address(parseaddr(value)[1]):
        raise ValueError("must be an address such as runs@run.example.org, or Name <runs@run.example.org>")
    return value


def _with_a_readable_password(url: str) -> str:
    if "@" in url and urlsplit(url).netloc.count("@") != 1:
        raise ValueError(
            "write special characters of the password with a percent sign: %40 for @, %2F for /, %23 for #"
        )
    return url


Port = Annotated[int, Field(ge=1, le=65535)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Hosts = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_hosts)]
HostPorts = Annotated[tuple[tuple[str, int], ...], BeforeValidator(_host_ports)]
PushContact = Annotated[str, AfterValidator(_push_contact)]
SecretKey = Annotated[str, AfterValidator(check_secret_key)]
TokenKeys = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(check_token_keys)]
VapidKey = Annotated[str, AfterValidator(check_vapid_key)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
DatabaseAddress = Annotated[str, AfterValidator(_database)]
RedisAddress = Annotated[str, AfterValidator(_redis)]
RelayAddress = Annotated[str, AfterValidator(_relay)]
SenderAddress = Annotated[str, AfterValidator(_sender)]
