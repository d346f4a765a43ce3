"""Photos come from Strava while a group sees them, without a call of the API, and go when none does."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select
from werkzeug.wrappers import Request, Response

from integrations.strava.types import AthleteSummary, TokenGrant
from integrations.strava_simulator.avatars import NOTE
from jobs.admin import correct_future_times
from jobs.group_endings import delete_groups
from jobs.photos import fetch_photo, photo_sweep
from tests.support.browser import Browser, signed_in
from tests.support.builders import NOON, make_connection, make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.pictures import picture_file
from tests.support.serving import served
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.support.strava import requests_of
from tests.support.worker import process_jobs, queued
from webapp.accounts.service import connect, erase_runner
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.models.photos import RunnerPhoto
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.photos.rules import KEPT_FOR, REFRESH_AFTER, REST, RETRY_AFTER
from webapp.photos.service import give_up, store_photo
from webapp.pictures import SQUARE, read_square

SCOPES = {"read", "activity:read"}


class PictureHost:
    """A host of pictures that answers what a test says, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.answer = Response(picture_file().getvalue(), mimetype="image/jpeg")

    def answer_to(self, _request: Request) -> Response:
        self.asked += 1
        return self.answer


class Shown:
    """Ana, who shows her photo in a group, and the host where her picture is."""

    def __init__(self, host: PictureHost, base: str) -> None:
        self.host, self.address = host, f"{base}/pictures/athletes/1/2/3/large.jpg"
        self.group, runner = make_group(), make_runner()
        make_connection(runner, photo_address=self.address)
        make_member(self.group, runner)
        db.session.commit()
        self.runner_id = runner.id
        choose(self.group.id, self.runner_id, photo=True)

    def stored(self) -> RunnerPhoto | None:
        db.session.rollback()
        return db.session.get(RunnerPhoto, self.runner_id)


@pytest.fixture
def shown(app: Flask) -> Iterator[Shown]:
    clock().set(now=NOON)
    host = PictureHost()
    with served(Request.application(host.answer_to)) as base, with_settings(app, sim_port=int(base.rsplit(":", 1)[1])):
        yield Shown(host, base)


def later(after: timedelta) -> None:
    """Let this much time pass since noon, and the moment that a fetch takes."""
    clock().set(now=NOON + after + timedelta(minutes=1))


def test_switching_it_on_has_it_fetched_and_switching_it_off_removes_it(app: Flask, shown: Shown) -> None:
    assert process_jobs(app) == []
    photo = shown.stored()
    assert photo and shown.host.asked == 1
    choose(shown.group.id, shown.runner_id, photo=False)
    assert shown.stored() is None


def test_switching_it_off_and_on_again_waits_before_it_is_fetched_again(app: Flask, shown: Shown) -> None:
    assert process_jobs(app) == []
    for _ in range(3):
        choose(shown.group.id, shown.runner_id, photo=False)
        choose(shown.group.id, shown.runner_id, photo=True)
        fetch_photo(shown.runner_id)
    assert shown.host.asked == 1 and shown.stored() is None
    later(REST)
    fetch_photo(shown.runner_id)
    assert shown.host.asked == 2 and shown.stored()


def test_what_is_stored_is_a_small_square_without_a_trace_of_the_camera(app: Flask, shown: Shown) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Secret Camera"
    shown.host.answer = Response(picture_file(exif=exif, comment=b"secret").getvalue(), mimetype="image/jpeg")
    fetch_photo(shown.runner_id)
    photo = shown.stored()
    assert photo and b"ecret" not in photo.jpeg
    with Image.open(BytesIO(photo.jpeg)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (SQUARE, SQUARE), {})


def test_it_is_fetched_again_before_it_is_too_old_and_not_sooner(shown: Shown) -> None:
    fetch_photo(shown.runner_id)
    later(REFRESH_AFTER - timedelta(hours=1))
    fetch_photo(shown.runner_id)
    assert shown.host.asked == 1
    later(REFRESH_AFTER)
    fetch_photo(shown.runner_id)
    photo = shown.stored()
    assert photo and shown.host.asked == 2 and photo.fetched_at >= NOON + REFRESH_AFTER


