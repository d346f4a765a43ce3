"""The captains' page: the waiting runners, their order, and that it reads no more in a large challenge."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, select

from jobs import challenges as jobs
from jobs.scoring import rederive_challenge
from tests.support.baselines import ran
from tests.support.browser import Browser, words
from tests.support.builders import make_connection, make_member, make_runner
from tests.support.cast import run_jobs
from tests.support.drafted import Draft, Large
from tests.support.html import elements, rows_in
from tests.support.statements import asked
from webapp.db import begin_write, db
from webapp.drafts import queries
from webapp.entries import service as entries_service
from webapp.models.accounts import Runner
from webapp.models.challenges import Entry
from webapp.models.groups import Consent
from webapp.models.words import ConnectionState, ConsentLevel
from webapp.teams import balance_service

OK, OUT, BAD = 200, 302, 400
THE_DAY_BEFORE = datetime(2026, 10, 31, 12, tzinfo=UTC)
# Of SQLite's own steps: each of them, since how it counts to more than one depends on what was asked before.
EACH = 1


def entries_in(page: str) -> list[int]:
    """Return the entries that a page offers to pick."""
    return [int(button.attributes["value"] or 0) for button in elements(page, ".rows--pick [name=entry]")]


def statements_of(large: Large, rest: str) -> tuple[Connection, list[tuple[str, Any]]]:
    """Return what a page asks the database, with a connection to ask it once more."""
    db.session.expunge_all()  # as in life, where a request begins with nothing read
    with asked() as statements:
        large.page(rest)
    db.session.rollback()
    reads = [one for one in statements if one[0].lstrip().startswith("SELECT")]
    return db.session.connection(), reads


def rows_read(large: Large, rest: str) -> int:
    """Return how many rows a page reads from the database, by asking it the same once more."""
    connection, statements = statements_of(large, rest)
    return sum(len(connection.exec_driver_sql(*one).fetchall()) for one in statements)


def steps_taken(large: Large, rest: str) -> int:
    """Return how many steps SQLite takes for a page; it counts the rows that are passed over, too."""
    connection, statements = statements_of(large, rest)
    counted = [0]

    def step() -> int:
        counted[0] += 1
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(step, EACH)
    for one in statements:
        connection.exec_driver_sql(*one).fetchall()
    driver.set_progress_handler(None, 0)
    return counted[0]


def names_of(draft: Draft, viewer: int) -> list[tuple[str, int | None]]:
    return [(one.name, one.mileage) for one in queries.candidates(draft.challenge, viewer)]


def test_mileage_is_shown_where_it_is_shared_and_hides_no_order(app: Flask) -> None:
    draft = Draft(1)
    shy = make_member(draft.group, make_runner("Shy"), level="points").runner_id
    bold = make_member(draft.group, make_runner("Bold but shy"), level="points").runner_id
    fast = make_member(draft.group, make_runner("Zoe Fast")).runner_id
    for runner, metres in ((shy, 90_000), (bold, 10_000), (fast, 30_000)):
        ran(runner, [metres])
        entries_service.enter(draft.challenge, runner, THE_DAY_BEFORE)
    expected = [("Zoe Fast", 30_000), ("Runner 02", 0), ("Bold but shy", None), ("Shy", None)]
    assert names_of(draft, shy) == expected
    assert set(db.session.scalars(select(Entry.waiting_m).where(Entry.runner_id.in_([shy, bold])))) == {
        balance_service.HIDDEN
    }


@pytest.mark.both_databases
def test_someone_who_shares_less_from_now_on_shows_nothing_at_once(app: Flask) -> None:
    draft = Draft(2)
    ran(draft.others[1], [50_000])
    consent = db.session.scalars(select(Consent).where(Consent.runner_id == draft.others[0])).one()
    begin_write()
    balance_service.refresh_draft_order(draft.challenge, draft.entries.values(), THE_DAY_BEFORE.date())
    consent.level = ConsentLevel.POINTS
    db.session.commit()
    assert names_of(draft, draft.captains[0]) == [("Runner 03", 50_000), ("Runner 02", None)]


def test_someone_who_took_our_access_away_is_nowhere_on_the_page_until_they_are_back(app: Flask) -> None:
    large = Large(app, 4)
    gone = make_connection(db.session.get_one(Runner, large.runners[3]), state="deauthorised")
    page = words(large.browser.get(f"{large.path}/draft"))
    assert "Runner 0003" in page and "Runner 0004" not in page
    assert "1 runner, with" in page
    jobs.mileage_sweep()
    gone.state = ConnectionState.CONNECTED
    db.session.commit()
    assert "Runner 0004" in large.page()


def test_a_small_group_has_everything_on_one_page(app: Flask) -> None:
    small = Large(app, 12, picked=4)
    page = small.page()
    assert len(entries_in(page)) == 6
    assert len(elements(page, "option")) == 2 * 13
    assert 'type="search"' not in page and "Page 1" not in page and "All picks" not in page
    assert all(f"<li>Runner {n:04}</li>" in page for n in range(3, 7))


def test_every_candidate_of_a_larger_group_is_on_one_page_and_found_by_name(app: Flask) -> None:
    large = Large(app, 120)
    found = [entry for page in (1, 2, 3) for entry in entries_in(large.page(f"draft?page={page}"))]
    assert sorted(found) == large.entries[2:]
    assert [entries_in(large.page(f"draft?q={text}")) for text in ("runner 0077", "NNER 0077", "nobody")] == [
        [large.entries[76]], [large.entries[76]], [],
    ]  # fmt: skip
    assert "Nobody by that name is left" in words(large.browser.get(f"{large.path}/draft?q=%25"))
    assert "118 runners, with" in words(large.browser.get(f"{large.path}/draft?page=99"))


@pytest.mark.only_postgresql  # it is the one that refuses words
@pytest.mark.parametrize("field", ["q", "who"])
@pytest.mark.parametrize("text", ["%00", "%ED%A0%80", "%CC%81", "_", "x" * 9000, "%2F"])
def test_whatever_is_searched_for_gets_a_page(app: Flask, field: str, text: str) -> None:
    large = Large(app, 55)
    wanted = BAD if text == "%00" else OK
    assert large.browser.get(f"{large.path}/draft?{field}={text}&page=0").status_code == wanted


@pytest.mark.both_databases
def test_a_captain_of_a_large_group_is_searched_for_and_then_named(app: Flask) -> None:
    large = Large(app, 120)
    red, blue = large.challenge.teams
    assert len(elements(large.page(), "option")) == 2 * 3, "nobody, and who leads now"
    page = large.page("draft?who=0099")
    assert len(elements(page, "option")) == 2 * 4
    assert elements(page, f"option[value='{large.runners[98]}']")
    form = {f"captain-{red.id}": str(large.runners[98]), f"captain-{blue.id}": str(large.runners[1])}
    assert large.browser.post(f"{large.path}/captains", form).status_code == OUT
    assert "Runner 0099" in words(large.browser.get(f"{large.path}/draft"))
    assert "Nobody by that name is in the challenge" in large.page("draft?who=nobody")


@pytest.mark.both_databases
def test_the_latest_picks_stand_beside_their_team_and_all_of_them_on_pages(app: Flask) -> None:
    large = Large(app, 80, picked=60)
    rederive_challenge(large.challenge.id)
    run_jobs(app)
    teams = queries.draft_teams(large.challenge)
    assert [(len(team.picked), team.more, team.members) for team in teams] == [(queries.NAMED, True, 31)] * 2
    assert [team.picked[-1] for team in teams] == ["Runner 0062", "Runner 0061"]
    jobs.mileage_sweep()
    pages = [rows_in(large.page(f"draft/picks?page={n}"), "tbody tr") for n in (1, 2)]
    assert [len(page) for page in pages] == [50, 10]
    assert pages[1][-1][:2] == ["60", "Runner 0062"]
    assert "31 members, the latest picks here. " in words(large.browser.get(f"{large.path}/draft"))


def test_picks_are_for_members_alone(app: Flask) -> None:
    large, stranger = Large(app, 3), Browser(app)
    stranger.sign_in_as(make_runner())
    assert stranger.get(f"{large.path}/draft/picks").status_code == 404
    assert "Nobody has been picked yet" in large.page("draft/picks")


PAGES = ("draft", "draft?page=20", "draft?q=runner", "draft?who=runner", "draft/picks?page=2", "fix-teams")


def test_no_page_reads_more_rows_of_a_larger_challenge(app: Flask) -> None:
    large = Large(app, 1300, picked=200)
    larger = Large(app, 2600, picked=600)
    assert [rows_read(larger, page) for page in PAGES] == [rows_read(large, page) for page in PAGES]


@pytest.mark.only_sqlite  # which counts its steps
def test_no_page_of_the_draft_costs_the_database_more_in_a_larger_challenge(app: Flask) -> None:
    large = Large(app, 1300, picked=200)
    larger = Large(app, 5200, picked=3000)
    for page in ("draft", "draft?page=20", "draft/picks?page=2"):
        assert steps_taken(larger, page) <= 1.1 * steps_taken(large, page), page
