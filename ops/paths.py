"""Paths of an instance. `python -m ops.paths log` prints the folder of its logs."""

import sys
from pathlib import Path

from webapp.config import Settings, SettingsError, load_settings

ROOT = Path(__file__).parent.parent


def lock_file(settings: Settings) -> Path:
    """Return the file that a running instance holds. It is outside the instance, which a restore may move."""
    return settings.home.with_name(f"{settings.home.name}.lock")


def log_folder(settings: Settings) -> Path:
    return settings.home / "log"


def redis_folder(settings: Settings) -> Path:
    """Return the folder of the embedded Redis's append-only file."""
    return settings.home / "redis"


def filled_mark(settings: Settings) -> Path:
    """Return the file that says the trial has been filled to the end."""
    return settings.home / "filled"


def main() -> int:
    try:
        folder = log_folder(load_settings())
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    if not folder.is_dir():
        print(f"There are no logs in {folder} yet: `make run` writes them.", file=sys.stderr)
        return 1
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
