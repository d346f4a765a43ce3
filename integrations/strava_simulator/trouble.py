"""Error answers, and answers that never come."""

from threading import Event
from typing import Any

from flask import Flask, Response, jsonify

from integrations.strava_simulator.answers import fault
from integrations.strava_simulator.simulator import Simulator

INACTIVE = fault("Forbidden", ("Application", "Status", "Inactive"))
NO_SEAT = fault("Limit of connected athletes exceeded", ("Application", "athletes", "limit exceeded"))


class Refusal(Exception):
    """An answer that is an error: its status and its body."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(body["message"])
        self.status, self.body = status, body


def refuse(refusal: Refusal) -> tuple[Response, int]:
    """Answer with the error."""
    return jsonify(refusal.body), refusal.status


def hold_back(simulator: Simulator, fault_name: str) -> None:
    """Delay the answer beyond the client's time-out, if that fault occurs."""
    if simulator.faults.strikes(fault_name):
        Event().wait(simulator.faults.switches.timeout_seconds)


def init_app(app: Flask) -> None:
    """Turn every Refusal in the application into its answer."""
    app.register_error_handler(Refusal, refuse)