def test_the_sweep_enqueues_what_is_due_and_rests_between_two_tries(app: Flask, shown: Shown) -> None:
    shown.host.answer = Response(status=503)
    assert process_jobs(app) == [] and shown.stored() is None
    photo_sweep()
    assert ("jobs.photos.fetch_photo", shown.runner_id) not in queued()
    later(RETRY_AFTER)
    shown.host.answer = Response(picture_file().getvalue(), mimetype="image/jpeg")
    photo_sweep()
    assert process_jobs(app) == [] and shown.stored()


def test_a_photo_that_nobody_renews_is_purged_within_seven_days(shown: Shown) -> None:
    fetch_photo(shown.runner_id)
    assert timedelta(days=7) - timedelta(hours=2) > KEPT_FOR > REFRESH_AFTER
    later(KEPT_FOR - timedelta(hours=1))
    photo_sweep()
    assert shown.stored()
    later(KEPT_FOR)
    photo_sweep()
    assert shown.stored() is None


@pytest.mark.parametrize(
    ("answer", "stays"),
    [
        (Response(status=500), True),
        (Response(status=404), False),
        (Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), False),
        (Response(b"no picture", mimetype="image/jpeg"), False),
        (Response(b"<svg/>", mimetype="image/svg+xml"), False),
    ],
)
def test_a_failure_that_may_pass_leaves_the_photo_and_any_other_removes_it(
    shown: Shown, answer: Response, stays: bool, caplog: pytest.LogCaptureFixture
) -> None:
    fetch_photo(shown.runner_id)
    later(REFRESH_AFTER)
    shown.host.answer = answer
    fetch_photo(shown.runner_id)
    assert bool(shown.stored()) is stays
    assert "photo not fetched" in caplog.text and shown.address not in caplog.text


def test_an_address_elsewhere_is_never_asked(app: Flask, shown: Shown) -> None:
    with with_settings(app, sim_port=1):
        fetch_photo(shown.runner_id)
    assert shown.host.asked == 0 and shown.stored() is None


@pytest.mark.both_databases
def test_it_goes_with_the_last_group_that_sees_it(shown: Shown) -> None:
    other = make_group("Others")
    make_member(other, db.session.get_one(Runner, shown.runner_id))
    choose(other.id, shown.runner_id, photo=True)
    fetch_photo(shown.runner_id)
    choose(shown.group.id, shown.runner_id, photo=False)
    assert shown.stored()
    choose(other.id, shown.runner_id, "hidden")
    assert shown.stored() is None
    choose(other.id, shown.runner_id, "totals")
    assert ("jobs.photos.fetch_photo", shown.runner_id) in queued()


@pytest.mark.both_databases
def test_leaving_and_erasing_remove_it(shown: Shown) -> None:
    fetch_photo(shown.runner_id)
    begin_write()
    leave(shown.group.id, shown.runner_id, NOON)
    db.session.commit()
    assert shown.stored() is None
    make_member(make_group(), db.session.get_one(Runner, shown.runner_id), photo_at=NOON)
    later(REST)
    fetch_photo(shown.runner_id)
    assert shown.stored()
    begin_write()
    erase_runner(shown.runner_id, NOON)
    db.session.commit()
    assert db.session.scalars(select(RunnerPhoto.runner_id)).all() == []


def test_a_group_that_is_deleted_leaves_nothing_behind(app: Flask, shown: Shown) -> None:
    assert process_jobs(app) == [] and shown.stored()
    begin_write()
    db.session.get_one(Group, shown.group.id).deletes_at = NOON
    db.session.commit()
    delete_groups()
    assert process_jobs(app) == [] and shown.stored() is None


