"""Finding groups: by words, area, day and pace, page by page, on both databases."""

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from tests.support.builders import make_group
from tests.support.profiles import list_group
from webapp.db import db, write_transaction
from webapp.directory.queries import PAGE, listed_groups
from webapp.directory.rules import GroupSearch, PaceBand
from webapp.group_profiles.rules import Profile
from webapp.group_profiles.service import save_profile
from webapp.memberships.service import GroupDetails, change_group
from webapp.models.directory import DirectoryWord
from webapp.models.groups import Group

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def empty_tables(app: Flask) -> Flask:
    """Each test has the application and its empty tables."""
    return app


def found(number: int = 1, **wanted: object) -> list[str]:
    return [group.name for group in listed_groups(GroupSearch(**wanted), number)[0]]  # type: ignore[arg-type]  # any field


def test_only_groups_that_want_to_be_found_are_listed_by_name() -> None:
    make_group("Never asked")
    for name in ("Ñandú Runners", "zebras", "Owls", "Älgar"):
        list_group(name)
    list_group("Hidden", listed=False, public=True)
    assert found() == ["Älgar", "Ñandú Runners", "Owls", "zebras"]


def test_words_are_found_by_their_beginning_whatever_their_case_and_accents() -> None:
    list_group("Ñandú Runners", "São Paulo", text="Tea after every run.", languages="Português")
    list_group("Owls", "Reading", text="Night runs & coffee_shops.")
    list_group("皇居ランナーズ", "東京都千代田区")
    assert found(words="nandu") == found(words="ÑAND") == found(words="sao portugues") == ["Ñandú Runners"]
    assert found(words="run") == ["Ñandú Runners", "Owls"]
    assert found(words="shops") == ["Owls"]
    assert found(words="run coffee tea") == found(words="andu") == []
    assert found(words="千代田") == found(words="ランナー") == ["皇居ランナーズ"]
    assert found(words="50%") == [] and found(words="%_'") == found()


def test_an_area_is_found_by_words_of_the_area_alone() -> None:
    list_group("London Owls", "Leeds")
    list_group("Larks", "East London")
    assert found(area="london") == ["Larks"]
    assert found(area="london east", words="larks") == ["Larks"]
    assert found(words="london") == ["Larks", "London Owls"]


def test_days_and_paces_narrow_the_list() -> None:
    list_group("Early", days=(1, 3), quickest=300, slowest=390)
    list_group("Late", days=(3,), quickest=240, slowest=270)
    list_group("Silent")
    assert [found(weekday=day) for day in (1, 3, 6)] == [["Early"], ["Early", "Late"], []]
    paces = [found(pace=PaceBand.of(pace)) for pace in (235, 240, 299, 300, 389, 390, 420)]
    assert paces == [[], ["Late"], ["Late"], ["Early"], ["Early"], ["Early"], []]
    assert found(weekday=3, pace=PaceBand.of(300)) == ["Early"]


def test_the_list_comes_in_pages() -> None:
    for number in range(PAGE + 1):
        list_group(f"Group {number:02}")
    groups, page = listed_groups(GroupSearch(), 1)
    assert (len(groups), page.has_next) == (PAGE, True)
    assert found(2) == [f"Group {PAGE}"]
    assert not listed_groups(GroupSearch(), 2)[1].has_next
    assert found(3) == []


def selects(**wanted: object) -> int:
    """Return how many statements a page takes."""
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    found(**wanted)  # type: ignore[arg-type]  # any field
    event.remove(db.engine, "before_cursor_execute", listen)
    return len([statement for statement in asked if statement.startswith("SELECT")])


def test_a_page_takes_the_same_few_statements_however_many_groups_there_are() -> None:
    counts = []
    for _ in range(2):
        for number in range(5):
            list_group(f"Group {number}", days=(1, 2))
        counts.append(selects(words="group", weekday=1))
    assert counts[0] == counts[1] <= 3


def test_a_group_is_found_by_its_new_name_and_by_the_old_one_no_more() -> None:
    group = list_group("Owls")
    with write_transaction():
        change_group(db.session.get_one(Group, group.id), GroupDetails("Larks", "UTC", "Mornings."))
    assert (found(words="owls"), found(words="larks mornings")) == ([], ["Larks"])


def test_a_group_that_is_no_longer_listed_leaves_no_words() -> None:
    group = list_group("Owls")
    assert db.session.scalar(select(func.count()).select_from(DirectoryWord))
    with write_transaction():
        save_profile(db.session.get_one(Group, group.id), Profile(area="Leeds"), "")
    assert db.session.scalar(select(func.count()).select_from(DirectoryWord)) == 0
    assert found() == []
