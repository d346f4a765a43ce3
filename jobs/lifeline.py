"""Ending with one's parent: no process is left over when the one above it is killed outright. Linux only."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(sign: signal.Signals) -> None:
    """Have the kernel send `sign` to this process when its parent ends. A fork forgets it, an exec keeps it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, sign)
