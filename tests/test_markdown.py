"""Markdown that people type becomes harmless HTML."""

import pytest

from tests.support.html import elements
from webapp.markdown import TAGS, markdown, plain


def test_paragraphs_lists_emphasis_code_quotes_and_links_are_shown() -> None:
    html = markdown(
        "**Sunday** at *nine*\nBring `water`.\n\n- easy\n- long\n\n> No phones\n\n[Route](https://a.example/r?x=1&y=2)"
    )
    assert html == (
        "<p><strong>Sunday</strong> at <em>nine</em><br>\nBring <code>water</code>.</p>\n"
        "<ul>\n<li>easy</li>\n<li>long</li>\n</ul>\n<blockquote>\n<p>No phones</p>\n</blockquote>\n"
        '<p><a href="https://a.example/r?x=1&amp;y=2" rel="nofollow noopener noreferrer">Route</a></p>\n'
    )


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<!-- hidden -->",
        "[x](javascript:alert(1))",
        "[x](  JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "![a](https://tracker.example/p.png)",
        '<https://a.example/"onmouseover=alert(1)>',
        '[x](https://a.example "\\" onclick=alert(1)")',
        "</div></main><h1>Mine</h1>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "# Heading",
        "---",
    ],
)
def test_nothing_typed_becomes_a_script_a_picture_a_frame_or_a_heading(typed: str) -> None:
    for element in elements(f"<main>{markdown(typed)}</main>", "main *"):
        assert element.tag in TAGS
        attributes = element.attributes
        assert attributes.keys() <= {"href", "rel", "title"}
        assert "href" not in attributes or str(attributes["href"]).startswith("https://")


def test_a_deep_nest_ends_somewhere() -> None:
    assert markdown("> " * 2000).count("<blockquote>") <= 20


def test_plain_text_has_a_line_for_each_line_and_item_and_the_words_of_links() -> None:
    text = "Meet at **nine** <b>\nby the boat.\n\n- [Map](https://example.org/x)\n- fish & chips"
    assert plain(text) == "Meet at nine <b>\nby the boat.\nMap\nfish & chips"
