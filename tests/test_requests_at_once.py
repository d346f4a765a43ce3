"""Two requests at the same moment, such as a button pressed twice or in two tabs: never a failure, never half of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, func, select, text

from tests.fault_injection.conftest import wait_until
from tests.support.browser import Browser, signed_in
from tests.support.builders import (
    NOON,
    invite_of,
    make_challenge,
    make_connection,
    make_entry,
    make_invitation,
    make_member,
    make_runner,
)
from tests.support.cast import Cast
from tests.support.challenge_forms import form, new
from webapp.db import Base, db
from webapp.look_alikes import folded
from webapp.memberships.service import follow_name
from webapp.models.accounts import Runner
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import Challenge, Entry, Team
from webapp.models.circles import CircleRunner
from webapp.models.groups import Consent, Group, Membership
from webapp.models.invitations import InvitationUse
from webapp.models.words import Role
from webapp.rulebook.ruleset import RuleSet

pytestmark = pytest.mark.both_databases

ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Sent:
    """A form on its way."""

    browser: Browser
    path: str
    form: dict[str, str] | None = None


def at_once(*forms: Sent) -> list[int]:
    """Send all of them at the same moment and return their statuses, none of which is a failure."""
    ready = Barrier(len(forms))

    def send(sent: Sent) -> int:
        ready.wait()
        return sent.browser.post(sent.path, sent.form).status_code

    db.session.rollback()
    with ThreadPoolExecutor(len(forms)) as threads:
        statuses = list(threads.map(send, forms))
    db.session.rollback()
    assert max(statuses) < 500, statuses
    return statuses


def tab(app: Flask, runner: Runner) -> Browser:
    return signed_in(app, runner)


def count(model: type[Base], *where: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def test_a_team_added_twice_is_there_once(app: Flask, cast: Cast) -> None:
    one, two = (tab(app, cast.runners["organiser"]) for _ in range(2))
    for _ in range(ROUNDS):
        challenge = make_challenge(cast.group)
        path, form = f"{cast.home}/c/{challenge.id}/team-more", {"new_team": "Whites"}
        at_once(Sent(one, path, form), Sent(two, path, form))
        assert count(Team, Team.challenge_id == challenge.id) == 1


def test_a_challenge_started_twice_is_there_once(app: Flask, cast: Cast) -> None:
    one, two = (tab(app, cast.runners["organiser"]) for _ in range(2))
    path, fields = new(cast), form(RuleSet(), month="2026-11")
    assert sorted(at_once(Sent(one, path, fields), Sent(two, path, fields))) == [302, 409]
    assert count(Challenge) == 1


@pytest.mark.parametrize("page", ["edit", "team-more", "team-names", "fix-teams"])
def test_what_comes_while_a_challenge_is_deleted_finds_it_or_does_not(app: Flask, cast: Cast, page: str) -> None:
    one, two = (tab(app, cast.runners["organiser"]) for _ in range(2))
    for _ in range(ROUNDS):
        challenge = make_challenge(cast.group, teams=("Reds", "Blues"))
        red, blue = (team.id for team in challenge.teams)
        entry = make_entry(challenge, cast.runners["member"], challenge.teams[0])
        form = {f"name-{red}": "Blues", f"name-{blue}": "Reds", f"team-{entry.id}": str(blue), "new_team": "Whites"}
        home = f"{cast.home}/c/{challenge.id}"
        at_once(Sent(one, f"{home}/{page}", {**form, "name": "Autumn"}), Sent(two, f"{home}/delete"))
        assert count(Challenge) == count(Team) == count(Entry) == 0


def test_a_runner_who_joins_twice_is_in_once(app: Flask, cast: Cast) -> None:
    make_challenge(cast.group, teams=("Reds",))
    path, form = f"/join/{invite_of(cast.group)}", {"name_style": "full"}
    for _ in range(ROUNDS):
        runner = make_runner("Nia New")
        joined = at_once(Sent(tab(app, runner), path, form), Sent(tab(app, runner), path, form))
        assert joined == [302, 302]
        for model in (Membership, Consent, Entry):
            assert count(model, model.runner_id == runner.id) == 1


def test_a_link_taken_back_while_somebody_joins_lets_in_or_does_not(app: Flask, cast: Cast) -> None:
    organiser = tab(app, cast.runners["organiser"])
    for _ in range(ROUNDS):
        made, runner = make_invitation(cast.group), make_runner("Nia New")
        join = Sent(tab(app, runner), f"/join/{made.token}", {"name_style": "full"})
        joined, _ = at_once(join, Sent(organiser, f"{cast.home}/invitations/{made.id}/revoke"))
        assert (joined, count(Membership, Membership.runner_id == runner.id)) in [(302, 1), (410, 0)]
        db.session.refresh(made)
        assert made.revoked_at is not None


def test_a_link_used_once_too_often_at_the_same_moment_lets_in_exactly_the_allowed_number(
    app: Flask, cast: Cast
) -> None:
    for max_uses in (1, 2, 3):
        made = make_invitation(cast.group, max_uses=max_uses)
        runners = [make_runner(f"Nia New {number}") for number in range(max_uses + 1)]
        path, form = f"/join/{made.token}", {"name_style": "full"}
        answers = at_once(*[Sent(tab(app, runner), path, form) for runner in runners])
        assert sorted(answers) == [302] * max_uses + [410]
        assert count(Membership, Membership.runner_id.in_([runner.id for runner in runners])) == max_uses
        assert count(InvitationUse, InvitationUse.invitation_id == made.id) == max_uses


def test_a_group_whose_members_all_leave_at_once_is_gone(app: Flask, cast: Cast) -> None:
    everyone = [tab(app, cast.runners[who]) for who in ("organiser", "member")]
    assert at_once(*[Sent(browser, f"{cast.home}/leave") for browser in everyone]) == [302, 302]
    assert count(Group) == count(Membership) == 0


def test_a_runner_chosen_twice_is_in_the_circle_once(app: Flask, cast: Cast) -> None:
    path = f"{cast.home}/circle/{cast.runners['organiser'].id}"
    for number in range(ROUNDS):
        runner = make_runner(f"Runner {number}")
        make_member(cast.group, runner)
        assert at_once(*[Sent(tab(app, runner), path) for _ in range(3)]) == [302] * 3
        assert count(CircleRunner, CircleRunner.runner_id == runner.id) == 1


def test_a_break_taken_twice_is_one_break(app: Flask, cast: Cast) -> None:
    runner, path = cast.runners["member"], "/account/break"
    for day in ("2026-11-12", "2026-11-13"):
        at_once(*[Sent(tab(app, runner), path, {"starts_on": day}) for _ in range(3)])
        assert count(RunnerBreak) == 1


def test_a_runner_chosen_while_they_leave_is_in_no_circle(app: Flask, cast: Cast) -> None:
    member = tab(app, cast.runners["member"])
    for number in range(ROUNDS):
        runner = make_runner(f"Runner {number}")
        make_member(cast.group, runner)
        at_once(Sent(member, f"{cast.home}/circle/{runner.id}"), Sent(tab(app, runner), f"{cast.home}/leave"))
        assert count(CircleRunner) == 0


def test_an_account_erased_twice_is_erased_once(app: Flask, cast: Cast) -> None:
    for who in ("member", "organiser", "stranger"):
        runner = cast.runners[who]
        at_once(*[Sent(tab(app, runner), "/account/disconnect") for _ in range(2)])
    assert count(Runner) == count(Group) == 0


@pytest.mark.parametrize(
    "page", ["/connect/look", "/account", "/account/break", "/groups/new", "me", "circle", "leave"]
)
def test_what_comes_while_its_runner_is_erased_finds_them_or_does_not(app: Flask, cast: Cast, page: str) -> None:
    path = page if page.startswith("/") else f"{cast.home}/{page}"
    form = {"name": "Hares", "tz": "Europe/London", "text": "", "name_style": "full", "units": "mi"}
    form |= {"starts_on": "2026-11-12", "kind": "team"}
    for number in range(ROUNDS):
        runner = make_runner(f"Runner {number}")
        make_connection(runner)
        make_member(cast.group, runner)
        sent = [Sent(tab(app, runner), path, form) for _ in range(4)]
        at_once(*sent, Sent(tab(app, runner), "/account/disconnect"))
        assert count(Runner, Runner.name == f"Runner {number}") == 0


def test_two_organisers_who_step_down_at_once_leave_one(app: Flask, cast: Cast) -> None:
    everyone = [tab(app, cast.runners[who]) for who in ("organiser", "member")]
    for _ in range(ROUNDS):
        for membership in db.session.scalars(select(Membership)).all():
            membership.role = Role.ORGANISER
        db.session.commit()
        at_once(*[Sent(browser, f"{cast.home}/step-down") for browser in everyone])
        assert count(Membership, Membership.role == "organiser") == 1


def test_a_challenge_started_while_its_last_organiser_leaves_is_whole_or_not_there(app: Flask, cast: Cast) -> None:
    start = form(RuleSet(), month="2026-11", teams_mode="named", team_names="Reds\nBlues")
    organiser, member = (tab(app, cast.runners[who]) for who in ("organiser", "member"))
    at_once(Sent(organiser, new(cast), start), Sent(member, f"{cast.home}/leave"))
    assert count(Entry) == count(Challenge) == 1


def test_two_who_choose_one_name_at_once_do_not_both_get_it(app: Flask, cast: Cast) -> None:
    one, two = (tab(app, cast.runners[who]) for who in ("organiser", "member"))
    path = f"{cast.home}/me"
    for number in range(ROUNDS):
        form = {"name_style": "alias", "alias": f"Flecha {number}"}
        assert sorted(at_once(Sent(one, path, form), Sent(two, path, form))) == [200, 302]
        assert count(Consent, Consent.name_key == folded(form["alias"])) == 1


def test_namesakes_who_join_at_once_are_told_apart(app: Flask, cast: Cast) -> None:
    path, form = f"/join/{invite_of(cast.group)}", {"name_style": "initial"}
    namesakes = [tab(app, make_runner("Ana Ruiz")) for _ in range(3)]
    at_once(*(Sent(browser, path, form) for browser in namesakes))
    shown = db.session.scalars(select(Consent.shown_name).where(Consent.shown_name.startswith("Ana"))).all()
    assert sorted(shown) == ["Ana R.", "Ana Ru.", "Ana Rui."]


@pytest.mark.only_postgresql
def test_a_request_that_postgresql_ends_because_two_wait_for_each_other_can_be_sent_again(
    app: Flask, cast: Cast
) -> None:
    runner, path = cast.runners["member"], f"{cast.home}/leave"
    browser, mine = tab(app, runner), {"runner": runner.id}
    db.session.rollback()
    engine = db.engine
    with engine.connect() as first, engine.connect() as other, engine.connect() as onlooker, ThreadPoolExecutor() as go:

        def waiting() -> int:
            return onlooker.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) or 0

        # It waits the longer one, so it is the request that finds the circle and is ended.
        other.execute(text("SET deadlock_timeout = '1min'"))
        first.execute(text("SELECT id FROM membership WHERE runner_id = :runner FOR UPDATE"), mine)
        other.execute(text("SELECT id FROM consent WHERE runner_id = :runner FOR UPDATE"), mine)
        sent = go.submit(lambda: browser.post(path).status_code)
        wait_until(lambda: waiting() == 1, "the request to wait")
        group = go.submit(other.execute, text("SELECT id FROM running_group FOR UPDATE"))
        wait_until(lambda: waiting() == 2, "the other to wait for the request")
        first.rollback()
        assert sent.result(30) == 503
        group.result(30)
        other.invalidate()
    assert count(Membership, Membership.runner_id == runner.id) == 1
    assert browser.post(path).status_code == 302


@pytest.mark.only_postgresql
@pytest.mark.parametrize("renamed", [False, True])
def test_no_name_is_written_for_one_who_leaves_meanwhile(app: Flask, cast: Cast, renamed: bool) -> None:
    runner = cast.runners["member"]
    browser, runner_id, mine, path = tab(app, runner), runner.id, {"runner": runner.id}, f"{cast.home}/me"
    db.session.rollback()

    def follow() -> int:
        with app.app_context():
            renamed_runner = db.session.get_one(Runner, runner_id)
            renamed_runner.name = "Nia New"
            follow_name(renamed_runner, NOON)
            db.session.commit()
        return 404

    def change() -> int:
        return browser.post(path, {"name_style": "alias", "alias": "Speedy"}).status_code

    with db.engine.connect() as leaving, db.engine.connect() as onlooker, ThreadPoolExecutor() as go:
        leaving.execute(text("SELECT id FROM running_group FOR NO KEY UPDATE"))
        sent = go.submit(follow if renamed else change)
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        wait_until(lambda: onlooker.scalar(waiting) == 1, "the request to wait")
        leaving.execute(text("DELETE FROM membership WHERE runner_id = :runner"), mine)
        gone = "withdrawn_at = now(), shown_name = '', search_name = '', name_key = NULL"
        leaving.execute(text(f"UPDATE consent SET {gone} WHERE runner_id = :runner"), mine)
        leaving.commit()
        assert sent.result(30) == 404
    left = db.session.scalars(select(Consent).where(Consent.runner_id == runner_id)).one()
    assert left.withdrawn_at and (left.shown_name, left.name_key) == ("", None)
