"""Text as people write it: what a page can show, and what is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.text import cleaned, has_a_letter, is_writable, search_key, tidy


@pytest.mark.parametrize(
    "text", ["Ana", "Łucja", "李雷", "🏃‍♀️ Ana", "<script>alert(1)</script>", "O'Neill & sons", "नमस्ते", "می‌خواهم"]
)
def test_what_people_write_can_be_written(text: str) -> None:
    assert is_writable(text) and has_a_letter(text)


@pytest.mark.parametrize(
    "text",
    ["a\x00b", "a\x1bb", "a\u202eb", "a\u2066b", "a\u200bb", "a\u2028b", "a\ue000b", "\u3164", "a" + "\u0301" * 9],
)
def test_what_would_break_a_page_cannot(text: str) -> None:
    assert not is_writable(text)


def test_lines_may_stand_in_a_text_and_not_in_a_name() -> None:
    assert is_writable("Tuesdays\r\nat seven", lines=True)
    assert not is_writable("Tuesdays\nat seven")


@pytest.mark.parametrize("text", ["", " ", "...", "\u200d\u200d"])
def test_a_name_needs_something_to_read(text: str) -> None:
    assert not has_a_letter(text)


@given(st.text())
def test_cleaning_leaves_nothing_to_clean(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)
    assert tidy(cleaned(text)) == cleaned(text)
    assert not any(character in cleaned(text) for character in "\x00\n\u202e\u2066")


def test_a_name_is_found_without_its_accents_and_capitals() -> None:
    assert search_key("Łucja MÜLLER-Ñuñez") == "łucja muller-nunez"
    assert search_key("Straße") == "strasse"
