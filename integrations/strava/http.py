"""HTTP calls to Strava: always with a time-out, and every failure as one of our errors."""

import ipaddress
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from integrations.strava.answers import Answer, error_of
from integrations.strava.errors import Unavailable

Now = Callable[[], datetime]
Headers = CaseInsensitiveDict[str]
TIMEOUT = 10.0


class TimedSession(requests.Session):
    """A session with a time-out for every request; requests itself would wait for ever."""

    def __init__(self, base: str, timeout: float) -> None:
        super().__init__()
        self._timeout = timeout
        # A proxy from the environment (and a .netrc, which would replace our token) does not apply to the simulator.
        self.trust_env = not _is_near(base)

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["timeout"] = self._timeout
        return super().request(method, url, *args, **kwargs)


def _is_near(base: str) -> bool:
    host = urlsplit(base).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def answer_of(response: requests.Response) -> Answer:
    """Return the answer; a body that is no JSON is None."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    return Answer(response.status_code, response.headers, body)


def call(
    method: str,
    url: str,
    *,
    now: Now,
    timeout: float = TIMEOUT,
    params: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    heard: Headers | None = None,
) -> Any:
    """Call an endpoint and return its JSON (None without one). The answer's headers are put into `heard`.

    Raises StravaError, which does not contain the request and its secrets.
    """
    try:
        with TimedSession(url, timeout) as session:
            answer = answer_of(session.request(method, url, params=params, data=data, auth=auth, allow_redirects=False))
    except requests.RequestException as error:
        raise unreachable(error) from None
    if heard is not None:
        heard.update(answer.headers)
    if answer.status >= 400:
        raise error_of(answer, now())
    if answer.status >= 300:
        raise Unavailable(f"Strava answered {answer.status}")
    return answer.body


def unreachable(error: Exception) -> Unavailable:
    """Return our error for one of the library's; it keeps only the kind, since the text may contain secrets."""
    return Unavailable(f"Strava does not answer ({type(error).__name__})")
