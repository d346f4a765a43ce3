"""Start everything and keep it running: `make run`.

Settings, the instance's lock, free ports, Redis, the database, then the Procfile. Any problem is one clear line and
exit 1, with nothing half started. Ctrl-C or SIGTERM ends everything in the opposite order, with exit 0.

    python -m ops.run [--with-parent]    # --with-parent: end when the process that started this one ends
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack

from ops.embedded_redis import check_redis, embedded_redis
from ops.paths import ROOT, log_folder
from ops.preflight import StartRefused, check_folder, check_log, check_ports, locked
from ops.redis_server import bring_server
from ops.sqlite_files import empty_log
from ops.startup import StartupWatch
from ops.supervisor import Ending, run_processes
from webapp.config import Settings, SettingsError, load_settings


def main() -> int:
    parent = os.getppid()
    with_parent = "--with-parent" in sys.argv[1:]
    # Nobody else on this machine may read these files: runs, names, sealed tokens, logs.
    os.umask(0o077)
    # Until the supervisor handles the signals, each acts as a Ctrl-C: what has been started is ended on the way out.
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.default_int_handler)
    try:
        ending = _stand_up(load_settings(), lambda: not with_parent or os.getppid() == parent)
    except (SettingsError, StartRefused) as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"Cannot start: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    if ending:
        print(_in_words(ending), file=sys.stderr)
        return 1
    return 0


def _stand_up(settings: Settings, is_wanted: Callable[[], bool]) -> Ending | None:
    with ExitStack() as stack:
        lock = stack.enter_context(locked(settings))
        check_folder(settings)
        check_ports(settings)
        check_log(settings)
        log_folder(settings).mkdir(parents=True, exist_ok=True)
        if settings.redis_url:
            check_redis(settings.redis_url)
        else:
            bring_server()
            stack.enter_context(embedded_redis(settings, [lock]))
        _migrate(lock)
        # Only now: any problem before this is one line and no more.
        trial = ", the Strava simulator" if settings.simulated else ""
        print(f"Starting web, worker, schedule{trial}; Ctrl-C ends it, `make logs` shows what it says.", flush=True)
        startup = StartupWatch(settings)
        ending = run_processes(settings, startup.start, startup.leave, is_wanted, [lock])
        for database in settings.home.glob("*.sqlite3"):
            empty_log(database)
        return ending


def _migrate(lock: int) -> None:
    # It keeps the instance locked, too: if this process is killed, no other start migrates at the same time.
    command = [sys.executable, "-m", "ops.migrate"]
    done = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, pass_fds=[lock])
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["the migration failed"]
        raise StartRefused(lines[-1])


def _in_words(ending: Ending) -> str:
    said = "".join(f"\n  {line}" for line in ending.last_lines)
    return f"{ending.name} ended by itself (exit {ending.code}), so everything was ended. Its last lines:{said}"


if __name__ == "__main__":
    sys.exit(main())
