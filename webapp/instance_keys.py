"""Keys that are made at the first start of an instance, each in a file of its folder that only its owner reads."""

import contextlib
import json
import os
import secrets
from collections.abc import Collection
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from integrations.push.keys import make_vapid_key
from webapp.setting_types import check_secret_key, check_token_keys, check_vapid_key

SECRETS, VAPID = "keys.json", "vapid.key"
# The settings that these files hold.
KEYS = ("secret_key", "token_keys", "vapid_key")


class KeyProblem(Exception):
    """A file of keys is missing or broken; the text says what to do."""


def read_or_make_keys(home: Path, names: Collection[str], database: Path) -> dict[str, Any]:
    """Return the keys with these names, from the folder of an instance; what is not there yet is made.

    Raises KeyProblem, also where the database is there and its keys are not.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = _read_secrets(home / SECRETS, database) if {"secret_key", "token_keys"} & set(names) else {}
    if "vapid_key" in names:
        kept["vapid_key"] = _read_vapid_key(home / VAPID)
    return {name: kept[name] for name in names}


def _read_secrets(path: Path, database: Path) -> dict[str, Any]:
    if database.exists() and not path.exists():
        # New keys could not open the tokens in this database.
        raise KeyProblem(
            f"{path} is missing next to its database: put that file back, or SECRET_KEY and TOKEN_KEYS into the "
            "environment, or restore a backup, which holds them (make restore FILE=...)"
        )
    if not path.exists():
        made = {"secret_key": secrets.token_urlsafe(48), "token_keys": [Fernet.generate_key().decode()]}
        _write_once(path, json.dumps(made))
    try:
        kept = json.loads(path.read_text())
        secret_key, token_keys = kept["secret_key"], tuple(kept["token_keys"])
        if check_secret_key(secret_key) and check_token_keys(token_keys):
            return {"secret_key": secret_key, "token_keys": token_keys}
    except (ValueError, KeyError, TypeError):
        pass
    raise KeyProblem(
        f"{path} is broken: put the right file back, or SECRET_KEY and TOKEN_KEYS into the environment, or restore "
        "a backup, which holds them (make restore FILE=...)"
    )


def _read_vapid_key(path: Path) -> str:
    if not path.exists():
        _write_once(path, make_vapid_key())
    try:
        key = check_vapid_key(path.read_text().strip())
    except ValueError:
        key = ""
    if not key:
        raise KeyProblem(
            f"{path} is broken: put the right file back, or VAPID_KEY into the environment, or delete the file. "
            "Runners then have to switch pushes on again"
        )
    return key


def _write_once(path: Path, text: str) -> None:
    """Write a file that is not there yet. It appears complete or not at all, and the first of two writers wins."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()
