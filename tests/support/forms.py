"""The forms of a page, as a browser would send them back."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """Where a form goes ("" is the page itself) and what its fields hold before anybody touches them."""

    action: str
    method: str
    filled: dict[str, str] = field(default_factory=dict)
    # Every field there is, those that would send nothing (an empty box, a choice not made) too.
    names: set[str] = field(default_factory=set)


def form_with(page: str, *names: str) -> Form:
    """Return the first POST form of `page` that has all of these fields; fails where there is none."""
    reader = _Reader()
    reader.feed(page)
    found = next((form for form in reader.forms if form.method == "post" and form.names >= set(names)), None)
    assert found is not None, f"no form with {names} among {[sorted(form.names) for form in reader.forms]}"
    return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._name = ""  # of the select or textarea that is open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "option":
            if self._name and ("selected" in given or self._name not in self.forms[-1].filled):
                self.forms[-1].filled[self._name] = given.get("value", "")
        elif tag in ("input", "select", "textarea") and self.forms and given.get("name"):
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        form, name, kind = self.forms[-1], given["name"], given.get("type", "text")
        form.names.add(name)
        if tag != "input":
            self._name = name
        elif kind not in ("checkbox", "radio") or "checked" in given:
            form.filled[name] = given.get("value", "on")

    def handle_data(self, data: str) -> None:
        if self._name and self.lasttag == "textarea":
            self.forms[-1].filled[self._name] = data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._name = ""
