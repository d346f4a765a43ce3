"""The list of erased athletes, by keyed digests: kept beside the instance and in no backup.

A restored backup holds runners who were erased after it was made; this list has them erased again. Each line is the
time of the erasure and the digest of an athlete. Without SECRET_KEY the file reveals nobody's number.
"""

import contextlib
import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

log = logging.getLogger(__name__)

# No backup may be older than that.
KEEP = timedelta(days=365)
UNWRITABLE = "the list of erased athletes cannot be written: %s"


def note(path: Path, digest: str, at: datetime) -> None:
    """Add an athlete. Raises nothing: if the list cannot be written, erasing continues and an error is logged."""
    try:
        _append(path, digest, at)
    except OSError as error:
        log.error(UNWRITABLE, error.strerror)


def _append(path: Path, digest: str, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        # One short write to a file opened for appending: several processes never mix their lines. It begins a new one,
        # since the last may have been cut off.
        file.write(f"\n{at.isoformat()} {digest}\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> dict[str, datetime]:
    """Return when each athlete was erased last, by digest. Lines that were cut off are left out. Raises OSError."""
    found: dict[str, datetime] = {}
    for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
        with contextlib.suppress(ValueError):
            at, digest = line.split()
            found[digest] = max(datetime.fromisoformat(at), found.get(digest, datetime.fromisoformat(at)))
    return found


def forget_old(path: Path, now: datetime) -> None:
    """Drop athletes erased before the oldest allowed backup. No other process may write meanwhile.

    If that cannot be written, the list stays as it is and an error is logged. Raises OSError if it cannot be read.
    """
    listed = read(path)
    kept = {digest: at for digest, at in listed.items() if at > now - KEEP}
    if len(kept) == len(listed):
        return
    half = path.with_name(f"{path.name}.half")
    try:
        half.unlink(missing_ok=True)
        for digest, at in kept.items():
            _append(half, digest, at)
        half.touch(mode=0o600)
        half.replace(path)
    except OSError as error:
        log.error(UNWRITABLE, error.strerror)
        half.unlink(missing_ok=True)
