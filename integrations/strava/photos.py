"""Reading a profile picture from the address that Strava names.

The address is data from outside, so it is trusted no more than any other: it must lead to one of the origins that we
know, and to nowhere else from there. What comes is limited in size and time. The bytes are for a decoder to judge.
"""

import re
import time
from collections.abc import Collection

import requests
from urllib3.exceptions import HTTPError

from integrations.strava.errors import NotThere, Refused, Unavailable
from integrations.strava.http import TIMEOUT, TimedSession, unreachable

MAX_BYTES = 2 * 1024 * 1024
PIECE = 64 * 1024
# Nothing that two programs could read differently: no user name, no backslash, no control character.
ADDRESS = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]{1,5})?)(/[A-Za-z0-9/._~%+=&?,:@!-]*)", re.ASCII)
GONE = (401, 403, 404, 410)


def read_photo(address: str, origins: Collection[str], *, timeout: float = TIMEOUT) -> bytes:
    """Return the bytes of the picture at an address. `origins`: scheme and host of each place that may be asked.

    All of it takes no longer than about twice `timeout` seconds. Raises NotThere if the picture is gone, Refused for an
    address or an answer that cannot be used, and Unavailable where a later try may help. No error quotes the address.
    """
    origin = origin_of(address)
    if origin is None or origin not in origins:
        raise Refused("the picture is at an address that is not asked")
    until = time.monotonic() + timeout
    # A few compressed bytes could unpack to very many.
    asked = {"Accept": "image/*", "Accept-Encoding": "identity"}
    try:
        with (
            TimedSession(origin, timeout) as session,
            session.get(address, headers=asked, stream=True, allow_redirects=False) as answer,
        ):
            _check(answer)
            return _body(answer, until)
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        raise unreachable(error) from None


def origin_of(address: str) -> str | None:
    """Return scheme and host of an address, None for one that is never asked, whatever the origins."""
    found = ADDRESS.fullmatch(address)
    return found[1] if found else None


def _check(answer: requests.Response) -> None:
    if answer.status_code in GONE:
        raise NotThere("the picture is gone")
    if answer.status_code >= 500 or answer.status_code == 429:
        raise Unavailable(f"the host of the picture answered {answer.status_code}")
    if answer.status_code != 200:
        raise Refused(f"the host of the picture answered {answer.status_code}")
    if not answer.headers.get("Content-Type", "").startswith("image/"):
        raise Refused("there is no picture at the address")


def _body(answer: requests.Response, until: float) -> bytes:
    body = bytearray()
    # One read of the socket at a time, so that a sender of single bytes meets the time limit, too.
    while piece := answer.raw.read1(PIECE, decode_content=False):
        body += piece
        if len(body) > MAX_BYTES:
            raise Refused("the picture is too large")
        if time.monotonic() > until:
            raise Unavailable("the picture takes too long")
    return bytes(body)
