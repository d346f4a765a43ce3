"""Posting events at their time, each over a connection of its own, and noting how long every answer took."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from tests.load.burst.mix import Sent

PATIENCE_S = 10.0
SENDERS = 24


@dataclass(frozen=True)
class Answered:
    """An event and what became of it: the moment it was due and sent (`time.monotonic`), and the seconds until the
    answer, counted from when it was due; status 0 where none came."""

    event: Sent
    due: float
    status: int
    took: float


def send(port: int, path: str, events: Sequence[Sent], strava_time: float) -> list[Answered]:
    """Send every event when it is due, whether or not those before it have been answered.

    `strava_time`: what Strava's clock shows at the beginning, in epoch seconds, for the events' times.
    """
    begun = time.monotonic()

    def post(event: Sent) -> Answered:
        due = begun + event.at
        time.sleep(max(0.0, due - time.monotonic()))
        status = _post(port, path, event.body | {"event_time": int(strava_time + event.told)})
        return Answered(event, due, status, time.monotonic() - due)

    with ThreadPoolExecutor(SENDERS) as senders:
        return list(senders.map(post, events))


def _post(port: int, path: str, body: object) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, HTTPException):
        return 0
    finally:
        connection.close()
