"""A program that loads the application once and then forks: processes of their own, by the dozen, within milliseconds.

    python -m tests.fault_injection.forks

Each line that it reads is an order `{"call": "module.function", "each": [[...], ...], "settings": {...}, "die_at": n}`.
It forks a process for each list of arguments; they wait for each other and then call the function, inside the
application as a worker would. It writes `{"pids": [...]}` as they begin, and `{"ended": [...]}` once all of them are
gone: for each its exit status as `os.waitpid` tells it, and the value it returned or the kind of its exception.

`settings` are changed for these processes alone. With `die_at` a process kills itself (SIGKILL) before its n-th step: a
commit, words to Redis, or its end. A kill at any other moment leaves behind what one of these does: the database rolls
back what was not committed.
"""

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from flask import Flask
from redis.connection import AbstractConnection
from sqlalchemy import event
from sqlalchemy.orm import configure_mappers

import integrations.strava.protocol  # noqa: F401  # loaded before the forks, as workers do
from jobs.parent_death import die_with_parent
from webapp.config import load_settings
from webapp.db import db
from webapp.factory import create_app

Order = dict[str, Any]


def main() -> None:
    app = create_app(load_settings(env_file=None))
    configure_mappers()  # as a worker does; otherwise every fork does it, at its first query
    say({"ready": True})
    for line in sys.stdin:
        obey(app, json.loads(line))


def say(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def obey(app: Flask, order: Order) -> None:
    """Fork, let all begin at once, and tell how each of them ended."""
    barrier, gate = os.pipe()
    children = [fork(app, order, args, barrier, gate) for args in order["each"]]
    say({"pids": [pid for pid, _ in children]})
    os.close(barrier)
    os.close(gate)
    say({"ended": [end_of(pid, heard) for pid, heard in children]})


def fork(app: Flask, order: Order, args: list[Any], barrier: int, gate: int) -> tuple[int, int]:
    """Return the process and the pipe on which it says how it went."""
    heard, said = os.pipe()
    pid = os.fork()
    if pid:
        os.close(said)
        return pid, heard
    die_with_parent(signal.SIGKILL)
    os.close(gate)
    os.read(barrier, 1)
    with os.fdopen(said, "w") as result:
        result.write(json.dumps(outcome(app, order, args)))
    os._exit(0)


def end_of(pid: int, heard: int) -> tuple[int, Any]:
    with os.fdopen(heard) as result:
        text = result.read()
    return os.waitpid(pid, 0)[1], json.loads(text) if text else None


def outcome(app: Flask, order: Order, args: list[Any]) -> Any:
    """Call what is ordered; an exception is an outcome, too."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update=order["settings"])
    with app.app_context():
        # The parent's connections are the parent's.
        db.engine.dispose(close=False)
        step = set_trap(order["die_at"])
        try:
            returned = named(order["call"])(*args)
            step()
            return returned
        except Exception as error:  # the process that forked this one asserts on what it was
            return type(error).__name__


def named(name: str) -> Any:
    module, _, function = name.rpartition(".")
    return getattr(importlib.import_module(module), function)


def set_trap(number: int) -> Callable[..., None]:
    """Have this process killed before its step of this number (0: never), and return what counts a step."""
    steps = count(1)

    def step(*_args: object) -> None:
        if next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    send = AbstractConnection.send_packed_command

    def step_and_send(connection: AbstractConnection, command: Any, check_health: bool = True) -> None:
        step()
        send(connection, command, check_health)  # type: ignore[no-untyped-call]  # redis'

    AbstractConnection.send_packed_command = step_and_send  # type: ignore[method-assign]  # the trap, in this fork alone
    event.listen(db.engine, "commit", step)
    return step


if __name__ == "__main__":
    main()
