"""Reading the installation itself for its operators: its version, its disk, its database, its last backup."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from webapp.config import Settings
from webapp.db import db
from webapp.version import VERSION


@dataclass(frozen=True, slots=True)
class Installation:
    """Sizes in bytes; None where they cannot be read. `backed_up_at` None: no backup was made here yet."""

    version: str
    database_bytes: int | None
    disk_free: int | None
    disk_total: int | None
    backed_up_at: datetime | None


def installation(settings: Settings) -> Installation:
    """Return the state of the installation. The disk is that of the folder of the instance."""
    disk = _disk_of(settings.home)
    return Installation(VERSION, _database_bytes(), *disk, _moment_of(settings.backup_mark))


def _disk_of(folder: Path) -> tuple[int | None, int | None]:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None, None
    return usage.free, usage.total


def _database_bytes() -> int:
    if db.engine.dialect.name == "postgresql":
        return int(db.session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    pages, size = (db.session.scalar(text(f"PRAGMA {name}")) for name in ("page_count", "page_size"))
    return int(pages or 0) * int(size or 0)


def _moment_of(mark: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    except OSError:
        return None
