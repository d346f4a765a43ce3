"""The people who lead, as the group sees them."""

from flask import Flask

from tests.support.builders import make_group, make_member, make_runner
from webapp.group_runs.people_queries import people_of_runs
from webapp.models.words import ConsentLevel
from webapp.privacy.gate import NOBODY
from webapp.stand_ins import HIDDEN_NAME


def test_members_have_the_name_that_the_group_sees(app: Flask) -> None:
    group, ana = make_group(), make_runner("Ana Ruiz")
    make_member(group, ana, shown_name="Early Bird")
    found = people_of_runs(group.id, group.slug, [ana.id, 999], NOBODY)
    assert {one: (person.name, person.is_me) for one, person in found.items()} == {ana.id: ("Early Bird", False)}
    assert people_of_runs(group.id, group.slug, [ana.id], ana.id)[ana.id].is_me


def test_a_hidden_member_has_a_name_for_themselves_alone(app: Flask) -> None:
    group, ana = make_group(), make_runner("Ana Ruiz")
    make_member(group, ana, level=ConsentLevel.HIDDEN)
    assert people_of_runs(group.id, group.slug, [ana.id], NOBODY)[ana.id].name == HIDDEN_NAME
    assert people_of_runs(group.id, group.slug, [ana.id], ana.id)[ana.id].name == "Ana Ruiz"


def test_members_of_other_groups_are_nobody_here(app: Flask) -> None:
    group, ana = make_group(), make_runner("Ana Ruiz")
    make_member(make_group(), ana)
    assert people_of_runs(group.id, group.slug, [ana.id], NOBODY) == {}
