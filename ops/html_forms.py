"""Reading a page as a browser does: its heading, its links, its forms."""

from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import requests


class WentWrong(Exception):
    """A page was not what was expected; the text says what it said."""


@dataclass
class Form:
    """A form: where it goes, and what it holds before anybody touches it."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class FormPage:
    """One page that was shown."""

    def __init__(self, response: requests.Response) -> None:
        self.url, self.status, self.text = response.url, response.status_code, response.text
        self.headers = response.headers

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @cached_property
    def _read(self) -> "_Reader":
        reader = _Reader()
        reader.feed(self.text)
        return reader

    @property
    def title(self) -> str:
        return " ".join("".join(self._read.heading).split())

    def link(self, text: str) -> str | None:
        """Return the address of the first link that reads `text`."""
        found = (
            urljoin(self.url, href) for href, words in self._read.links if " ".join("".join(words).split()) == text
        )
        return next(found, None)

    def live_part(self) -> str | None:
        """Return the address that the page refreshes itself from, if it does."""
        return urljoin(self.url, self._read.refresh) if self._read.refresh else None

    def forms(self) -> list[Form]:
        """Return the POST forms, each with its whole address."""
        found = [form for form in self._read.forms if form.method == "post"]
        whole = [(urljoin(self.url, form.action) if form.action else self.url) for form in found]
        return [Form(action, form.method, form.fields) for action, form in zip(whole, found, strict=True)]

    def form(self, action: str = "") -> Form:
        """Return the first POST form whose address contains `action`. Raises WentWrong where there is none."""
        for form in self.forms():
            if action in form.action:
                return form
        raise WentWrong(f"{self.path} has no form for {action or 'what was wanted'}: {self.title}")


class _Reader(HTMLParser):
    """Gathers what a page holds. Only forms, fields, links and the first heading are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.heading: list[str] = []
        self.links: list[tuple[str, list[str]]] = []
        self.forms: list[Form] = []
        self.refresh: str | None = None
        self._sink: list[str] | None = None
        # The name of the list of options, or of the text, that is being read.
        self._choice = self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.refresh = given.get("data-refresh-url", self.refresh)
        if tag == "h1" and not self.heading:
            self._sink = self.heading
        elif tag == "a" and "href" in given:
            self.links.append((given["href"], []))
            self._sink = self.links[-1][1]
        elif tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif self.forms:
            self._part_of_form(tag, given)

    def _part_of_form(self, tag: str, given: dict[str, str]) -> None:
        if tag == "input":
            self._field(given)
        elif tag == "select":
            self._choice = given.get("name", "")
        elif tag == "option" and self._choice and "selected" in given:
            self.forms[-1].fields.append((self._choice, given.get("value", "")))
        elif tag == "textarea":
            self._text, self._sink = given.get("name", ""), []

    def _field(self, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name")
        ticked = kind not in ("checkbox", "radio") or "checked" in given
        if name and ticked and kind not in ("submit", "button", "file", "image"):
            self.forms[-1].fields.append((name, given.get("value", "on" if kind == "checkbox" else "")))

    def handle_data(self, data: str) -> None:
        if self._sink is not None:
            self._sink.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self.forms and self._text:
            # A browser leaves out the line end that follows the tag.
            self.forms[-1].fields.append((self._text, "".join(self._sink or ()).lstrip("\r\n")))
        if tag in ("h1", "a", "textarea"):
            self._sink = None
