"""Types of settings: lists of names, addresses of the web, of databases and of Redis."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

DATABASES = ("postgresql://", "postgres://", "postgresql+psycopg://")
REDISES = ("redis://", "rediss://", "unix://")
HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII)


def _listed(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(HOST.fullmatch(host) for host in value):
        raise ValueError("must be names of hosts such as pictures.example.org, comma separated")
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


def _with_a_readable_password(url: str) -> str:
    if "@" in url and urlsplit(url).netloc.count("@") != 1:
        raise ValueError(
            "write special characters of the password with a percent sign: %40 for @, %2F for /, %23 for #"
        )
    return url


Port = Annotated[int, Field(ge=1, le=65535)]
Names = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Hosts = Annotated[tuple[str, ...], BeforeValidator(_listed), AfterValidator(_hosts)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
DatabaseAddress = Annotated[str, AfterValidator(_database)]
RedisAddress = Annotated[str, AfterValidator(_redis)]
