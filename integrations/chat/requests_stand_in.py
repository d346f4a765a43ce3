"""What plugins of apprise get in place of the module `requests`: one call, by a session of ours.

Apprise calls `requests.post` itself and takes no session. So each plugin runs from a copy of its module that only we
have, with this object under the name `requests` (`plugins.py`). Nothing that other code imports is changed.
"""

from typing import Any

import requests

from integrations.outbound.errors import OutboundError


class RequestsStandIn:
    """The module `requests` as plugins use it. Afterwards, `answer` or `error` says what came of the one call."""

    codes = requests.codes
    RequestException = requests.RequestException

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self._is_used = False
        self.answer: requests.Response | None = None
        self.error: OutboundError | None = None

    def post(
        self, url: str, *, data: Any = None, headers: Any = None, auth: Any = None, params: Any = None, **_: Any
    ) -> requests.Response:
        """Make the call, whatever the plugin wants of redirects, certificates and time-outs: the session decides.

        Raises requests.RequestException, also for a second call, since plugins may try again by themselves.
        """
        if self._is_used:
            raise requests.RequestException("one message is one call")
        self._is_used = True
        try:
            self.answer = self._session.post(
                url, data=data, headers=headers, auth=auth, params=params, allow_redirects=False
            )
        except OutboundError as error:
            self.error = error
            raise requests.RequestException(str(error)) from None
        return self.answer

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """Make the call by its other name. Raises requests.RequestException."""
        if method.lower() != "post":
            raise requests.RequestException("messages are posted")
        return self.post(url, **options)
