"""Work between a restore and the first page: erase again, and confirm what the backup says.

The mark lies next to the instance and is made before anything is replaced. So the next start completes a restore that
was killed half-way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.preflight import StartRefused
from webapp import erasure_log
from webapp.accounts import restore_service
from webapp.config import Settings
from webapp.extensions import clock


def mark_of(settings: Settings) -> Path:
    return settings.home.with_name(f"{settings.home.name}.restored")


@contextmanager
def marked(settings: Settings) -> Iterator[None]:
    """Mark the instance as restored.

    A block that raises StartRefused has changed nothing, so the mark is removed. After any other failure it stays: the
    database may already be that of the backup, and the next start must not trust it.
    """
    mark = mark_of(settings)
    mark.touch(mode=0o600)
    try:
        yield
    except StartRefused:
        mark.unlink(missing_ok=True)
        raise


def finish_restore(settings: Settings) -> None:
    """Erase again those erased since the backup; after a restore, hide all runners until Strava confirms them.

    Erasing is done at every start, so that a database brought back by hand is caught as well. Inside an application
    whose database is migrated, before anything serves. Raises OSError.
    """
    now = clock().now()
    erasure_log.purge_old(settings.erased_file, now)
    again = restore_service.erase_again(now)
    if again:
        print(f"Runners erased since this backup, and erased again: {again}.", flush=True)
    if mark_of(settings).exists():
        restore_service.mark_all_unconfirmed(now)
        mark_of(settings).unlink()
