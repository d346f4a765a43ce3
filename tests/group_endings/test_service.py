"""Archiving a group, and deleting it after a week's notice that any organiser can stop."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from jobs.group_endings import delete_groups
from tests.support.builders import NOON, invite_of, make_group, make_member, make_runner
from tests.support.looking_back import close_month, make_crowd
from webapp.db import db
from webapp.extensions import clock
from webapp.group_endings import service
from webapp.group_endings.rules import NOTICE, deletion_time
from webapp.group_profiles.queries import profile_of
from webapp.group_profiles.rules import Profile
from webapp.group_profiles.service import save_profile
from webapp.groups.audit_queries import log_page
from webapp.groups.permissions import Permission
from webapp.groups.queries import GroupArchived, group_for
from webapp.history.my_history_queries import kept_results_of, past_entries_of
from webapp.memberships.queries import lets_in
from webapp.memberships.service import ShownAs, join, leave
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.models.kept_results import KeptResult
from webapp.models.words import JoinPolicy
from webapp.names import NameStyle
from webapp.paging import Page

pytestmark = pytest.mark.both_databases

FULL = ShownAs(NameStyle.FULL)


def sentences(group_id: int) -> list[str]:
    return [line.sentence for line in log_page(group_id, Page(1, 9))]


def groups() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Group.name).order_by(Group.id)))


def test_announcing_again_does_not_move_the_day() -> None:
    assert deletion_time(NOON, None) == NOON + timedelta(days=7)
    assert deletion_time(NOON + timedelta(days=3), NOON + NOTICE) == NOON + timedelta(days=7)


def test_a_group_goes_after_a_week_and_not_sooner(app: Flask) -> None:
    group, other = make_group("Milers"), make_group("Owls")
    olga = make_runner("Olga Orlova")
    make_member(group, olga, role="organiser")
    now = clock().now()
    assert service.announce_deletion(group.id, olga.id, now)
    assert not service.announce_deletion(group.id, olga.id, now + timedelta(days=3))
    db.session.commit()
    delete_groups()
    assert groups() == ["Milers", "Owls"]
    assert not service.delete_if_due(group.id, now + NOTICE - timedelta(seconds=1))
    assert service.delete_if_due(group.id, now + NOTICE)
    assert not service.delete_if_due(group.id, now + NOTICE)
    db.session.commit()
    assert groups() == [other.name]


def test_any_organiser_stops_it_and_the_log_has_both(app: Flask) -> None:
    group, olga, otto = make_group(), make_runner("Olga Orlova"), make_runner("Otto Ost")
    for runner in (olga, otto):
        make_member(group, runner, role="organiser")
    now = clock().now() - NOTICE
    service.announce_deletion(group.id, olga.id, now)
    assert service.stop_deletion(group.id, otto.id, now)
    assert not service.stop_deletion(group.id, otto.id, now)
    db.session.commit()
    delete_groups()
    assert groups() == [group.name]
    assert sentences(group.id) == [
        "Otto Ost stopped the deletion of the group",
        "Olga Orlova wants the group to be deleted in a week",
    ]


def test_members_keep_their_own_results_and_nobody_elses(app: Flask) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-09", {ana: (42_195, 3), ben: (90_000, 9)}, teams=("Owls", "Larks"))
    close_month(group, "2026-10", {ana: (0, 0), ben: (40_000, 5)})
    before = past_entries_of(ana)
    service.announce_deletion(group.id, ana, NOON)
    assert service.delete_if_due(group.id, NOON + NOTICE)
    db.session.commit()
    kept = kept_results_of(ana)
    assert [(one.challenge_name, one.total, one.days, one.rank, one.runners) for one in kept] == [
        ("October 2026", 0, 0, 2, 2),
        ("September 2026", 42_195, 3, 2, 2),
    ]
    assert kept[1].group_name == group.name and kept[1].unit == "distance"
    assert (kept[1].starts_on, kept[1].ends_on) == (date(2026, 9, 1), date(2026, 9, 30))
    assert past_entries_of(ana) == before
    db.session.delete(db.session.get_one(Runner, ana))
    db.session.commit()
    assert db.session.scalars(select(KeptResult.runner_id).distinct()).all() == [ben]


def test_a_runner_who_left_keeps_nothing(app: Flask) -> None:
    group, (ana, ben) = make_crowd(["Ana Ruiz", "Ben Ode"])
    close_month(group, "2026-09", {ana: (42_195, 3), ben: (90_000, 9)})
    leave(group.id, ana, NOON)
    service.announce_deletion(group.id, ben, NOON)
    service.delete_if_due(group.id, NOON + NOTICE)
    db.session.commit()
    assert kept_results_of(ana) == [] and len(kept_results_of(ben)) == 1


def test_an_archived_group_is_read_and_nothing_begins_in_it(app: Flask) -> None:
    olga, stan, now = make_runner("Olga Orlova"), make_runner("Stan Strange"), clock().now()
    group = make_group(join_policy=JoinPolicy.OPEN)
    make_member(group, olga, role="organiser")
    save_profile(group, Profile(listed=True, public=True, area="Leeds"), "All paces.")
    db.session.commit()
    assert service.archive(group.id, olga.id, now)
    assert not service.archive(group.id, olga.id, now)
    db.session.commit()
    told = profile_of(group.id)
    assert (told.listed, told.public, told.area, group.text) == (False, False, "Leeds", "All paces.")
    for permission in (Permission.SEE_GROUP, Permission.READ_LOG, Permission.MANAGE_MEMBERS, Permission.END_GROUP):
        assert group_for(group.slug, olga.id, permission)[0] == group
    for permission in (Permission.ANNOUNCE, Permission.START_CHALLENGES, Permission.EDIT_GROUP):
        with pytest.raises(GroupArchived):
            group_for(group.slug, olga.id, permission)
    assert not lets_in(group, stan.id)
    with pytest.raises(GroupArchived):
        join(invite_of(group), stan, FULL, now)
    assert service.unarchive(group.id, olga.id, now)
    assert not service.unarchive(group.id, olga.id, now)
    assert lets_in(group, stan.id) and group_for(group.slug, olga.id, Permission.ANNOUNCE)[0] == group
    assert sentences(group.id) == ["Olga Orlova brought the group back", "Olga Orlova archived the group"]
