"""Check that each pin has a wheel on every platform that the README names. `make lock` ends with it.

pip resolves all pins of one platform at once and downloads nothing. It evaluates markers for the interpreter that it
runs on, so they are evaluated here and pip gets the pins without them. The eight runs for 90 pins need 2.6 minutes of
processor time, and took 12 to 16 minutes on two cores that were busy with other work.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product

from packaging.requirements import Requirement

from ops.preflight import StartRefused

# The pairs of Python and machine that the README names.
PLATFORMS = tuple(product(("3.11", "3.12", "3.13", "3.14"), ("x86_64", "aarch64")))
# The platform tags that pip accepts on a current Linux, the oldest first.
LINUXES = ("manylinux2014", "manylinux_2_28", "manylinux_2_34")
# pip spends most of its time waiting for the index.
CALLS_AT_ONCE = 4
# The index answers some hundred requests in this time, even over a slow line.
PATIENCE_S = 600
NO_WHEEL = re.compile(r"No matching distribution found for (\S+)")
# If the index does not answer, pip says that the package does not exist, but also that it tried again.
NO_ANSWER = re.compile(r"WARNING: (Retrying .*)")


def missing_wheels(pins: Iterable[str], platforms: Iterable[tuple[str, str]] = PLATFORMS) -> Iterator[str]:
    """Yield a line for each pin, Python and machine without a wheel. Raises StartRefused if pip cannot say."""
    requirements = [Requirement(pin) for pin in pins]
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        for lines in pool.map(partial(_missing_on, requirements), *zip(*platforms, strict=True)):
            yield from lines


def _missing_on(requirements: Iterable[Requirement], python: str, machine: str) -> list[str]:
    environment = _environment(python, machine)
    wanted = [one for one in requirements if not one.marker or one.marker.evaluate(environment)]
    missing = _without_wheel([f"{one.name}{one.specifier}" for one in wanted], python, machine)
    return [f"{pin} has no wheel for Python {python} on Linux {machine}" for pin in missing]


def _environment(python: str, machine: str) -> Mapping[str, str]:
    # The newest releases of each Python are meant.
    full = {"python_version": python, "python_full_version": f"{python}.99"}
    return full | {"sys_platform": "linux", "platform_machine": machine}


def _without_wheel(pins: Sequence[str], python: str, machine: str) -> Iterator[str]:
    """Yield the pins without a wheel. pip stops at the first, so it runs again without that one."""
    left = list(pins)
    while left and (missing := _first_without_wheel(left, python, machine)):
        yield missing
        left.remove(missing)


def _first_without_wheel(pins: Sequence[str], python: str, machine: str) -> str | None:
    platforms = [f"--platform={linux}_{machine}" for linux in LINUXES]
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--disable-pip-version-check"]
    command += ["--ignore-installed", "--no-deps", "--only-binary=:all:", f"--python-version={python}", *platforms]
    command += ["--target=nowhere", *pins]  # a dry run writes nothing, but older pips ask for a folder
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        raise StartRefused(f"pip did not finish within {PATIENCE_S} s: the package index is too slow.") from None
    if done.returncode == 0:
        return None
    if silent := NO_ANSWER.search(done.stderr):
        raise StartRefused(f"The package index does not answer: {silent[1]}")
    found = NO_WHEEL.search(done.stderr)
    if not found or found[1] not in pins:
        raise StartRefused(f"pip failed: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}")
    return found[1]
