"""The board as its members see it."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.support.board_pages import address, get, sign_in
from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_total
from tests.support.builders import make_runner
from tests.support.html import attribute, elements, rows_in, shown
from webapp.db import db
from webapp.extensions import clock
from webapp.leaderboards import service
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Entry, Team
from webapp.models.groups import Consent
from webapp.rulebook.ruleset import RuleSet

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana leads before Ben and Caro on one total; Dora has not run."""
    made = make_board(["Ana Ruiz", "Ben <b>Ode</b>", "Caro Śliwa", "Dora Lang"], teams=["Reds", "Blues"])
    set_total(made, dict(zip(made.entries, (9000, 4000, 4000, 0), strict=True)))
    set_total(made, {made.entries[2]: 5000}, day=TODAY - timedelta(days=1))
    set_total(made, {made.entries[0]: 2500}, day=TODAY)
    publish(made)
    return made


def test_a_member_sees_rank_name_team_today_days_gap_and_total(client: FlaskClient, made: Made) -> None:
    rows = rows_in(get(client, made, viewer=3))
    assert [row[0] for row in rows] == ["1", "2", "3", "–"]
    assert rows[0] == [
        "1",
        "same place as yesterday",
        "Ana Ruiz Reds",
        "+2.5 km today",
        "2 days",
        "in front",
        "11.5 km",
    ]
    assert rows[1][2:] == ["Caro Śliwa Reds", "not yet today", "2 days", "2.5 km to next", "9.0 km"]
    assert rows[3][1:] == ["", "Dora Lang You Blues", "not yet today", "0 days", "–", "0.0 km"]


@pytest.mark.parametrize(
    ("hour", "said"), [("2026-11-30T09", "Last day"), ("2026-12-01T02", "Ending"), ("2026-12-01T13", "Last uploads")]
)
def test_a_day_that_is_over_here_and_not_yet_everywhere_is_ending(
    client: FlaskClient, made: Made, hour: str, said: str
) -> None:
    clock().set(now=datetime.fromisoformat(f"{hour}:00:00+00:00"))
    assert f">{said}" in get(client, made)


@pytest.mark.parametrize(
    "tail", ["", "/chase", "/my-runs", "/rules", "/mine", "/baselines", "/teams/{team}", "/r/{entry}"]
)
def test_every_page_says_until_when_late_runs_count_and_when_it_is_final(
    client: FlaskClient, made: Made, tail: str
) -> None:
    tail = tail.format(team=made.teams[0], entry=made.entries[0])
    assert "Late runs count" not in get(client, made, tail)
    clock().set(now=datetime.fromisoformat("2026-12-01T13:00:00+00:00"))
    page = get(client, made, tail)
    assert "Late runs count until Wed 2 Dec, 12:00 (group time)." in page
    assert "the board is final by Thu 3 Dec, 12:00" in page
    clock().set(now=datetime.fromisoformat("2026-12-02T13:00:00+00:00"))
    page = get(client, made, tail)
    assert "late runs no longer count" in page
    assert "the board is final by Thu 3 Dec, 12:00" in page


def test_after_the_last_day_no_row_speaks_of_today(client: FlaskClient, made: Made) -> None:
    clock().set(now=datetime.fromisoformat("2026-12-01T13:00:00+00:00"))
    page = get(client, made)
    assert "not yet" not in page and "to next" not in page
    assert {len(row) for row in rows_in(page)} == {5}


def test_nobody_has_a_place_while_all_stand_at_zero(client: FlaskClient) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"])
    set_total(made, dict.fromkeys(made.entries, 0), day=TODAY)
    publish(made)
    page = get(client, made)
    assert [(row[0], row[5]) for row in rows_in(page)] == [("–", "–"), ("–", "–")]
    assert "No places yet: nobody has scored" in page
    clock().set(now=NOON - timedelta(days=20))
    assert "It begins on Sun 1 Nov" in get(client, made)


