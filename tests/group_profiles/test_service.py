"""Storing what a group tells of itself, on both databases."""

from datetime import time

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.builders import make_group, make_member, make_runner
from tests.support.pictures import picture_file
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.group_profiles import service
from webapp.group_profiles.queries import meetings_of, picture_data, pictures_of, profile_of
from webapp.group_profiles.rules import Meeting, Profile
from webapp.memberships.service import leave
from webapp.models.group_profiles import GroupPicture, GroupProfile, MeetingTime
from webapp.pictures import read_picture

pytestmark = pytest.mark.both_databases


@pytest.fixture(autouse=True)
def empty_tables(app: Flask) -> Flask:
    """Each test has the application and its empty tables."""
    return app


MEETINGS = (Meeting(1, time(6), "Lake"), Meeting(1, time(18, 30), "Café Ñandú"), Meeting(6, time(8)))
TOLD = Profile(True, False, "Bangsar", 300, 390, 5000, 12_000, True, "English, Malay", MEETINGS)


def test_what_is_stored_reads_back_and_storing_it_again_changes_nothing() -> None:
    group = make_group()
    assert profile_of(group.id) == Profile()
    for expected in (True, False):
        with write_transaction():
            assert service.save_profile(group, TOLD, "All paces.") is expected
        assert (profile_of(group.id), group.text) == (TOLD, "All paces.")


def test_a_changed_profile_takes_the_place_of_the_one_before() -> None:
    group = make_group()
    for profile in (TOLD, Profile(public=True, area="Penang", meetings=(Meeting(6, time(8), "Beach"),))):
        with write_transaction():
            service.save_profile(group, profile, "")
    assert profile_of(group.id) == profile


def test_meetings_and_pictures_of_several_groups_come_in_one_read_each() -> None:
    first, second, third = (make_group() for _ in range(3))
    with write_transaction():
        service.save_profile(first, TOLD, "")
        service.save_profile(second, Profile(), "")
        service.save_picture(third.id, read_picture(picture_file()))
    every = [first.id, second.id, third.id]
    assert meetings_of(every) == {first.id: MEETINGS}
    assert pictures_of(every).keys() == {third.id}


def test_a_picture_is_replaced_and_removed() -> None:
    group = make_group()
    for size in ((80, 60), (60, 80)):
        picture = read_picture(picture_file(size))
        with write_transaction():
            service.save_picture(group.id, picture)
        assert pictures_of([group.id])[group.id].digest == picture.digest
        assert picture_data(group.id, picture.digest, "small") == picture.small
    with write_transaction():
        assert service.remove_picture(group.id)
        assert not service.remove_picture(group.id)
    assert pictures_of([group.id]) == {}


def test_nothing_of_it_outlives_the_group() -> None:
    group, runner = make_group(), make_runner()
    make_member(group, runner, role="organiser")
    with write_transaction():
        service.save_profile(group, TOLD, "")
        service.save_picture(group.id, read_picture(picture_file()))
    with write_transaction():
        leave(group.id, runner.id, clock().now())
    tables = (GroupProfile, MeetingTime, GroupPicture)
    assert [db.session.scalar(select(func.count()).select_from(table)) for table in tables] == [0, 0, 0]