def test_a_clock_that_ran_ahead_keeps_no_photo_for_longer(app: Flask, shown: Shown) -> None:
    later(timedelta(days=30))
    fetch_photo(shown.runner_id)
    clock().set(now=NOON)
    correct_future_times()
    photo_sweep()
    assert shown.stored() is None
    assert process_jobs(app) == [] and shown.stored() and shown.host.asked == 2


def test_a_photo_is_not_fetched_for_a_runner_who_is_not_connected(shown: Shown) -> None:
    begin_write()
    db.session.get_one(Connection, shown.runner_id).state = ConnectionState.DEAUTHORISED
    db.session.commit()
    fetch_photo(shown.runner_id)
    assert shown.host.asked == 0


def test_a_cap_on_what_is_shared_fetches_none_and_removes_those_of_before(app: Flask, shown: Shown) -> None:
    fetch_photo(shown.runner_id)
    with with_settings(app, sharing="points"):
        photo_sweep()
        assert shown.stored() is None
        fetch_photo(shown.runner_id)
        assert shown.stored() is None and shown.host.asked == 1


def test_what_is_switched_off_while_it_is_fetched_is_not_stored(shown: Shown) -> None:
    square = read_square(picture_file().getvalue())
    choose(shown.group.id, shown.runner_id, photo=False)
    begin_write()
    store_photo(shown.runner_id, shown.address, square, NOON)
    db.session.commit()
    assert shown.stored() is None


def test_every_sign_in_says_where_the_picture_is(shown: Shown) -> None:
    fetch_photo(shown.runner_id)
    newer = shown.address.replace("/3/", "/4/")
    _sign_in(shown.runner_id, newer)
    fetch_photo(shown.runner_id)
    assert shown.host.asked == 2
    _sign_in(shown.runner_id, newer)
    fetch_photo(shown.runner_id)
    assert shown.host.asked == 2
    _sign_in(shown.runner_id, None)
    assert shown.stored() is None


def test_a_failure_at_an_older_address_leaves_the_photo_of_the_new_one(shown: Shown) -> None:
    fetch_photo(shown.runner_id)
    _sign_in(shown.runner_id, shown.address.replace("/3/", "/4/"))
    fetch_photo(shown.runner_id)
    begin_write()
    give_up(shown.runner_id, shown.address)
    db.session.commit()
    assert shown.stored()


def _sign_in(runner_id: int, address: str | None) -> None:
    begin_write()
    athlete_id = db.session.get_one(Connection, runner_id).athlete_id
    grant = TokenGrant("access", "refresh", NOON)
    connect(AthleteSummary(athlete_id, "Ana Ruiz", address), grant, SCOPES, None, NOON)
    db.session.commit()


def test_a_runner_of_the_simulator_shows_the_picture_without_a_call_of_the_api(
    app: Flask, simulator: Simulator
) -> None:
    athlete_id = int(simulator.athletes()[0]["id"])
    Browser(app).connect(simulator, athlete_id)
    assert process_jobs(app) == []
    connection = db.session.scalars(select(Connection).where(Connection.athlete_id == athlete_id)).one()
    group = make_group()
    make_member(group, db.session.get_one(Runner, connection.runner_id))
    before = requests_of(simulator)
    choose(group.id, connection.runner_id, photo=True)
    assert process_jobs(app) == []
    photo = db.session.get_one(RunnerPhoto, connection.runner_id)
    assert photo.jpeg.startswith(b"\xff\xd8") and NOTE.encode() not in photo.jpeg
    assert requests_of(simulator) == before


def test_a_member_whose_picture_is_unknown_reads_how_it_comes(app: Flask, shown: Shown) -> None:
    browser = signed_in(app, db.session.get_one(Runner, shown.runner_id))
    page = f"/g/{shown.group.slug}/me"
    assert "sign in with Strava again" not in browser.get(page).text
    _sign_in(shown.runner_id, None)
    assert "sign in with Strava again" in browser.get(page).text
    choose(shown.group.id, shown.runner_id, photo=False)
    assert "sign in with Strava again" not in browser.get(page).text
