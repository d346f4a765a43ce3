"""The forms of a page, as a browser would send them back."""

from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborNode

from tests.support.html import elements

FIELDS = "input[name], select[name], textarea[name]"


@dataclass
class Form:
    """Where a form goes ("" is the page itself) and what its fields hold before anybody touches them."""

    action: str
    # A list where several fields of one name send something.
    filled: dict[str, Any] = field(default_factory=dict)
    # Every field there is, those that would send nothing (an empty box, a choice not made) too.
    names: set[str] = field(default_factory=set)


def form_with(page: str, *names: str) -> Form:
    """Return the first POST form of `page` that has all of these fields; fails where there is none."""
    forms = [_read(form) for form in elements(page, "form[method=post]")]
    found = next((form for form in forms if form.names >= set(names)), None)
    assert found is not None, f"no form with {names} among {[sorted(form.names) for form in forms]}"
    return found


def _read(form: LexborNode) -> Form:
    fields = [(one.attributes["name"] or "", _value(one)) for one in form.css(FIELDS)]
    sent: dict[str, list[str]] = {}
    for name, value in fields:
        if value is not None:
            sent.setdefault(name, []).append(value)
    filled = {name: values if len(values) > 1 else values[0] for name, values in sent.items()}
    return Form(form.attributes.get("action") or "", filled, {name for name, _ in fields})


def _value(one: LexborNode) -> str | None:
    """Return what a field sends, None where it sends nothing."""
    if one.tag == "textarea":
        return one.text().strip()
    if one.tag == "select":
        chosen = one.css("option[selected]") or one.css("option")[:1]
        return (chosen[-1].attributes.get("value") or "") if chosen else None
    is_off = one.attributes.get("type") in ("checkbox", "radio") and "checked" not in one.attributes
    return None if is_off else one.attributes.get("value", "on") or ""
