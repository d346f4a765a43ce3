"""Markdown that people type, as HTML that a page can show: paragraphs, lists, quotes, emphasis, code and links."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

# Headings would break the order of those of the page, and a picture would tell another server about each reader.
_PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["heading", "lheading", "hr", "image", "html_block", "html_inline"]
)
TAGS = {"p", "br", "strong", "em", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
SCHEMES = {"http", "https", "mailto"}


@lru_cache(maxsize=256)
def markdown(text: str) -> Markup:
    """Return Markdown as HTML. HTML in it is shown as it was typed.

    The parser makes no HTML of its own kind from the text; what it made is then reduced to the tags that are allowed.
    """
    html = nh3.clean(
        _PARSER.render(text),
        tags=TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(html)  # noqa: S704  # made safe above


def plain(text: str) -> str:
    """Return Markdown as plain text, a line for each of its lines and items; of a link, its words."""
    return "\n".join(line for part in markdown(text).split("\n") if (line := Markup(part).striptags()))  # noqa: S704  # made above