def test_zero_has_no_place_in_json_either(client: FlaskClient, made: Made) -> None:
    set_total(made, dict.fromkeys((made.entries[1], made.entries[3]), 0))
    publish(made)
    sign_in(client, made.runners[0])
    board = client.get(address(made, "/board.json")).get_json()
    assert [(row["rank"], row["total"] > 0) for row in board["runners"]] == [
        (1, True),
        (2, True),
        (None, False),
        (None, False),
    ]
    assert [(team["rank"], team["total"]) for team in board["teams"]] == [(1, 20500), (None, 0)]


def test_a_board_of_targets_says_who_has_none_and_not_that_nobody_has_run(client: FlaskClient) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"], rules=RuleSet(shape="target_share"))
    publish(made)
    page = get(client, made)
    assert "2 runners still have to set one" in page
    assert "nobody has scored" not in page
    assert "Scores here are shares of each runner’s own target" in get(client, made, "/chase")
    db.session.execute(update(Entry).where(Entry.id == made.entries[0]).values(target=100_000))
    set_total(made, {made.entries[0]: 40_000})
    publish(made)
    page = get(client, made)
    assert [row[0] for row in rows_in(page)] == ["1", "–"]
    assert "1 runner has no target, and so no place." in page
    assert "You have set no target here" in get(client, made, "/chase", viewer=1)


def test_a_runner_without_a_baseline_is_being_measured(client: FlaskClient) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"], rules=RuleSet(shape="improvement"))
    publish(made)
    assert "No places yet: the earlier weeks of 2 runners are being measured" in get(client, made)
    db.session.execute(
        update(Entry).where(Entry.id == made.entries[0]).values(baseline_snapshot_at=NOON, baseline=20_000)
    )
    set_total(made, {made.entries[0]: 40_000})
    publish(made)
    assert "The earlier weeks of 1 runner are being measured. Until then they have no place." in get(client, made)
    assert "Your weeks before the challenge are being measured" in get(client, made, "/chase", viewer=1)


def test_equal_totals_share_a_rank_and_stand_by_entry(client: FlaskClient, made: Made) -> None:
    set_total(made, {made.entries[2]: 0}, day=TODAY - timedelta(days=1))
    publish(made)
    rows = rows_in(get(client, made))
    assert [(row[0], row[2].split()[0]) for row in rows] == [("1", "Ana"), ("2", "Ben"), ("2", "Caro"), ("–", "Dora")]


def test_movement_compares_with_yesterday(client: FlaskClient, made: Made) -> None:
    set_total(made, {made.entries[1]: 7000}, day=TODAY)
    publish(made)
    moves = {row[2].split()[0]: row[1] for row in rows_in(get(client, made))}
    assert moves["Ben"] == "up 1 since yesterday"
    assert moves["Caro"] == "down 2 since yesterday"  # yesterday beside Ana, in front


def test_a_late_upload_moves_both_ranks(client: FlaskClient, made: Made) -> None:
    set_total(made, {made.entries[1]: 7000}, day=TODAY - timedelta(days=2))
    publish(made)
    rows = {row[2].split()[0]: row[:2] for row in rows_in(get(client, made))}
    assert rows["Ben"] == ["2", "down 1 since yesterday"]
    assert rows["Ana"] == ["1", "up 1 since yesterday"]


def test_someone_who_began_today_is_new(client: FlaskClient, made: Made) -> None:
    set_total(made, {made.entries[3]: 1000}, day=TODAY)
    publish(made)
    assert {row[2].split()[0]: row[1] for row in rows_in(get(client, made))}["Dora"] == "new"


def test_names_are_text_and_never_markup(client: FlaskClient, made: Made) -> None:
    page = get(client, made)
    assert "Ben &lt;b&gt;Ode&lt;/b&gt;" in page
    assert "<b>Ode" not in page
    db.session.execute(update(Consent).values(shown_name="<script> <img src=x>"))
    db.session.execute(update(Team).values(name=Team.id.concat("<svg onload=x>")))
    service.bump_version([made.challenge.id])
    db.session.commit()
    for tail in ("", "/part", "/chase", f"/teams/{made.teams[0]}"):
        page = get(client, made, tail)
        assert "&lt;" in page
        assert elements(page, "script:not([src]), img, svg[onload]") == []


def test_miles_are_for_who_wants_them(client: FlaskClient, made: Made) -> None:
    db.session.execute(update(Runner).where(Runner.id == made.runners[0]).values(units="mi"))
    db.session.commit()
    assert rows_in(get(client, made))[0][6] == "7.1 mi"


