"""stravalib's protocol for one token, aimed at any base and without its sleeping."""

import requests
from stravalib.exc import Fault
from stravalib.protocol import ApiV3

from integrations.strava.http import Headers

__all__ = ["Fault", "Protocol"]


class Protocol(ApiV3):
    """It finds another base than Strava's, and looks for nothing in the environment."""

    def __init__(self, base: str, token: str, session: requests.Session, heard: Headers) -> None:
        self.base = base
        # What stravalib means for slowing down is where the headers of every answer pass.
        super().__init__(access_token=token, requests_session=session, rate_limiter=lambda told, _: heard.update(told))

    def resolve_url(self, url: str) -> str:
        return f"{self.base}/{url.strip('/')}"

    def _check_credentials(self) -> None:
        # Refreshing is ours: without client id and secret stravalib does not try.
        self.client_id = self.client_secret = None
