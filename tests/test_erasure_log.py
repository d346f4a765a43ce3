"""The list of erased athletes, as a file beside the database."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from webapp import erasure_log
from webapp.clock import Clock


def test_the_list_survives_lines_that_were_cut_off_and_is_purged_after_a_year(tmp_path: Path, clock: Clock) -> None:
    path, now = tmp_path / "live.erased", clock.now()
    erasure_log.record(path, "old", now - timedelta(days=366))
    erasure_log.record(path, "late", now - timedelta(days=2))
    erasure_log.record(path, "late", now - timedelta(days=1))
    with path.open("a") as file:
        file.write("2026-11-")
    erasure_log.purge_old(path, now)
    assert erasure_log.read(path) == {"late": now - timedelta(days=1)}


def test_the_list_stays_whole_where_the_disk_is_full(tmp_path: Path, clock: Clock) -> None:
    path, now = tmp_path / "live.erased", clock.now()
    erasure_log.record(path, "old", now - timedelta(days=366))
    erasure_log.record(path, "late", now - timedelta(days=1))
    whole = path.read_text()
    # A limit on the size of files fails as a full disk does.
    program = (
        "import resource, sys; from datetime import datetime; from pathlib import Path; from webapp import erasure_log;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        "erasure_log.purge_old(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(path), now.isoformat()], capture_output=True)
    assert ended.returncode == 0 and b"cannot be written" in ended.stderr
    assert path.read_text() == whole
