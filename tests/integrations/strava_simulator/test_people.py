"""The names of invented athletes, and their clubs."""

from collections import Counter

from integrations.strava_simulator.people import club_of, person


def test_names_are_many_and_some_are_awkward() -> None:
    names = [person(1, number) for number in range(60)]
    assert len({(name.firstname, name.lastname) for name in names}) > 50
    assert any("'" in name.lastname for name in names)
    assert any(not name.firstname.isascii() and name.firstname[0] > "ÿ" for name in names)


def test_the_clubs_keep_their_proportions() -> None:
    assert Counter(club_of(number, 60) for number in range(60)) == {0: 26, 1: 20, 2: 14}
    assert set(Counter(club_of(number, 3) for number in range(3))) == {0, 1, 2}
