"""The captain's page: what stands on it, and its one tap each."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.support.board_pages import sign_in
from tests.support.builders import NOON, make_connection, make_group, make_member, make_runner
from tests.support.group_runs import group_run, pace_group
from tests.support.html import shown
from tests.support.rsvps import rsvp
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact
from webapp.models.accounts import Runner
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup
from webapp.models.groups import Group
from webapp.models.words import FactKind

TODAY = NOON.date()
LONG_AGO = NOON - timedelta(days=100)


@pytest.fixture
def group(client: FlaskClient) -> Group:
    clock().set(now=NOON)
    return make_group()


@pytest.fixture
def captain(client: FlaskClient, group: Group) -> Runner:
    captain = make_runner("Cleo Park")
    make_member(group, captain, role="captain", joined_at=LONG_AGO)
    sign_in(client, captain.id)
    return captain


@pytest.fixture
def ana(group: Group) -> Runner:
    ana = make_runner("Ana Ruiz")
    make_connection(ana)
    make_member(group, ana, joined_at=LONG_AGO, nudges_at=NOON)
    return ana


@pytest.fixture
def run(group: Group) -> GroupRun:
    return group_run(group)


@pytest.fixture
def gap(run: GroupRun) -> PaceGroup:
    return pace_group(run)


def page(client: FlaskClient, group: Group) -> str:
    answer = client.get(f"/g/{group.slug}/captain")
    assert answer.status_code == 200
    return shown(answer.text)


def tap(client: FlaskClient, group: Group, what: str, **fields: object) -> str:
    return shown(client.post(f"/g/{group.slug}/captain/{what}", data=fields, follow_redirects=True).text)


def test_a_quiet_week_says_so_and_leads_to_planning(client: FlaskClient, group: Group, captain: Runner) -> None:
    said = page(client, group)
    assert "All is well" in said and "Nothing planned in the next seven days" in said
    assert "This week" in shown(client.get(f"/g/{group.slug}").text)


def test_the_page_shows_the_week_with_a_tap_for_each(
    client: FlaskClient, group: Group, captain: Runner, ana: Runner, run: GroupRun, gap: PaceGroup
) -> None:
    past = group_run(group, TODAY - timedelta(days=1), title="Yesterday's run")
    new = make_runner("Ben Ode")
    make_member(group, new, joined_at=NOON)
    rsvp(run, ana.id)
    with write_transaction():
        record_fact(FactKind.COME_BACK, "1", NOON, runner_id=ana.id)
    said = page(client, group)
    for words in ("Needs a leader", "Not counted or closed yet", "Yesterday's run", "1 in", "Back again", "New here"):
        assert words in said
    links = client.get(f"/g/{group.slug}/captain").text
    assert f"/g/{group.slug}/nudges/to/{ana.id}" in links and f"/g/{group.slug}/nudges/to/{new.id}" not in links
    assert f"/g/{group.slug}/runs/{past.id}/attendance" in links
    assert f"/g/{group.slug}/buddies?q=Ben" in links


def test_a_captain_leads_by_one_tap(
    client: FlaskClient, group: Group, captain: Runner, run: GroupRun, gap: PaceGroup
) -> None:
    db.session.commit()
    said = tap(client, group, "lead", run_id=run.id, pace_group_id=gap.id)
    assert "You lead it." in said and "Needs a leader" not in said
    assert db.session.get_one(PaceGroup, gap.id).leader_id == captain.id


def test_a_captain_accepts_an_offer_by_one_tap(
    client: FlaskClient, group: Group, captain: Runner, ana: Runner, run: GroupRun, gap: PaceGroup
) -> None:
    db.session.add(LeaderOffer(pace_group_id=gap.id, runner_id=ana.id, offered_at=NOON))
    db.session.commit()
    assert "Offers to lead" in page(client, group)
    said = tap(client, group, "accept", run_id=run.id, pace_group_id=gap.id, runner_id=ana.id)
    assert "It has a leader now." in said and "Offers to lead" not in said
    assert db.session.get_one(PaceGroup, gap.id).leader_id == ana.id
    again = tap(client, group, "accept", run_id=run.id, pace_group_id=gap.id, runner_id=captain.id)
    assert "Somebody does that already" in again


def test_a_captain_asks_for_a_leader_by_one_tap(
    client: FlaskClient, group: Group, captain: Runner, run: GroupRun, gap: PaceGroup
) -> None:
    db.session.commit()
    for _ in range(2):
        assert "Everybody who plans runs is told." in tap(client, group, "ask", run_id=run.id, pace_group_id=gap.id)
    assert db.session.query(Fact).filter_by(kind=FactKind.LEADER_NEEDED).count() == 1


@pytest.mark.parametrize("role", ["member", "coach", "run_leader"])
def test_nobody_else_reads_it_or_acts_there(
    client: FlaskClient, group: Group, run: GroupRun, gap: PaceGroup, role: str
) -> None:
    other = make_runner("Dee Fox")
    make_member(group, other, role=role)
    sign_in(client, other.id)
    assert client.get(f"/g/{group.slug}/captain").status_code == 404
    assert "This week" not in shown(client.get(f"/g/{group.slug}").text)
    for what in ("lead", "accept", "ask"):
        ids = {"run_id": run.id, "pace_group_id": gap.id, "runner_id": other.id}
        assert client.post(f"/g/{group.slug}/captain/{what}", data=ids).status_code == 404


def test_runs_of_other_groups_and_wrong_numbers_are_refused(client: FlaskClient, group: Group, captain: Runner) -> None:
    others = group_run(make_group("Others"))
    gap = pace_group(others)
    db.session.commit()
    for what in ("lead", "accept", "ask"):
        path, ids = f"/g/{group.slug}/captain/{what}", {"run_id": others.id, "pace_group_id": gap.id, "runner_id": 1}
        assert client.post(path, data=ids).status_code == 404
        assert client.post(path, data={**ids, "run_id": "x"}).status_code == 400
    assert db.session.get_one(PaceGroup, gap.id).leader_id is None


def test_an_archived_group_has_no_captain_page(client: FlaskClient, group: Group, captain: Runner) -> None:
    group.archived_at = NOON
    db.session.commit()
    assert client.get(f"/g/{group.slug}/captain").status_code == 409
