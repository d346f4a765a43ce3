"""What runners say of themselves: by the code, by their word, and by a run of theirs; and who reads what."""

import pytest
from flask import Flask, render_template_string
from sqlalchemy import func, select

from tests.support.attendance import MINUTE, STARTS, Evening, answer, make_evening, noted, press, recorded
from tests.support.browser import Browser, signed_in
from tests.support.builders import make_group, make_member
from tests.support.consents import choose
from tests.support.group_runs import group_run, pace_group
from tests.support.html import shown
from webapp.accounts.service import erase_runner
from webapp.attendance.code_rules import RunCode
from webapp.attendance.page_context import count_context, mine_context
from webapp.attendance.queries import matches_of
from webapp.db import db, write_transaction
from webapp.extensions import clock, settings
from webapp.groups.queries import membership_of
from webapp.memberships.service import leave
from webapp.models.attendance import Attendance, DismissedMatch
from webapp.models.groups import Membership
from webapp.models.words import RsvpAnswer

HOUR = 60 * MINUTE


@pytest.fixture
def evening(app: Flask) -> Evening:
    return make_evening()


@pytest.fixture
def ben(app: Flask, evening: Evening) -> Browser:
    return signed_in(app, evening.runners["Ben"])


def code_of(evening: Evening, *, ago: int = 0) -> str:
    return RunCode(evening.run.id, clock().now() - ago * MINUTE).signed(settings().secret_key)


def member(evening: Evening, name: str) -> Membership:
    found = membership_of(evening.group.id, evening.id_of(name))
    assert found
    return found


def count_card(app: Flask, evening: Evening, name: str) -> str:
    """Return what the page of the run says to a member about who came."""
    return card(app, evening, "_count", count_context(evening.run, member(evening, name), clock().now()))


def my_card(app: Flask, evening: Evening, name: str) -> str:
    return card(app, evening, "_mine", mine_context(evening.run, member(evening, name), clock().now()))


def card(app: Flask, evening: Evening, partial: str, context: object) -> str:
    assert isinstance(context, dict)
    with app.test_request_context():
        page = "{% include 'attendance/" + partial + ".html' %}"
        return shown(render_template_string(page, group=evening.group, run=evening.run, units="km", **context))


def test_a_fresh_code_at_the_run_counts_as_seen(ben: Browser, evening: Evening) -> None:
    code = code_of(evening)
    assert "I am here" in ben.get(f"/there?code={code}").text and noted(evening) == {}
    assert ben.post("/there", {"code": code}).status_code == 303
    assert noted(evening) == {"Ben": ("came", "qr")}
    assert "You are on the list" in ben.get(f"/there?code={code}").text


@pytest.mark.parametrize(("later", "ago"), [(0, 11), (3 * 60, 0)])
def test_a_photographed_code_counts_as_ones_own_word(ben: Browser, evening: Evening, later: int, ago: int) -> None:
    clock().set(now=STARTS + later * MINUTE)
    code = code_of(evening, ago=ago)
    assert "it counts as your own word" in shown(ben.get(f"/there?code={code}").text)
    ben.post("/there", {"code": code})
    assert noted(evening) == {"Ben": ("came", "self")}


def test_a_code_opens_nothing_for_others_and_no_forged_one_does(app: Flask, evening: Evening, ben: Browser) -> None:
    outside = make_member(make_group()).runner_id
    browser = Browser(app)
    with browser.client.session_transaction(base_url=browser.address) as session:
        session["runner"], session["epoch"] = outside, 0
    for asked, code in ((browser, code_of(evening)), (ben, "x"), (ben, ""), (ben, code_of(evening) + "x")):
        assert asked.get(f"/there?code={code}").status_code == asked.post("/there", {"code": code}).status_code == 404
    assert Browser(app).get(f"/there?code={code_of(evening)}").status_code == 302
    assert noted(evening) == {}


def test_a_runner_says_so_until_two_days_after_the_run(ben: Browser, evening: Evening) -> None:
    clock().set(now=STARTS - 31 * MINUTE)
    assert ben.post(f"{evening.address}/there").status_code == 409
    assert ben.post("/there", {"code": code_of(evening)}).status_code == 409
    clock().set(now=STARTS + 50 * HOUR)
    assert ben.post(f"{evening.address}/there").status_code == 409
    clock().set(now=STARTS + 48 * HOUR)
    for _ in range(2):
        assert ben.post(f"{evening.address}/there").status_code == 303
        assert noted(evening) == {"Ben": ("came", "self")}


