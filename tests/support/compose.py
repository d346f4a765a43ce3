"""compose.yaml without Docker: read as compose reads it, with its commands run by hand."""

import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "compose.yaml"
# What compose puts in: ${NAME}, ${NAME:-default}, ${NAME:?}; two dollars are one for the container's shell.
VARIABLE = re.compile(r"\$\$|\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<default>[^}]*))?\}")


def services(values: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Return the services of compose.yaml with the values of an .env. Fails where a required one is missing."""

    def put_in(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        value = values.get(found["name"], "")
        assert value or found["kind"] != "?", f"{found['name']} is required"
        return value or found["default"] or ""

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {name: filled(value) for name, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        return VARIABLE.sub(put_in, node) if isinstance(node, str) else node

    found: dict[str, dict[str, Any]] = filled(yaml.safe_load(FILE.read_text()))["services"]
    return found


class ByHand:
    """Runs what compose.yaml says of a service, in an environment of nothing but what it hands on.

    `moved` maps what only containers have (host names, folders) to what stands for it here; the web process listens
    on `port` of this machine.
    """

    def __init__(self, values: Mapping[str, str], moved: Mapping[str, str], folder: Path, port: int) -> None:
        self._services, self._moved, self._folder, self._port = services(values), moved, folder, port
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str) -> None:
        service = self._services[name]
        self._running[name] = subprocess.Popen(
            self._here(service["command"]), cwd=self._folder, env=self._environment(service), start_new_session=True
        )

    def run(self, name: str, *args: str) -> subprocess.CompletedProcess[str]:
        """Run a service to its end: `docker compose run --rm NAME ARGS`, or what `up` does with one that ends."""
        service = self._services[name]
        command = self._here(service.get("entrypoint") or service["command"])
        return self._run(service, [*command, *args])

    def is_well(self, name: str) -> bool:
        """Return what the health check of a running service says."""
        service = self._services[name]
        assert self._running[name].poll() is None, f"{name} has ended"
        return self._run(service, self._here(service["healthcheck"]["test"][1:])).returncode == 0

    def stop(self, name: str) -> int:
        """End a service as compose does, and return its exit code."""
        process = self._running.pop(name)
        process.terminate()
        return process.wait(timeout=float(self._services[name]["stop_grace_period"].removesuffix("s")))

    def stop_all(self) -> None:
        for name in list(self._running):
            self.stop(name)

    def _run(self, service: Mapping[str, Any], command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = self._environment(service)
        return subprocess.run(command, cwd=self._folder, env=environment, capture_output=True, text=True, timeout=120)

    def _here(self, command: str | list[str]) -> list[str]:
        return [self._move(part) for part in (shlex.split(command) if isinstance(command, str) else command)]

    def _environment(self, service: Mapping[str, Any]) -> dict[str, str]:
        own = {name: self._move(str(value)) for name, value in service["environment"].items()}
        path = f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}"
        return {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(self._folder), "PORT": str(self._port), **own}

    def _move(self, text: str) -> str:
        for there, here in self._moved.items():
            text = text.replace(there, here)
        return text
