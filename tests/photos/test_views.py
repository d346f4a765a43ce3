"""The photo of a member, at its address and on the pages that show it: for members if it is shown, and nobody else."""

import pytest
from flask import Flask

from tests.support.boards import NOON, Made, make_board, publish, set_total
from tests.support.builders import make_connection
from tests.support.consents import choose
from tests.support.finals import browser_of
from tests.support.photos import keep_photo
from tests.support.pictures import picture_file
from tests.support.settings import with_settings
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.sync import Connection
from webapp.photos.rules import KEPT_FOR, MAX_KEPT
from webapp.photos.service import remove_photos, store_photo
from webapp.pictures import Square, read_square
from webapp.privacy.photo_queries import VERSION_CHARACTERS
from webapp.sync.service import end_connection

FAR_FUTURE = 10**9


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana is ahead of Ben and of Cai; Ana's photo is stored."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Cai Dow"])
    make_connection(db.session.get_one(Runner, made.runners[0]))
    set_total(made, {made.entries[0]: 9000, made.entries[1]: 5000, made.entries[2]: 2000})
    publish(made)
    return made


@pytest.fixture
def square(made: Made) -> Square:
    choose(made.group.id, made.runners[0], photo=True)
    return keep_photo(made.runners[0])


def address(made: Made) -> str:
    return f"/g/{made.group.slug}/members/{made.runners[0]}/photo"


def pages(made: Made) -> tuple[str, ...]:
    home = f"/g/{made.group.slug}"
    board = f"{home}/c/{made.challenge.id}"
    return home, board, f"{board}/chase", f"{board}/r/{made.entries[0]}"


def shows(app: Flask, made: Made, viewer: int) -> list[bool]:
    """Return of each page whether it shows Ana's photo."""
    browser = browser_of(app, made, viewer)
    return [f'="{address(made)}?v=' in browser.get(page).text for page in pages(made)]


def status(app: Flask, made: Made, viewer: int) -> int:
    return browser_of(app, made, viewer).get(address(made)).status_code


@pytest.mark.both_databases
def test_members_see_it_once_it_is_switched_on(app: Flask, made: Made, square: Square) -> None:
    for viewer in (0, 1):
        assert all(shows(app, made, viewer))
        answer = browser_of(app, made, viewer).get(address(made))
        assert (answer.status_code, answer.data, answer.mimetype) == (200, square.jpeg, "image/jpeg")
        assert answer.headers["Cache-Control"].startswith("private")


@pytest.mark.both_databases
def test_nobody_sees_it_before_and_after(app: Flask, made: Made) -> None:
    keep_photo(made.runners[0])
    assert not any(shows(app, made, 0) + shows(app, made, 1)) and status(app, made, 1) == 404
    choose(made.group.id, made.runners[0], photo=True)
    assert all(shows(app, made, 1)) and status(app, made, 1) == 200
    choose(made.group.id, made.runners[0], photo=False)
    assert not any(shows(app, made, 0) + shows(app, made, 1)) and status(app, made, 1) == 404


def test_what_a_browser_has_is_not_sent_again(app: Flask, made: Made, square: Square) -> None:
    browser = browser_of(app, made, 1)
    tag = browser.get(address(made)).headers["ETag"]
    again = browser.get(address(made), headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_every_other_reason_is_the_same_404(app: Flask, made: Made, square: Square) -> None:
    other = make_board(["Dee Fox"])
    member, stranger = browser_of(app, made, 1), browser_of(app, other, 0)
    answers = [stranger.get(address(made))]
    home = f"/g/{made.group.slug}/members"
    answers += [member.get(f"{home}/{runner}/photo") for runner in (made.runners[1], other.runners[0], FAR_FUTURE)]
    answers.append(member.get(f"/g/no-such-group/members/{made.runners[0]}/photo"))
    choose(made.group.id, made.runners[0], "hidden")
    answers.append(member.get(address(made)))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data.split(b"<main")[1] for answer in answers}) == 1


def test_a_place_alone_is_shown_with_the_photo(app: Flask, made: Made, square: Square) -> None:
    choose(made.group.id, made.runners[0], "points")
    assert status(app, made, 1) == 200 and shows(app, made, 1)[1]


def test_a_cap_on_what_is_shared_shows_no_photo(app: Flask, made: Made, square: Square) -> None:
    with with_settings(app, sharing="points"):
        assert not any(shows(app, made, 0) + shows(app, made, 1)) and status(app, made, 0) == 404


@pytest.mark.both_databases
def test_a_runner_who_ended_the_connection_shows_none(app: Flask, made: Made, square: Square) -> None:
    begin_write()
    end_connection(made.runners[0], NOON, "It ended.")
    db.session.commit()
    assert not any(shows(app, made, 1)) and status(app, made, 1) == 404


def test_a_runner_who_left_shows_none(app: Flask, made: Made, square: Square) -> None:
    begin_write()
    leave(made.group.id, made.runners[0], NOON)
    db.session.commit()
    assert status(app, made, 1) == 404
    assert browser_of(app, made, 1).get(pages(made)[1]).text.count(address(made)) == 0


def test_a_photo_is_served_as_long_as_pages_show_it_and_never_after_seven_days(
    app: Flask, made: Made, square: Square
) -> None:
    clock().set(now=NOON + KEPT_FOR)  # the purge comes within the hour
    assert status(app, made, 1) == 200
    clock().set(now=NOON + MAX_KEPT)
    assert status(app, made, 1) == 404


def test_a_visitor_is_asked_to_sign_in(app: Flask, made: Made, square: Square) -> None:
    assert app.test_client().get(address(made), base_url="http://127.0.0.1:8000").status_code == 302


def test_organisers_see_it_where_they_look_after_members(app: Flask, square: Square, made: Made) -> None:
    organised = make_board(["Eve Gray", "Fay Hill"], roles={0: "organiser"})
    choose(organised.group.id, organised.runners[1], photo=True)
    keep_photo(organised.runners[1])
    page = browser_of(app, organised, 0).get(f"/g/{organised.group.slug}/members").text
    assert f"/members/{organised.runners[1]}/photo?v=" in page
    assert f"/members/{organised.runners[0]}/photo" not in page


def test_connections_keep_the_address_for_themselves(app: Flask, made: Made, square: Square) -> None:
    begin_write()
    connection = db.session.get_one(Connection, made.runners[0])
    connection.photo_address = "https://dgalywyr863hv.cloudfront.net/pictures/athletes/1/2/3/large.jpg"
    db.session.commit()
    for page in pages(made):
        assert "cloudfront" not in browser_of(app, made, 1).get(page).text


@pytest.mark.both_databases
def test_a_board_in_memory_follows_the_photo(app: Flask, made: Made) -> None:
    choose(made.group.id, made.runners[0], photo=True)
    browser, board = browser_of(app, made, 1), pages(made)[1]
    assert "/photo?v=" not in browser.get(board).text
    begin_write()
    address_of_photo = "https://pictures.example.org/1.jpg"
    db.session.get_one(Connection, made.runners[0]).photo_address = address_of_photo
    square = read_square(picture_file().getvalue())
    store_photo(made.runners[0], address_of_photo, square, NOON)
    db.session.commit()
    assert f"/photo?v={square.digest[:VERSION_CHARACTERS]}" in browser.get(board).text
    begin_write()
    remove_photos(made.runners)
    db.session.commit()
    assert "/photo?v=" not in browser.get(board).text
