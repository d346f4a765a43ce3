"""Names, addresses, time zones, and who follows the last organiser."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.groups.rules import Heir, is_time_zone, place_name, since, slug_for, successor, time_zones
from webapp.models.words import Role
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION
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


@given(st.text(max_size=200))
def test_every_name_makes_an_address(name: str) -> None:
    slug = slug_for(name, "k3mwq")
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert slug.endswith("-k3mwq")
    assert len(slug) <= 60


def test_an_address_can_be_read() -> None:
    assert slug_for("Zürich Läufer & Friends!", "abcde") == "zurich-laufer-friends-abcde"
    assert slug_for("跑步", "abcde") == "group-abcde"


def test_the_list_of_time_zones_holds_what_people_live_in() -> None:
    for zone in ("Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kolkata", "Pacific/Auckland", "UTC"):
        assert is_time_zone(zone)
    for zone in ("", "Mars/Base", "../etc/passwd", "localtime", "EST5EDT"):
        assert not is_time_zone(zone)
    assert next(iter(time_zones())) == "Europe"
    assert place_name("Argentina/Buenos_Aires") == "Buenos Aires (Argentina)"


def test_since_when_someone_is_there() -> None:
    assert since(date(2026, 3, 4), date(2026, 11, 1)) == "since March"
    assert since(date(2025, 3, 4), date(2026, 11, 1)) == "since March 2025"


@pytest.mark.parametrize(
    ("roles", "heir"),
    [
        ([Role.MEMBER, Role.CAPTAIN, Role.CAPTAIN], 1),
        ([Role.COACH, Role.MEMBER], 0),
        ([Role.MEMBER], 0),
        ([Role.MEMBER, Role.ORGANISER, Role.CAPTAIN], None),
        ([], None),
    ],
)
def test_the_longest_standing_captain_follows_else_the_longest_standing_member(
    roles: list[Role], heir: int | None
) -> None:
    assert successor(Heir(place, role) for place, role in enumerate(roles)) == heir


def test_the_consent_text_has_a_version_that_fits_its_column() -> None:
    assert 0 < len(GROUP_CONSENT_VERSION) <= 20