def test_a_synced_run_suggests_to_its_owner_alone(app: Flask, ben: Browser, evening: Evening) -> None:
    recorded(evening.runners["Ben"], STARTS + 10 * MINUTE)
    clock().set(now=STARTS + 2 * HOUR)
    mine = my_card(app, evening, "Ben")
    assert "9.0 km: was that the run “Tuesday run” of Morning Milers" in mine
    assert "Evening run" not in my_card(app, evening, "Caro") + count_card(app, evening, "Ana")
    ben.post(f"{evening.address}/match", {"answer": "yes"})
    assert noted(evening) == {"Ben": ("came", "run")}
    assert "You were there: your run says so." in my_card(app, evening, "Ben")
    assert matches_of(evening.id_of("Ben"), clock().now()) == []
    assert ben.post(f"{evening.address}/match", {"answer": "yes"}).status_code == 303


def test_a_no_is_remembered(ben: Browser, evening: Evening) -> None:
    recorded(evening.runners["Ben"])
    clock().set(now=STARTS + 2 * HOUR)
    for _ in range(2):
        assert ben.post(f"{evening.address}/match", {"answer": "no"}).status_code == 303
    assert matches_of(evening.id_of("Ben"), clock().now()) == [] and noted(evening) == {}
    assert ben.post(f"{evening.address}/match", {"answer": "yes"}).status_code == 409
    assert ben.post(f"{evening.address}/match", {"answer": "perhaps"}).status_code == 400


def test_nothing_suggests_from_a_hidden_start_a_typed_run_or_for_who_was_out(evening: Evening) -> None:
    ben, eve, now = evening.runners["Ben"], evening.runners["Eve"], STARTS + 2 * HOUR
    recorded(ben, start_hidden=True)
    recorded(ben, manual=True)
    recorded(ben, STARTS - 46 * MINUTE)
    recorded(ben, distance_m=3000)
    assert matches_of(ben.id, now) == []
    recorded(eve)
    assert len(matches_of(eve.id, now)) == 1
    assert matches_of(eve.id, STARTS + 50 * HOUR) == []
    answer(evening.run, eve, RsvpAnswer.OUT)
    assert matches_of(eve.id, now) == []


def test_a_private_run_suggests_and_nobody_learns_of_it(ben: Browser, evening: Evening) -> None:
    recorded(evening.runners["Ben"], private=True)
    clock().set(now=STARTS + 2 * HOUR)
    ben.post(f"{evening.address}/match", {"answer": "yes"})
    assert noted(evening) == {"Ben": ("came", "self")}


def test_the_distance_is_that_of_the_pace_group_and_a_run_stands_for_one_group_run(evening: Evening) -> None:
    eve, now = evening.runners["Eve"], STARTS + 2 * HOUR
    long = pace_group(evening.run, "Long", distance_m=20_000)
    answer(evening.run, eve, pace_group_id=long.id)
    activity = recorded(eve)
    assert matches_of(eve.id, now) == []
    activity.distance_m = 19_000
    other = make_group("Others")
    make_member(other, eve)
    second = group_run(other, STARTS.date())
    db.session.commit()
    assert [match.run.id for match in matches_of(eve.id, now)] == [evening.run.id, second.id]
    db.session.add(
        Attendance(run_id=second.id, runner_id=eve.id, outcome="came", source="self", tapped_at=now, updated_at=now)
    )
    db.session.commit()
    assert matches_of(eve.id, now) == []


def test_members_read_who_came_and_leaders_the_rest(app: Flask, evening: Evening) -> None:
    ana = signed_in(app, evening.runners["Ana"])
    choose(evening.group.id, evening.id_of("Dora"), "hidden")
    for name, outcome in (("Ben", "left_early"), ("Caro", "told_us"), ("Dora", "came"), ("Eve", "not_seen")):
        press(ana, evening, name, outcome)
    seen = count_card(app, evening, "Eve")
    assert "2 members came. Ben Runner and 1 more" in seen
    assert not any(word in seen for word in ("early", "Told", "seen", "Dora", "Caro", "code"))
    led = count_card(app, evening, "Ana")
    assert "Told us 1" in led and "Left early 1" in led
    assert my_card(app, evening, "Caro").startswith("Were you there? You told the group that you could not come.")
    assert "Nobody noted that you came." in my_card(app, evening, "Eve")


@pytest.mark.both_databases
def test_after_leaving_and_after_erasing_nothing_stays(app: Flask, evening: Evening) -> None:
    for name in ("Ana", "Ben"):
        browser = signed_in(app, evening.runners[name])
        browser.post(f"{evening.address}/there")
        recorded(evening.runners[name])
        browser.post(f"{evening.address}/match", {"answer": "no"})
    press(signed_in(app, evening.runners["Ana"]), evening, "Caro")
    ana, ben = evening.id_of("Ana"), evening.id_of("Ben")
    with write_transaction():
        leave(evening.group.id, ana, clock().now())
    with write_transaction():
        erase_runner(ben, clock().now())
    left = db.session.execute(select(Attendance.runner_id, Attendance.marked_by_id)).all()
    assert left == [(evening.id_of("Caro"), None)]
    assert db.session.scalar(select(func.count()).select_from(DismissedMatch)) == 0
