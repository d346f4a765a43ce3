"""The page on which a runner chooses what they are told, and when."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.support.board_pages import sign_in
from tests.support.builders import make_group, make_member
from tests.support.facts import Postman, sending_by
from tests.support.html import shown
from tests.support.mails import make_address
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.notifications import NotificationChoice
from webapp.models.words import Channel, FactKind
from webapp.notifications.choice_queries import choices_of, settings_of, usual_zone
from webapp.notifications.kind_rules import KINDS

PAGE = "/notifications/settings"
HOURS = {"quiet_from": "21:30", "quiet_until": "06:00", "time_zone": "", "asked": ""}


@pytest.fixture
def runner(app: Flask) -> Iterator[Runner]:
    """A member of a group in Madrid, on an installation that sends mail."""
    member = make_member(make_group(tz="Europe/Madrid"))
    with sending_by(mail=Postman()):
        yield db.session.get_one(Runner, member.runner_id)


@pytest.fixture
def page(client: FlaskClient, runner: Runner) -> FlaskClient:
    sign_in(client, runner.id)
    return client


def test_ticks_are_kept_and_only_what_differs_is_stored(page: FlaskClient, runner: Runner) -> None:
    usual = choices_of(runner.id)
    asked = " ".join(f"{kind}.mail" for kind in KINDS)
    page.post(PAGE, data=HOURS | {"asked": asked, "wanted": ["overtaken.mail", "announcement.mail"]})
    chosen = choices_of(runner.id)
    assert {kind for (kind, channel), wanted in chosen.items() if wanted and channel == Channel.MAIL} == {
        FactKind.OVERTAKEN,
        FactKind.ANNOUNCEMENT,
    }
    assert {key: chosen[key] for key in chosen if key[1] == Channel.PUSH} == {
        key: usual[key] for key in usual if key[1] == Channel.PUSH
    }
    wanted = [f"{kind}.{channel}" for (kind, channel), is_wanted in usual.items() if is_wanted]
    page.post(PAGE, data=HOURS | {"asked": asked, "wanted": wanted})
    assert db.session.scalars(select(NotificationChoice)).all() == []


def test_quiet_hours_and_a_zone_are_kept(page: FlaskClient, runner: Runner) -> None:
    assert usual_zone(runner.id) == "Europe/Madrid"
    assert "As usual: Madrid" in shown(page.get(PAGE).text, "#time_zone")
    page.post(PAGE, data=HOURS | {"time_zone": "Asia/Tokyo"})
    stored = settings_of(runner.id)
    assert (stored.time_zone, stored.quiet_from, stored.quiet_until) == ("Asia/Tokyo", 21 * 60 + 30, 6 * 60)
    assert not stored.urgent_in_quiet
    page.post(PAGE, data=HOURS | {"urgent_in_quiet": "y"})
    db.session.rollback()
    stored = settings_of(runner.id)
    assert stored.time_zone is None and stored.urgent_in_quiet


def test_it_says_what_mails_still_wait_for(page: FlaskClient, runner: Runner) -> None:
    assert "Mails reach you once you confirm an address" in shown(page.get(PAGE).text, "#channels")
    make_address(runner)
    assert "Where mails go" in shown(page.get(PAGE).text, "#channels")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"quiet_from": "late"}, "Please give a time of day"),
        ({"quiet_until": ""}, "Please give a time of day"),
        ({"time_zone": "Europe/Atlantis"}, "Please choose one from the list"),
    ],
)
def test_bad_input_is_answered_at_its_field_and_ticks_are_not_lost(
    page: FlaskClient, runner: Runner, fields: dict[str, str], says: str
) -> None:
    ticked = {"asked": "overtaken.mail", "wanted": "overtaken.mail"}
    answer = page.post(PAGE, data=HOURS | ticked | fields)
    assert says in shown(answer.text, ".field__error")
    assert 'value="overtaken.mail" checked' in answer.text
    db.session.rollback()
    assert not choices_of(runner.id)[FactKind.OVERTAKEN, Channel.MAIL]


def test_unknown_kinds_are_left_alone(page: FlaskClient, runner: Runner) -> None:
    page.post(PAGE, data=HOURS | {"asked": "overtaken.pigeon nonsense", "wanted": "overtaken.pigeon"})
    assert db.session.scalars(select(NotificationChoice)).all() == []