def test_teams_show_sum_average_and_members(client: FlaskClient, made: Made) -> None:
    page = shown(get(client, made))
    assert "Reds Your team 20.5 km 2 of 2 have run · 10.2 km each" in page
    assert "Blues 4.0 km 1 of 2 have run · 4.0 km each" in page


def test_a_team_has_a_page_of_its_own(client: FlaskClient, made: Made) -> None:
    page = shown(get(client, made, f"/teams/{made.teams[0]}"))
    assert "Ana Ruiz You 2 days 11.5 km" in page
    assert "Ben" not in page
    sign_in(client, made.runners[0])
    assert client.get(address(made, "/teams/99999")).status_code == 404
    assert client.get(address(made, f"/teams/{made.teams[0]}?page=999")).status_code == 200


def test_the_page_of_a_team_lists_the_members_who_have_not_run_yet(client: FlaskClient, made: Made) -> None:
    page = shown(get(client, made, f"/teams/{made.teams[1]}"))
    assert page.index("1 day 4.0 km") < page.index("Dora Lang 0 days –")


def test_the_search_finds_a_shown_name_without_accents(client: FlaskClient, made: Made) -> None:
    rows = rows_in(get(client, made, "?q=SLIWA"))
    assert [row[2] for row in rows] == ["Caro Śliwa Reds", "Ana Ruiz You Reds"]  # and my own row below
    assert rows[0][0] == "2"
    assert "Nobody by that name" in get(client, made, "?q=%25")
    assert "Nobody by that name" in get(client, made, "?q=zzz")


@pytest.mark.parametrize("page", ["0", "-1", "abc", "999", "9" * 40, "²"])
def test_a_page_that_is_none_shows_one_that_is(client: FlaskClient, made: Made, page: str) -> None:
    assert len(rows_in(get(client, made, f"?page={page}"))) == 4


def test_my_row_stays_in_sight_on_another_page(client: FlaskClient, app: Flask) -> None:
    made = make_board([f"Runner {n:03}" for n in range(120)])
    set_total(made, {entry: 1000 * (n + 1) for n, entry in enumerate(made.entries)})
    publish(made)
    page = get(client, made, "?page=1", viewer=0)
    rows = rows_in(page)
    assert len(rows) == 51
    assert rows[-1][:3] == ["120", "same place as yesterday", "Runner 000 You"]
    assert "Go to your place on page 3" in page
    assert [row[0] for row in rows_in(get(client, made, "?page=3", viewer=0))] == [str(n) for n in range(101, 121)]


def test_strangers_and_wrong_addresses_get_404(client: FlaskClient, made: Made) -> None:
    sign_in(client, make_runner("Eve").id)
    other = make_board(["Fay"])
    tails = ("", "/part", "/board.json", f"/teams/{made.teams[0]}", "/chase", "/chase/part")
    for tail in tails:
        assert client.get(address(made, tail)).status_code == 404
    sign_in(client, made.runners[0])
    assert client.get(address(other)).status_code == 404
    assert client.get(f"/g/{made.group.slug}/c/{other.challenge.id}").status_code == 404
    assert client.get(f"/g/{made.group.slug}/c/{10**30}").status_code == 404


def test_a_visitor_is_sent_to_sign_in_and_back(client: FlaskClient, made: Made) -> None:
    answer = client.get(address(made, "?page=2"))
    assert answer.status_code == 302
    back = parse_qs(urlsplit(answer.location).query)["next"]
    assert back == [f"{address(made)}?page=2"]


def test_a_session_ended_elsewhere_is_over(client: FlaskClient, made: Made) -> None:
    sign_in(client, made.runners[0])
    db.session.execute(update(Runner).values(session_epoch=1))
    db.session.commit()
    assert client.get(address(made)).status_code == 302


