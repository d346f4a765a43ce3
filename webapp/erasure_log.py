"""The list of erased athletes, as keyed digests: kept next to the instance and in no backup.

A restored backup holds runners who were erased after it was made; this list has them erased again. Each line is the
time of the erasure and the digest of an athlete. A third word in a line is a time that the line replaces, from a clock
that ran ahead. Without SECRET_KEY the file reveals nobody's number.
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


def record(path: Path, digest: str, at: datetime) -> None:
    """Add an athlete. Raises nothing: if the list cannot be written, erasing continues and an error is logged."""
    try:
        _append(path, digest, at)
    except OSError as error:
        log.error(UNWRITABLE, error.strerror)


def bound(path: Path, latest: datetime, now: datetime) -> int:
    """Have erasures that are listed later than `latest` count as of `now`; return how many. Raises OSError.

    The clock was put back since they were listed. Unchanged, they would make a start erase runners who have come back.
    """
    ahead = {digest: at for digest, at in read(path).items() if at > latest}
    for digest, at in ahead.items():
        _append(path, f"{digest} {at.isoformat()}", now)
    return len(ahead)


def _append(path: Path, digest: str, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        # One short write to a file opened for appending: several processes never mix their lines. It begins with a line
        # end, since the last line may have been cut off.
        file.write(f"\n{at.isoformat()} {digest}\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> dict[str, datetime]:
    """Return when each athlete was erased last, by digest. Lines that were cut off are left out. Raises OSError."""
    listed: set[tuple[str, datetime]] = set()
    replaced: set[tuple[str, datetime]] = set()
    for line in path.read_text(errors="replace").splitlines() if path.exists() else ():
        with contextlib.suppress(ValueError):
            at, digest, *wrong = line.split()
            replaced |= {(digest, datetime.fromisoformat(each)) for each in wrong}
            listed.add((digest, datetime.fromisoformat(at)))
    return dict(sorted(listed - replaced, key=lambda entry: entry[1]))


def purge_old(path: Path, now: datetime) -> None:
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
