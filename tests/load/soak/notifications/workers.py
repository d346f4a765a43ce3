"""Workers that run one job each in a process of their own, and can be killed in the middle of it."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence

# A worker imports them with its first message; here every process is a new worker.
import apprise  # noqa: F401  # as above
import pywebpush  # noqa: F401  # as above
from flask import Flask

from webapp.db import db

OneJob = Callable[[], None]


def run_at_once(app: Flask, jobs: Sequence[OneJob], *, kill_after_s: float | None = None) -> bool:
    """Run each job in a process, all at once; return whether the first one was killed before it had ended.

    Raises RuntimeError if one of the others fails.
    """
    db.session.remove()
    db.engine.dispose()  # a connection must not be used by two processes
    workers = [_begin(app, job) for job in jobs]
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(workers[0], signal.SIGKILL)
    ended = [os.waitpid(worker, 0)[1] for worker in workers]
    was_killed = os.WIFSIGNALED(ended[0]) and kill_after_s is not None
    if any(ended[was_killed:]):
        raise RuntimeError(f"jobs failed: {ended}")
    return was_killed


def _begin(app: Flask, job: OneJob) -> int:
    worker = os.fork()
    if worker:
        return worker
    try:
        with app.app_context():
            job()
    except BaseException:  # whatever it is, this process must not go on as the test
        traceback.print_exc(file=sys.__stderr__)
        os._exit(1)
    os._exit(0)
