"""Ending with the parent: no process is left over when its parent is killed."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(sign: signal.Signals, parent: int | None = None) -> None:
    """Have the kernel send `sign` to this process when its parent ends. A fork forgets it, an exec keeps it.

    `parent` is the pid of the parent, if known: if it has ended already, this process ends now. Linux only; elsewhere
    only that check is done.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, sign)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), sign)
