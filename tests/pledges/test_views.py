"""The pages of pledges: what is typed wrong is said beside its field, and nothing of it is lost."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.board_pages import sign_in
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.html import attribute, shown
from webapp.db import db
from webapp.extensions import clock
from webapp.models.groups import Group
from webapp.models.pledges import Pledge, PledgeWatcher

FORM = {
    "when": "week:2026-11-09",
    "measure": "days",
    "amount": "3",
    "plan": "Tuesday 18:30 with Ben",
    "backup_plan": "If it rains, Wednesday",
    "rest_weekdays": ["5", "6"],
}


@pytest.fixture
def group(client: FlaskClient) -> Group:
    """A group with Ana, who is signed in, and Ben."""
    clock().set(now=NOON)
    group, ana, ben = make_group(), make_runner("Ana Ruiz"), make_runner("Ben Ode")
    for runner in (ana, ben):
        make_member(group, runner)
    db.session.commit()
    sign_in(client, ana.id)
    return group


def pledge() -> Pledge:
    db.session.rollback()
    return db.session.scalars(select(Pledge)).one()


def test_a_pledge_is_made_seen_and_changed(client: FlaskClient, group: Group) -> None:
    page = client.post("/pledges/new", data=FORM, follow_redirects=True).text
    assert "3 days by Sunday. All of it is still ahead." in shown(page) and "If it rains, Wednesday" in shown(page)
    assert "Rest days: Saturday, Sunday." in shown(page)
    assert "Tuesday 18:30 with Ben" in shown(client.get("/home").text)
    edit = f"/pledges/{pledge().id}/edit"
    assert attribute(client.get(edit).text, "#amount", "value") == "3"
    page = client.post(edit, data={**FORM, "measure": "distance", "amount": "12.5"}, follow_redirects=True).text
    assert "12.5 km by Sunday." in shown(page) and pledge().amount == 12_500
    page = client.post(edit, data={**FORM, "amount": ""}, follow_redirects=True).text
    assert "As many days as it takes" in shown(page) and pledge().amount is None
    client.post(f"/pledges/{pledge().id}/delete")
    assert "Nothing pledged right now" in shown(client.get("/pledges").text)


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"when": ""}, "when", "Please choose a week or a month."),
        ({"when": "week:2026-11-02"}, "when", "That week is over. Please choose another one."),
        ({"when": "month:2026-10-01"}, "when", "That month is over. Please choose another one."),
        ({"when": "week:2026-11-10"}, "when", "Please choose one of these."),
        ({"when": "week:2031-01-06"}, "when", "Please choose one of these."),
        ({"when": "month:9999-12-01"}, "when", "Please choose one of these."),
        ({"when": "year:2026-01-01"}, "when", "Please choose one of these."),
        ({"measure": "hours"}, "measure", "Not a valid choice."),
        ({"amount": "6"}, "amount", "This week has 5 days besides your rest days: please choose from 1 to 5."),
        ({"amount": "0"}, "amount", "please choose from 1 to 5."),
        ({"amount": "-2"}, "amount", "number"),
        ({"amount": "2.5"}, "amount", "A whole number, please."),
        ({"measure": "distance", "amount": "501"}, "amount", "Please choose from 1 to 500 km"),
        ({"measure": "runs", "amount": "999999999"}, "amount", "Please choose from 1 to 21 runs."),
        ({"rest_weekdays": list("0123456")}, "rest_weekdays", "Please leave at least one day to run on."),
        ({"rest_weekdays": ["9"]}, "rest_weekdays", "not a valid choice"),
        ({"plan": "x" * 201}, "plan", "At most 200 characters, please."),
        ({"backup_plan": "\u202e"}, "backup_plan", "Some of these characters cannot be shown."),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(
    client: FlaskClient, group: Group, wrong: dict[str, object], field: str, says: str
) -> None:
    page = client.post("/pledges/new", data={**FORM, **wrong}).text
    assert says in shown(page, f"#{field}-error")
    kept = {**FORM, **wrong}["amount"]
    assert attribute(page, "#amount", "value") == kept
    assert db.session.scalars(select(Pledge)).all() == []


def test_members_are_found_by_name_and_shown_it(client: FlaskClient, group: Group) -> None:
    client.post("/pledges/new", data=FORM)
    page = f"/pledges/{pledge().id}"
    found = client.get(f"{page}?q=ben").text
    assert "Show it Ben Ode" in shown(found) and "Nobody found" in shown(client.get(f"{page}?q=ana").text)
    ben = int(attribute(found, "#people [name=runner_id]", "value"))
    fields = {"group_id": group.id, "runner_id": ben}
    assert "They see it from now on." in shown(client.post(f"{page}/people", data=fields, follow_redirects=True).text)
    sign_in(client, ben)
    watched = shown(client.get("/pledges").text)
    assert "Ana Ruiz: 3 days" in watched and "If not: If it rains, Wednesday" in watched
    assert client.get(page).status_code == 404 and client.post(f"{page}/people", data=fields).status_code == 404
    assert client.post(f"{page}/passes", data={"passes": 1}).status_code == 404
    client.post(f"{page}/stop-watching")
    assert db.session.scalars(select(PledgeWatcher)).all() == []
    assert client.post(f"{page}/stop-watching").status_code == 404


def test_nobody_is_shown_a_pledge_who_is_no_member(client: FlaskClient, group: Group) -> None:
    client.post("/pledges/new", data=FORM)
    stranger, elsewhere = make_runner("Sam Odd").id, make_group("Elsewhere")
    make_member(elsewhere, make_runner("Kim Lee"))
    people = f"/pledges/{pledge().id}/people"
    for group_id, runner_id in ((group.id, stranger), (elsewhere.id, stranger), (0, 0)):
        assert client.post(people, data={"group_id": group_id, "runner_id": runner_id}).status_code == 404
    assert client.post(people, data={"group_id": "x", "runner_id": ""}).status_code == 400


def test_passes_are_taken_and_taken_back_by_a_tap(client: FlaskClient, group: Group) -> None:
    client.post("/pledges/new", data=FORM)
    page = f"/pledges/{pledge().id}"
    for wanted, says in ((1, "one is left."), (2, "Both are used."), (1, "One is used"), (0, "You have two")):
        shows = shown(client.post(f"{page}/passes", data={"passes": wanted}, follow_redirects=True).text)
        assert says in shows
    for odd in ("3", "-1", "", "x"):
        assert client.post(f"{page}/passes", data={"passes": odd}).status_code == 400
    clock().set(now=NOON + timedelta(days=12))
    over = shown(client.get(page).text)
    assert "Let go. The next week is new." in over and "Free passes" not in over
    assert client.post(f"{page}/edit", data={**FORM, "when": "week:2026-11-23"}).status_code == 409
