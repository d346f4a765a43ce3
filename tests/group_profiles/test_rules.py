"""What a group tells of itself, in words, and who may read it."""

from datetime import time
from itertools import product

from webapp.formatting import Units
from webapp.group_profiles.rules import Meeting, Profile, days_in_words, distances_in_words, is_visible, paces_in_words


def test_a_group_is_visible_to_its_members_to_all_who_are_signed_in_or_to_everybody() -> None:
    for listed, public, signed_in, member in product((False, True), repeat=4):
        seen = is_visible(listed=listed, public=public, is_signed_in=signed_in, is_member=member)
        assert seen == (public or member or (listed and signed_in))


def test_paces_read_in_the_readers_unit() -> None:
    profile = Profile(quickest=300, slowest=390)
    assert paces_in_words(profile, Units.KM) == "5:00 to 6:30 /km"
    assert paces_in_words(profile, Units.MI) == "8:03 to 10:28 /mi"
    assert paces_in_words(Profile(quickest=300, slowest=300), Units.KM) == "5:00 /km"
    assert paces_in_words(Profile(), Units.KM) is None


def test_distances_read_in_the_readers_unit() -> None:
    profile = Profile(shortest_m=5000, farthest_m=12_000)
    assert distances_in_words(profile, Units.KM) == "5 to 12 km"
    assert distances_in_words(profile, Units.MI) == "3.11 to 7.46 mi"
    assert distances_in_words(Profile(shortest_m=5000, farthest_m=5000), Units.KM) == "5 km"
    assert distances_in_words(Profile(), Units.KM) is None


def test_each_day_is_named_once_in_the_order_of_the_week() -> None:
    assert days_in_words([Meeting(6, time(8)), Meeting(1, time(18)), Meeting(1, time(6))]) == "Tue, Sun"
