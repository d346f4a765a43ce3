"""The order in which test processes get their work: what takes longest comes first, so that all end together."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

# By how long their tests take, the longest first. What is not listed comes last, where small pieces fill the gaps.
LONGEST = (
    "tests/end_to_end/",
    "tests/ops/",
    "tests/journeys/",
    "tests/fault_injection/",
    "tests/load/burst/",
    "tests/sync/",
    "tests/scoring/test_agreement.py",
    # These would come last, and one process would end with them alone.
    "tests/test_permission_matrix.py",
    "tests/test_hostile_requests.py",
    "tests/test_only_post_acts.py",
    "tests/privacy/test_crawl.py",
)
# Their modules share fixtures of the session that take long: an instance, a browser. So each folder is one piece.
TOGETHER = ("tests/ops/running/", "tests/journeys/")
# Here single tests take minutes and share no fixture of a module, so each is a piece of work by itself.
APART = ("tests/end_to_end/",)


class LongestFirst(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Give each process whole modules, in the order of collection."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False  # by the number of tests, modules of few long tests would come last
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return piece_of(nodeid)


def piece_of(nodeid: str) -> str:
    """Return the name of the piece of work that a test belongs to; a process does a piece to its end."""
    for folder in TOGETHER:
        if nodeid.startswith(folder):
            return folder
    return nodeid if nodeid.startswith(APART) else nodeid.split("::", 1)[0]


def turn_of(nodeid: str) -> int:
    """Return the place of a test in the order of LONGEST."""
    return next((turn for turn, path in enumerate(LONGEST) if nodeid.startswith(path)), len(LONGEST))
