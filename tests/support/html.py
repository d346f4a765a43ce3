"""Reading HTML by its elements, and as the text that shows."""

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode


def elements(page: str, selector: str) -> list[LexborNode]:
    """Return the elements of a page, or of a part of one, that match a CSS selector."""
    return LexborHTMLParser(page).css(selector)


def addresses(page: str, pattern: str) -> list[str]:
    """Return where the links and forms of a page lead, in order and each once, as far as all of it fits a pattern."""
    found = [one.attributes.get("href") or one.attributes.get("action") for one in elements(page, "[href], [action]")]
    return [address for address in dict.fromkeys(found) if address and re.fullmatch(pattern, address)]


def attribute(page: str, selector: str, name: str) -> str:
    """Return an attribute of the first element that matches a selector. Fails where there is none."""
    found = elements(page, f"{selector}[{name}]")
    assert found, f"no {selector} with {name} in {page[:200]}"
    return found[0].attributes[name] or ""


def shown(page: str, selector: str = "body") -> str:
    """Return the text that the first such element shows, white space collapsed. Fails where there is none."""
    found = elements(page, selector)
    assert found, f"no {selector} in {page[:200]}"
    return text_of(found[0])


def text_of(node: LexborNode) -> str:
    """Return the text of an element without drawings and scripts; a space stands between two elements."""
    node.strip_tags(["svg", "script", "style"])
    return " ".join(node.text(separator=" ").split())


def rows_in(page: str, selector: str = "tr.board__row") -> list[list[str]]:
    """Return the text of each cell of the rows of a table; of a board unless said otherwise."""
    return [[text_of(cell) for cell in row.css("th, td")] for row in elements(page, selector)]


def definitions(page: str) -> dict[str, str]:
    """Return what a page's lists of definitions say: name -> text, the first where a name comes twice."""
    found: dict[str, str] = {}
    for name, value in zip(elements(page, "dt"), elements(page, "dd"), strict=True):
        found.setdefault(text_of(name), text_of(value))
    return found
