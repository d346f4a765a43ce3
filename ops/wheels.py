"""Check that each pin has a wheel on every platform that the README names. `make lock` ends with it.

pip judges the markers of a requirements file by the interpreter that it runs on. So each pin is asked for alone, and
its marker is judged here.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path

from packaging.requirements import Requirement

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
MACHINES = ("x86_64", "aarch64")
# What pip of a current Linux accepts, the oldest first.
LINUXES = ("manylinux2014", "manylinux_2_28", "manylinux_2_34")


def missing_wheels(pins: Iterable[str]) -> Iterator[str]:
    """Yield a line for each pin, Python and machine without a wheel."""
    for requirement in map(Requirement, pins):
        for python, machine in product(PYTHONS, MACHINES):
            if requirement.marker and not requirement.marker.evaluate(_environment(python, machine)):
                continue
            wheel = _download(f"{requirement.name}{requirement.specifier}", python, machine)
            if wheel is None:
                yield f"{requirement.name}{requirement.specifier} has no wheel for Python {python} on Linux {machine}"
            elif wheel.endswith("-none-any.whl") and not requirement.marker:
                break  # one wheel for all


def _environment(python: str, machine: str) -> Mapping[str, str]:
    # The newest releases of each Python are meant.
    full = {"python_version": python, "python_full_version": f"{python}.99"}
    return full | {"sys_platform": "linux", "platform_machine": machine}


def _download(pin: str, python: str, machine: str) -> str | None:
    """Return the name of the wheel, or None where there is none."""
    platforms = [f"--platform={linux}_{machine}" for linux in LINUXES]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--only-binary=:all:", f"--python-version={python}", *platforms, f"--dest={folder}", pin]
        if subprocess.run(command, capture_output=True).returncode:
            return None
        return next(Path(folder).glob("*.whl")).name
