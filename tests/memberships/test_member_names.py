"""No two members of a group have names that look the same, nobody is a number, and each rename is in the log."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.browser import Browser, signed_in, words
from tests.support.builders import NOON, invite_of, make_challenge, make_group, make_member, make_runner
from tests.support.cast import Cast, run_jobs
from tests.support.html import shown
from tests.support.simulator import Simulator
from webapp.db import begin_write, db
from webapp.groups.audit_queries import log_page
from webapp.groups.queries import consent_of
from webapp.groups.rules import NO_CHANGE, Change
from webapp.memberships import service
from webapp.memberships.service import NameTaken, ShownAs
from webapp.models.accounts import Runner
from webapp.models.groups import Consent, Group
from webapp.models.sync import Connection
from webapp.names import NAMELESS, NameStyle
from webapp.paging import Page


def join(group: Group, name: str, style: NameStyle = NameStyle.FULL, alias: str = "") -> str:
    """Let a runner called `name` join; return the name that the group sees."""
    runner = make_runner(name)
    begin_write()
    assert service.join(invite_of(group), runner, ShownAs(style, alias), NOON)
    db.session.commit()
    consent = consent_of(group.id, runner.id)
    assert consent
    return consent.shown_name


@pytest.mark.usefixtures("app")
def test_namesakes_are_told_apart_as_they_join() -> None:
    group = make_group()
    assert [join(group, "Ana Ruiz", NameStyle.INITIAL) for _ in range(4)] == [
        "Ana R.",
        "Ana Ru.",
        "Ana Rui.",
        "Ana R. 2",
    ]
    assert [join(group, "Ana Ruiz") for _ in range(2)] == ["Ana Ruiz", "Ana Ruiz 2"]
    assert [join(group, "") for _ in range(2)] == [NAMELESS, f"{NAMELESS} 2"]
    assert join(make_group(), "Ana Ruiz") == "Ana Ruiz"


@pytest.mark.usefixtures("app")
def test_a_chosen_name_that_looks_like_another_ones_is_refused_with_a_suggestion() -> None:
    group = make_group()
    join(group, "Ana Ruiz")
    with pytest.raises(NameTaken) as refused:
        join(group, "Ben Obi", NameStyle.ALIAS, "Аna Ru1z")
    assert refused.value.suggestion == "Аna Ru1z 2"
    db.session.rollback()
    assert join(group, "Ben Obi", NameStyle.ALIAS, refused.value.suggestion) == "Аna Ru1z 2"


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("name", ["An organiser", "The organiser", "a former mernber", "Yоu"])
def test_words_that_pages_write_for_no_one_are_refused_with_the_reason(name: str) -> None:
    with pytest.raises(NameTaken) as refused:
        join(make_group(), "Ben Obi", NameStyle.ALIAS, name)
    assert refused.value.message == f"Pages write “{name}” where they show no name. How about {name} 2?"


@pytest.mark.usefixtures("app")
def test_a_name_is_free_again_when_its_member_has_left() -> None:
    group = make_group()
    first = make_runner("Ana Ruiz")
    make_member(group, first)
    make_member(group)
    begin_write()
    service.leave(group.id, first.id, NOON)
    db.session.commit()
    assert join(group, "Ana Ruiz") == "Ana Ruiz"


@pytest.mark.usefixtures("app")
def test_a_member_may_save_their_own_name_again() -> None:
    group, runner = make_group(), make_runner("Ana Ruiz")
    make_member(group, runner, name_style="alias", shown_name="Flecha")
    service.change_shown_name(group.id, runner, ShownAs(NameStyle.ALIAS, "flecha"), NOON)
    db.session.commit()
    consent = consent_of(group.id, runner.id)
    assert consent and consent.shown_name == "flecha"


@pytest.mark.usefixtures("app")
def test_each_rename_is_in_the_log_until_its_member_leaves() -> None:
    group, runner = make_group(), make_runner("Ana Ruiz")
    make_member(group, runner)
    make_member(group, make_runner("Olga Orlova"), role="organiser")
    service.change_shown_name(group.id, runner, ShownAs(NameStyle.ALIAS, "Flecha"), NOON)
    service.change_shown_name(group.id, runner, ShownAs(NameStyle.ALIAS, "Flecha"), NOON + timedelta(minutes=1))
    service.change_shown_name(group.id, runner, ShownAs(NameStyle.FULL), NOON + timedelta(minutes=2))
    runner.name = "Ana Sol"
    service.follow_name(runner, NOON + timedelta(hours=1))
    db.session.commit()
    assert [(line.sentence, line.change) for line in log_page(group.id, Page(1, 9))] == [
        ("The name of Ana Sol changed with their name on Strava", Change("Ana Ruiz", "Ana Sol")),
        ("Ana Sol changed the name that the group sees", Change("Flecha", "Ana Ruiz")),
        ("Ana Sol changed the name that the group sees", Change("Ana Ruiz", "Flecha")),
    ]
    begin_write()
    service.leave(group.id, runner.id, NOON)
    db.session.commit()
    assert [line.change for line in log_page(group.id, Page(1, 9))] == [NO_CHANGE] * 3


@pytest.mark.usefixtures("app")
def test_an_account_name_that_becomes_another_members_is_told_apart() -> None:
    group, runner = make_group(), make_runner("Ana Rey")
    make_member(group, make_runner("Ana Ruiz"))
    make_member(group, runner)
    runner.name = "ana ruiz"
    service.follow_name(runner, NOON)
    db.session.commit()
    consent = consent_of(group.id, runner.id)
    assert consent and consent.shown_name == "ana ruiz 2"


def test_the_database_itself_refuses_a_second_one(app: Flask) -> None:
    group = make_group()
    make_member(group, make_runner("Ana Ruiz"))
    make_member(group, make_runner("Ben Obi"))
    keys = db.session.scalars(select(Consent).where(Consent.group_id == group.id)).all()
    keys[1].name_key = keys[0].name_key
    with pytest.raises(Exception, match=r"(?i)unique"):
        db.session.commit()
    db.session.rollback()


@pytest.mark.both_databases
def test_the_form_says_that_a_name_is_taken_and_keeps_what_was_typed(cast: Cast) -> None:
    page = cast.browsers["member"].post(f"{cast.home}/me", {"name_style": "alias", "alias": "0lga Orlova"})
    assert page.status_code == 200
    assert "Somebody here is called 0lga Orlova. How about 0lga Orlova 2?" in words(page)
    assert 'value="0lga Orlova"' in page.text
    join_page = cast.browsers["stranger"].post(
        f"/join/{invite_of(cast.group)}", {"name_style": "alias", "alias": "mia MEYER"}
    )
    assert "How about mia MEYER 2?" in words(join_page) and len(cast.group.memberships) == 2


def test_the_choices_show_the_name_that_a_namesake_would_get(app: Flask, cast: Cast) -> None:
    browser = signed_in(app, make_runner("Mia Meyer"))
    page = browser.get(f"/join/{invite_of(cast.group)}")
    assert '<span class="who__name">Mia Meyer 2</span>' in page.text and "Mia M." in page.text
    assert "Someone here is already called Mia Meyer" in words(page)


def test_nothing_is_said_of_namesakes_where_there_are_none(app: Flask, cast: Cast) -> None:
    browser = signed_in(app, make_runner("Nora Novak"))
    assert "Someone here is already called" not in words(browser.get(f"/join/{invite_of(cast.group)}"))


def test_an_athlete_without_a_name_is_a_runner_everywhere_and_is_asked_for_one(
    app: Flask, cast: Cast, simulator: Simulator
) -> None:
    challenge = make_challenge(cast.group, teams=("Red", "Blue"))
    athlete, browser = simulator.new_athlete("", ""), Browser(app)
    browser.connect(simulator, athlete)
    run_jobs(app)
    runner = db.session.get_one(
        Runner, db.session.scalars(select(Connection.runner_id).where(Connection.athlete_id == athlete)).one()
    )
    assert runner.name == ""
    join_page = words(browser.get(f"/join/{invite_of(cast.group)}"))
    assert "Strava gives us no name for you" in join_page and NAMELESS in join_page
    browser.post(f"/join/{invite_of(cast.group)}", {"name_style": "full"})
    run_jobs(app)
    board = f"{cast.home}/c/{challenge.id}"
    own = ("/", "/account", "/account/data.json", cast.home, f"{cast.home}/me", f"{board}/mine", f"{board}/runs")
    shared = (cast.home, f"{cast.home}/log", board, f"{board}/chase", f"{board}/teams", f"{cast.home}/reviews")
    held = [browser.get(path) for path in own]
    seen = [cast.browsers["organiser"].get(path) for path in shared]
    assert all(str(athlete) not in page.text for page in seen)
    # The account page links to one's own page on Strava, and the export holds the connection.
    assert all(str(athlete) not in page.text for page in (held[0], *held[3:]))
    assert all(NAMELESS in page.text for page in (seen[0], held[1], held[3]))
    assert "This group does not know your name" in words(held[3])
    browser.post(f"{cast.home}/me", {"name_style": "alias", "alias": "Flecha"})
    assert "does not know your name" not in words(browser.get(cast.home))
    log = shown(cast.browsers["organiser"].get(f"{cast.home}/log").text)
    assert f"Before: {NAMELESS} → After: Flecha" in log and str(athlete) not in log
