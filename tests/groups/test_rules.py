"""Names, addresses, time zones, and who follows the last organiser."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.groups.rules import Heir, is_time_zone, place_name, since, slug_for, successor, time_zones
from webapp.models.words import Role
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION


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