def test_nothing_new_is_answered_with_304(client: FlaskClient, made: Made) -> None:
    page = get(client, made)
    asked = {"If-None-Match": attribute(page, "", "data-refresh-etag")}
    answer = client.get(address(made, "/part"), headers=asked)
    assert (answer.status_code, answer.text) == (304, "")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    set_total(made, {made.entries[3]: 1000}, day=TODAY)
    publish(made)
    answer = client.get(address(made, "/part"), headers=asked)
    assert answer.status_code == 200
    assert answer.headers["ETag"].startswith("W/")
    assert "Dora" in answer.text
    assert "<html" not in answer.text


@pytest.mark.parametrize("tail", ["?page=2", "?q=ana"])
def test_another_page_or_search_has_another_tag(client: FlaskClient, made: Made, tail: str) -> None:
    sign_in(client, made.runners[0])
    first, other = (client.get(address(made, f"/part{end}")).headers["ETag"] for end in ("", tail))
    assert first != other


def test_the_board_of_a_deleted_challenge_never_shows_in_a_new_one(client: FlaskClient, made: Made) -> None:
    get(client, made)
    key = made.challenge.id
    db.session.execute(update(Team).values(name=Team.name + " again"))
    db.session.execute(update(Challenge).where(Challenge.id == key).values(created_at=NOON + timedelta(days=1)))
    db.session.commit()
    assert "Reds again" in get(client, made)


def test_the_json_has_its_agreed_shape(client: FlaskClient, made: Made) -> None:
    sign_in(client, made.runners[3])
    board = client.get(address(made, "/board.json?page=1")).get_json()
    assert board.keys() == {"challenge", "as_of", "runners", "teams", "pages"}
    assert board["as_of"] == TODAY.isoformat()
    assert board["pages"] == 1
    assert board["runners"][0] == {"rank": 1, "name": "Ana Ruiz", "team": "Reds", "total": 11_500, "days": 2}
    assert board["teams"] == [
        {"rank": 1, "name": "Reds", "score": [20_500, 1], "total": 20_500, "members": 2},
        {"rank": 2, "name": "Blues", "score": [4000, 1], "total": 4000, "members": 2},
    ]


@pytest.mark.parametrize(("page", "status"), [("2", 404), ("0", 400), ("x", 400), ("9" * 5000, 400)])
def test_json_refuses_a_page_that_is_none(client: FlaskClient, made: Made, page: str, status: int) -> None:
    sign_in(client, made.runners[0])
    answer = client.get(address(made, f"/board.json?page={page}"))
    assert answer.status_code == status
    assert answer.get_json().keys() == {"error", "message"}


def test_an_unpublished_board_is_empty_and_says_so(client: FlaskClient, app: Flask) -> None:
    made = make_board(["Ana"])
    assert "Nobody has joined yet" in get(client, made)
    sign_in(client, made.runners[0])
    assert client.get(address(made, "/board.json")).get_json()["runners"] == []


def test_the_rank_is_all_that_level_points_shares(client: FlaskClient, made: Made) -> None:
    db.session.execute(update(Consent).where(Consent.runner_id == made.runners[0]).values(level="points"))
    db.session.commit()
    seen = rows_in(get(client, made, viewer=1))[0]
    assert seen == ["1", "", "Ana Ruiz Reds", "–", "–", "in front", "–"]
    own = rows_in(get(client, made, viewer=0))[0]
    assert own[3] == "+2.5 km today"


def test_withdrawn_consent_hides_a_row_before_anything_is_published(client: FlaskClient, made: Made) -> None:
    db.session.execute(update(Consent).where(Consent.runner_id == made.runners[0]).values(withdrawn_at=NOON))
    db.session.commit()
    assert "Ana" not in "".join(row[2] for row in rows_in(get(client, made, viewer=1)))


def test_a_closed_challenge_shows_no_movement(client: FlaskClient, made: Made) -> None:
    clock().set(now=NOON + timedelta(days=40))
    rows = rows_in(get(client, made))
    assert {row[1] for row in rows} == {""}
    assert rows[0][4] == "11.5 km"


def test_a_board_of_twelve_thousand_works_to_its_last_page(client: FlaskClient, app: Flask) -> None:
    made = make_board([f"Runner {n}" for n in range(12_000)])
    publish(made)
    rows = rows_in(get(client, made, "?page=240", viewer=7))
    assert len(rows) == 51
    assert rows[0][0] == "–"
