"""What is looked for in the directory, as a query says it and in words."""

from itertools import pairwise

import pytest

from webapp.directory.rules import MAX_PACE_BAND, MIN_PACE_BAND, PACE_BANDS, GroupSearch, PaceBand
from webapp.formatting import Units

NOTHING = {"q": "", "area": "", "day": "", "pace": ""}


def test_bands_of_paces_leave_nothing_out_and_do_not_overlap() -> None:
    assert PACE_BANDS[0].quickest == 0
    assert all(later.quickest == earlier.slowest + 1 for earlier, later in pairwise(PACE_BANDS))
    numbers = [PaceBand.of(pace).number for pace in (60, 300, 329.9, 330, 5000)]
    assert numbers == [MIN_PACE_BAND, 10, 10, 11, MAX_PACE_BAND]


def test_bands_of_paces_read_in_the_readers_unit() -> None:
    said = [PaceBand(number).in_words(Units.KM) for number in (MIN_PACE_BAND, 10, MAX_PACE_BAND)]
    assert said == ["under 4:00 /km", "5:00 to 5:30 /km", "8:30 /km and slower"]
    assert PaceBand(10).in_words(Units.MI) == "8:03 to 8:51 /mi"


def test_a_query_says_what_is_wanted_and_the_links_say_it_again() -> None:
    wanted = GroupSearch.of({"q": "tea", "area": "London", "day": "0", "pace": "10"})
    assert wanted == GroupSearch("tea", "London", 0, PaceBand(10))
    assert wanted.fields() == {"q": "tea", "area": "London", "day": "0", "pace": "10"}
    assert not GroupSearch.of(NOTHING).is_anything and GroupSearch.of(NOTHING).fields() == {}


@pytest.mark.parametrize("odd", [{"day": "7"}, {"day": "-1"}, {"pace": "99999999999"}, {"pace": "x"}, {"day": "٣"}])
def test_what_makes_no_sense_asks_for_nothing(odd: dict[str, str]) -> None:
    assert GroupSearch.of({**NOTHING, **odd}) == GroupSearch()
