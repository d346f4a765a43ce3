"""Starting, joining and leaving groups, on real databases."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.builders import (
    NOON,
    invite_of,
    make_challenge,
    make_connection,
    make_entry,
    make_group,
    make_member,
    make_runner,
)
from webapp.db import begin_write, db
from webapp.groups.queries import consent_of, groups_of, members_page, membership_of
from webapp.invitations.service import NoSuchInvitation
from webapp.memberships import service
from webapp.memberships.service import GroupDetails, LastOrganiser, OrganiserStays, ShownAs
from webapp.models.challenges import Challenge, Entry, TeamStint
from webapp.models.groups import Consent, Group, Membership
from webapp.models.scoring import Standing
from webapp.models.words import ConnectionState
from webapp.names import NameStyle
from webapp.paging import Page
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION

pytestmark = pytest.mark.both_databases

ABOUT = GroupDetails("Zürich Läufer", "Europe/Zurich", "Tuesdays at seven.")
FULL = ShownAs(NameStyle.FULL)


def start(**names: str) -> Group:
    begin_write()
    group = service.start_group(make_runner(**names), ABOUT, FULL, NOON)
    db.session.commit()
    return group


def leave(group_id: int, runner_id: int) -> None:
    begin_write()
    service.leave(group_id, runner_id, NOON)
    db.session.commit()


def test_someone_who_starts_a_group_organises_it_and_gives_the_same_consent(app: Flask) -> None:
    group = start(name="Ana Ruiz")
    runner_id = group.memberships[0].runner_id
    consent = consent_of(group.id, runner_id)
    assert group.memberships[0].role == "organiser"
    assert group.slug.startswith("zurich-laufer-") and len(invite_of(group)) > 20
    assert consent and (consent.shown_name, consent.search_name) == ("Ana Ruiz", "ana ruiz")
    assert (consent.text_version, consent.given_at, consent.withdrawn_at) == (GROUP_CONSENT_VERSION, NOON, None)


def test_two_groups_of_one_name_have_two_addresses(app: Flask) -> None:
    assert start().slug != start().slug


@pytest.mark.parametrize(
    ("shown_as", "name"),
    [(FULL, "Ben Obi"), (ShownAs(NameStyle.INITIAL), "Ben O."), (ShownAs(NameStyle.ALIAS, "La Flecha"), "La Flecha")],
)
def test_joining_shows_the_runner_under_the_name_they_chose(app: Flask, shown_as: ShownAs, name: str) -> None:
    group, runner = make_group(), make_runner("Ben Obi")
    joined = service.join(invite_of(group), runner, shown_as, NOON)
    db.session.commit()
    assert joined and joined.id == group.id
    assert [member.name for member in members_page(group.id, runner.id, Page(1, 50))] == [name]


def test_joining_enters_every_challenge_that_is_not_closed(app: Flask) -> None:
    group, runner = make_group(), make_runner()
    coming = make_challenge(
        group, starts_on=NOON.date().replace(month=12, day=1), ends_on=NOON.date().replace(month=12)
    )
    running = make_challenge(group, teams=("Red", "Blue"))
    in_grace = make_challenge(group, starts_on=NOON.date().replace(day=1), ends_on=NOON.date() - timedelta(days=1))
    closed = make_challenge(group, starts_on=NOON.date().replace(day=1), ends_on=NOON.date() - timedelta(days=3))
    make_challenge(make_group())
    service.join(invite_of(group), runner, FULL, NOON)
    db.session.commit()
    entered = set(db.session.scalars(select(Entry.challenge_id).where(Entry.runner_id == runner.id)))
    assert entered == {coming.id, running.id, in_grace.id}
    assert closed.id not in entered
    stint = db.session.scalars(select(TeamStint)).one()
    assert (stint.team_id, stint.from_date, stint.to_date) == (running.teams[0].id, NOON.date(), None)
    scored = select(func.count()).select_from(Standing).where(Standing.dirty_from.is_not(None))
    assert db.session.scalar(scored) == 3


def test_joining_twice_changes_nothing(app: Flask) -> None:
    group, runner = make_group(), make_runner("Ben Obi")
    make_challenge(group)
    assert service.join(invite_of(group), runner, FULL, NOON)
    again = service.join(invite_of(group), runner, ShownAs(NameStyle.INITIAL), NOON + timedelta(days=1))
    db.session.commit()
    assert again
    assert [(m.runner_id, m.joined_at) for m in group.memberships] == [(runner.id, NOON)]
    assert members_page(group.id, runner.id, Page(1, 50))[0].name == "Ben Obi"
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 1


@pytest.mark.parametrize("token", ["", "wrong", "\x00"])
def test_a_wrong_link_opens_nothing(app: Flask, token: str) -> None:
    make_group()
    with pytest.raises(NoSuchInvitation):
        service.join(token, make_runner(), FULL, NOON)


def test_leaving_withdraws_the_consent_and_takes_the_entries_of_this_group_alone(app: Flask) -> None:
    group, other = make_group(), make_group()
    runner = make_runner("Ben Obi")
    make_member(group, role="organiser")
    for place in (group, other):
        make_member(place, runner)
        make_entry(make_challenge(place, teams=("Red",)), runner)
    leave(group.id, runner.id)
    consent = consent_of(group.id, runner.id)
    assert membership_of(group.id, runner.id) is None
    assert consent and (consent.withdrawn_at, consent.shown_name, consent.search_name) == (NOON, "", "")
    left = db.session.scalars(select(Challenge.group_id).join(Entry).where(Entry.runner_id == runner.id)).all()
    assert left == [other.id]
    assert [group.id for group in groups_of(runner.id)] == [other.id]


def test_someone_who_comes_back_gives_consent_again(app: Flask) -> None:
    group, runner = make_group(), make_runner("Ben Obi")
    make_member(group, role="organiser")
    make_member(group, runner)
    leave(group.id, runner.id)
    service.join(invite_of(group), runner, ShownAs(NameStyle.INITIAL), NOON + timedelta(days=2))
    db.session.commit()
    consent = db.session.scalars(select(Consent).where(Consent.runner_id == runner.id)).one()
    assert (consent.shown_name, consent.withdrawn_at) == ("Ben O.", None)
    assert consent.given_at == NOON + timedelta(days=2)


def test_leaving_twice_or_a_group_one_is_not_in_is_harmless(app: Flask) -> None:
    group, runner = make_group(), make_runner()
    make_member(group, role="organiser")
    leave(group.id, runner.id)
    leave(group.id + 1000, runner.id)
    assert len(group.memberships) == 1


def test_the_last_member_takes_the_group_with_them(app: Flask) -> None:
    group = make_group()
    mine = make_member(group, role="organiser")
    make_entry(make_challenge(group, teams=("Red",)), db.session.get_one(type(make_runner()), mine.runner_id))
    group_id = group.id
    leave(group_id, mine.runner_id)
    for model in (Group, Membership, Consent, Challenge, Entry):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


@pytest.mark.parametrize(
    ("roles", "heir"), [(("member", "captain", "captain"), 1), (("coach", "member"), 0), (("member", "member"), 0)]
)
def test_the_last_organiser_is_followed_by_someone_who_is_told(app: Flask, roles: tuple[str, ...], heir: int) -> None:
    group = make_group()
    organiser = make_member(group, role="organiser")
    others = [make_member(group, role=role, joined_at=NOON + timedelta(days=place)) for place, role in enumerate(roles)]
    leave(group.id, organiser.runner_id)
    assert [member.role == "organiser" for member in others] == [place == heir for place in range(len(others))]
    assert [member.notice for member in others] == [
        "succeeded" if place == heir else None for place in range(len(others))
    ]


def test_while_another_organiser_is_there_nobody_follows(app: Flask) -> None:
    group = make_group()
    organiser, second, captain = (make_member(group, role=role) for role in ("organiser", "organiser", "captain"))
    leave(group.id, organiser.runner_id)
    assert (second.role, captain.role, captain.notice) == ("organiser", "captain", None)


def test_an_organiser_names_another_and_may_then_step_down(app: Flask) -> None:
    group = make_group()
    first, second = make_member(group, role="organiser"), make_member(group)
    with pytest.raises(LastOrganiser):
        service.step_down(group, first.runner_id)
    service.name_organiser(group, second.runner_id, NOON)
    service.step_down(group, first.runner_id)
    db.session.commit()
    assert (first.role, second.role, second.notice) == ("member", "organiser", "named")


def test_an_organiser_is_not_removed_by_another(app: Flask) -> None:
    group = make_group()
    make_member(group, role="organiser")
    second, member = make_member(group, role="organiser"), make_member(group)
    with pytest.raises(OrganiserStays):
        service.remove_member(group, second.runner_id, NOON)
    service.remove_member(group, member.runner_id, NOON)
    db.session.commit()
    assert membership_of(group.id, member.runner_id) is None


def test_another_shown_name_moves_the_version_of_the_boards_that_carry_it(app: Flask) -> None:
    group, runner = make_group(), make_runner("Ben Obi")
    make_member(group, runner)
    mine, other = make_challenge(group), make_challenge(group)
    make_entry(mine, runner)
    service.change_shown_name(group.id, runner, ShownAs(NameStyle.ALIAS, "Flecha"), NOON + timedelta(days=1))
    db.session.commit()
    consent = consent_of(group.id, runner.id)
    assert consent and (consent.shown_name, consent.given_at) == ("Flecha", NOON + timedelta(days=1))
    assert (mine.version, other.version) == (1, 0)


def test_a_changed_account_name_is_followed_where_it_is_seen(app: Flask) -> None:
    runner = make_runner("Ben Obi")
    groups = [make_group() for _ in range(3)]
    for group, style in zip(groups, ("full", "initial", "alias"), strict=True):
        make_member(group, runner, name_style=style, shown_name="Before")
    runner.name = "Ben Okafor"
    service.follow_name(runner, NOON)
    db.session.commit()
    shown = [consent_of(group.id, runner.id) for group in groups]
    assert [consent.shown_name for consent in shown if consent] == ["Ben Okafor", "Ben O.", "Before"]


@pytest.mark.parametrize("hidden", [(), (0, 4), (1, 2, 5), tuple(range(7))])
def test_hidden_members_come_last_on_whatever_page_that_is(app: Flask, hidden: tuple[int, ...]) -> None:
    group = make_group()
    for number in range(7):
        level = "hidden" if number in hidden and number % 2 else "totals"
        runner = make_runner(f"Runner {number}")
        make_member(group, runner, level=level)
        if number in hidden and level == "totals":
            make_connection(runner, state=ConnectionState.DEAUTHORISED)
    for size in (1, 2, 3, 7, 9):
        pages = [members_page(group.id, 0, Page(number, size)) for number in range(1, 9)]
        named = [f"Runner {number}" for number in range(7) if number not in hidden]
        assert [member.name for page in pages for member in page] == named + ["A hidden runner"] * len(hidden)
        assert len({member.runner_id for page in pages for member in page}) == 7


def test_members_are_listed_by_name_a_page_at_a_time(app: Flask) -> None:
    group = make_group()
    for name in ("Zoe", "Émile", "adam", "Bo"):
        make_member(group, make_runner(name))
    withdrawn = make_member(group, make_runner("Carl"))
    consent = consent_of(group.id, withdrawn.runner_id)
    assert consent
    consent.withdrawn_at = NOON
    db.session.commit()
    pages = [[member.name for member in members_page(group.id, 0, Page(page, 3))] for page in (1, 2, 3)]
    assert pages == [["adam", "Bo", "Émile"], ["Zoe"], []]
