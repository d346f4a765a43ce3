"""The field that a process renders once for all members: nobody's own sight of it is shown to another viewer."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.board_pages import address, get
from tests.support.boards import NOON, Made, make_board, publish, set_total
from tests.support.consents import choose
from tests.support.html import elements, shown
from tests.support.overtakes import derive_overtakes
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.factory import create_app
from webapp.leaderboards.service import hide_runner
from webapp.memberships.service import leave

PAGES = ["/road", "/road?zoom=front", "/road/replay"]
NAMES = ["Ana Ruiz", "Ben Ode", "Caro Lind", "Dora Lang"]


@pytest.fixture
def made(app: Flask) -> Made:
    clock().set(now=NOON)
    return board(NAMES)


@pytest.fixture
def processes(app: Flask) -> list[FlaskClient]:
    """A browser at each of two web processes, which share database and Redis and nothing else."""
    return [app.test_client(), create_app(app.extensions["settings"]).test_client()]


def board(names: list[str]) -> Made:
    """Make a board on which each runner is 10 km ahead of the next."""
    made = make_board(names)
    set_total(made, {entry: 10_000 * (len(names) - n) for n, entry in enumerate(made.entries)})
    publish(made)
    derive_overtakes(made)
    return made


@pytest.mark.parametrize("page", PAGES)
def test_each_viewer_finds_themselves_marked_and_nobody_else(
    made: Made, processes: list[FlaskClient], page: str
) -> None:
    for client in processes * 2:
        for viewer, name in enumerate(NAMES):
            found = get(client, made, page, viewer)
            assert [shown(each.html or "", ".spots__who") for each in elements(found, ".spots__one.is-me")] == [
                f"{name} You"
            ]
            assert len(elements(found, ".road__dot")) == 2 * len(NAMES)
            assert len(elements(found, ".road__dot--me")) == 2
            names = [label.text() for label in elements(found, ".road__map--wide .road__name")]
            assert sorted(names) == sorted(["You", *(other for other in NAMES if other != name)])


@pytest.mark.parametrize("page", PAGES)
def test_a_runner_who_shows_less_is_gone_in_every_process(made: Made, processes: list[FlaskClient], page: str) -> None:
    assert all("Ben Ode" in get(client, made, page, viewer) for client in processes for viewer in (0, 1))
    choose(made.group.id, made.runners[1], "points")
    derive_overtakes(made)
    for client in processes * 2:
        assert "Ben Ode You" in shown(get(client, made, page, 1)) or page.endswith("front")
        for viewer in (0, 2):
            others = get(client, made, page, viewer)
            assert "Ben Ode" not in others and len(elements(others, ".road__map--wide .road__dot")) == 3


@pytest.mark.parametrize("page", PAGES)
def test_one_who_leaves_or_is_hidden_is_gone_in_every_process(
    made: Made, processes: list[FlaskClient], page: str
) -> None:
    assert all("Ben Ode" in get(client, made, page) and "Caro Lind" in get(client, made, page) for client in processes)
    with write_transaction():
        leave(made.group.id, made.runners[1], NOON)
    assert all("Ben Ode" not in get(client, made, page, viewer) for client in processes for viewer in (0, 2))
    with write_transaction():
        hide_runner(made.runners[2])
    assert all("Caro Lind" not in get(client, made, page, viewer) for client in processes for viewer in (0, 3))


@pytest.mark.parametrize("page", PAGES)
def test_one_who_sees_pages_as_another_member_is_not_marked(made: Made, client: FlaskClient, page: str) -> None:
    get(client, made, page)
    assert client.post(f"/g/{made.group.slug}/me/seen").status_code == 302
    found = client.get(address(made, page)).text
    assert "Ana Ruiz" in shown(found, "main") and not elements(found, ".road__dot--me, .is-me")


@pytest.mark.parametrize(("page", "runners"), [("/road", 150), ("/road/replay", 150)])
def test_a_large_field_names_those_in_front_and_the_viewer_in_their_cluster(
    app: Flask, client: FlaskClient, page: str, runners: int
) -> None:
    clock().set(now=NOON)
    made = board([f"Runner {n:03}" for n in range(runners)])
    for viewer in (2, 90, 149):
        found = get(client, made, page, viewer)
        (mine,) = elements(found, ".spots__one.is-me")
        assert f"Runner {viewer:03} You" in shown(mine.html or "")
        assert "Runner 019" in found and ("Runner 021" in found) is (viewer == 21)
        counts = [shown(dot.html or "") for dot in elements(found, ".road__map--narrow .road__dot")]
        assert sum(int(count) if count.isdigit() else 1 for count in counts) == runners


def test_the_words_about_the_viewer_make_others_give_way(made: Made, client: FlaskClient) -> None:
    choose(made.group.id, made.runners[3], "points")
    set_total(made, {made.entries[3]: 39_500})
    publish(made)
    found = get(client, made, "/road", 3)
    assert "Ana Ruiz , Dora Lang You" in shown(found)
    assert next(label.text() for label in elements(found, ".road__map--narrow .road__name")) == "You and 1"
    assert "Ana Ruiz" not in [label.text() for label in elements(found, ".road__name")]
