"""stravalib's protocol for one token, with any base address and without its sleeping."""

import requests
from stravalib.exc import Fault
from stravalib.protocol import ApiV3

from integrations.strava.http import Headers

__all__ = ["Fault", "Protocol"]


class Protocol(ApiV3):
    """A protocol that uses another base address than Strava's, and reads nothing from the environment."""

    def __init__(self, base: str, token: str, session: requests.Session, heard: Headers) -> None:
        self.base = base
        # stravalib calls its rate limiter with the headers of every answer, so we read them there.
        super().__init__(access_token=token, requests_session=session, rate_limiter=lambda told, _: heard.update(told))

    def resolve_url(self, url: str) -> str:
        return f"{self.base}/{url.strip('/')}"

    def _check_credentials(self) -> None:
        # We refresh tokens ourselves: without client id and secret stravalib does not try.
        self.client_id = self.client_secret = None
