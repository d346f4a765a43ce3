"""A browser for filling a trial: keeps cookies, follows links, fills in forms, and waits when told to."""

import socket
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from ops.html_forms import FormPage, WentWrong

TIMEOUT_S = 60
# Sign-ins are limited by address: with one of its own, filling a trial leaves those of the person at the machine alone.
# Linux answers on all of 127.0.0.0/8; elsewhere the usual address has to do.
OWN_ADDRESS = "127.0.0.2"


class Browser:
    """The browser of one person. `on_wait` gets the number of seconds that the app asked to wait."""

    def __init__(self, address: str, on_wait: Callable[[float], None]) -> None:
        self.address, self._on_wait = address, on_wait
        self._session = requests.Session()
        if urlsplit(address).hostname == "127.0.0.1" and _may_use(OWN_ADDRESS):
            self._session.mount("http://", _From(OWN_ADDRESS))

    def get(self, where: str) -> FormPage:
        """Return the page at `where`. Raises WentWrong where it is a refusal."""
        return self._send("GET", urljoin(self.address, where))

    def submit(
        self,
        page: FormPage,
        values: Mapping[str, str | list[str]],
        action: str = "",
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> FormPage:
        """Fill in the form of `page` that goes to `action`; fields not named keep what the page put there.

        `files`: by the name of their field, each with its own name.
        """
        form = page.form(action)
        kept = [(name, value) for name, value in form.fields if name not in values]
        ours = [(name, one) for name, value in values.items() for one in ([value] if isinstance(value, str) else value)]
        return self._send("POST", form.action, data=[*kept, *ours], files=files)

    def _send(self, method: str, url: str, **options: Any) -> FormPage:
        while True:
            try:
                answer = self._session.request(method, url, timeout=TIMEOUT_S, **options)
            except requests.RequestException as error:
                raise WentWrong(f"{urlsplit(url).path} does not answer ({type(error).__name__})") from None
            if answer.status_code != 429:
                return _good(FormPage(answer))
            seconds = float(answer.headers.get("Retry-After") or 5)
            self._on_wait(seconds)
            time.sleep(seconds)


def _good(page: FormPage) -> FormPage:
    if page.status >= 400:
        raise WentWrong(f"{page.path} answered {page.status}: {page.title}")
    return page


class _From(HTTPAdapter):
    """Sends from one address of this machine."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, source_address=(self._host, 0), **options)


def _may_use(host: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True
