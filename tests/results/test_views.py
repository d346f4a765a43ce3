"""A final board as the members of the group read it."""

from flask import Flask
from sqlalchemy import select, update

from tests.support.board_pages import address
from tests.support.boards import Made, set_total
from tests.support.browser import words
from tests.support.builders import invite_of, make_connection
from tests.support.cast import comes_back, run_jobs
from tests.support.finals import board_json, browser_of, leaves, make_final, page_of
from tests.support.html import elements, rows_in, shown, text_of
from webapp import queue
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.job_names import Job
from webapp.leaderboards import final_board_queries
from webapp.leaderboards import service as boards
from webapp.memberships.service import ShownAs, join
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent
from webapp.names import NameStyle
from webapp.results.queries import places_of, team_places_of
from webapp.rulebook.results import checksum
from webapp.rulebook.ruleset import RuleSet
from webapp.text import search_key

FIVE = {"Ana Ruiz": 9000, "Ben Ode": 7000, "Cy Sol": 4000, "Dora Lang": 4000, "Eve Ito": 0}


def who(rows: list[list[str]]) -> list[tuple[str, str, str]]:
    """Return place, name and total of each row."""
    return [(row[0], row[2], row[4]) for row in rows]


def seen(app: Flask, made: Made, tail: str = "", number: int = 0) -> list[tuple[str, str, str]]:
    return who(rows_in(page_of(app, made, tail, number)))


def test_a_final_board_reads_as_it_stood(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    page = page_of(app, made)
    assert ">Final<" in page
    assert who(rows_in(page)) == [
        ("1", "Ana Ruiz You Reds", "9.0 km"),
        ("2", "Ben Ode Blues", "7.0 km"),
        ("3", "Cy Sol Reds", "4.0 km"),
        ("3", "Dora Lang Blues", "4.0 km"),
        ("–", "Eve Ito Reds", "0.0 km"),
    ]


def test_a_final_page_opens_with_the_first_three_and_my_own_result(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    page = shown(page_of(app, made, number=3))
    assert "The result 1 Ana Ruiz 9.0 km 2 Ben Ode 7.0 km 3 Cy Sol 4.0 km 3 Dora Lang 4.0 km" in page
    assert "You came 3rd of 5, with 4.0 km on 1 day." in page
    assert "You have no place this time." in shown(page_of(app, made, number=4))
    leaves(made, 0)
    assert "The result 1 A former member –" in shown(page_of(app, made, number=3))


def test_the_columns_of_today_and_to_the_next_go_with_the_days(app: Flask) -> None:
    made = make_final(FIVE)
    page = page_of(app, made)
    assert "To next ahead" not in page and ">Today<" not in page
    assert {len(row) for row in rows_in(page)} == {5}


def test_a_former_member_has_a_rank_and_nothing_else(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    leaves(made, 1)
    rows = rows_in(page_of(app, made))
    assert rows[1] == ["2", "", "A former member", "–", "–"]
    assert [row[0] for row in rows] == ["1", "2", "3", "3", "–"]
    assert rows[2][3:] == ["1 day", "4.0 km"]
    told = board_json(app, made)
    assert told["runners"][1] == {"rank": 2, "name": "A former member", "team": None, "total": None, "days": None}
    assert told["teams"][1] == {"rank": 2, "name": "Blues", "score": None, "total": None, "members": 2}


def test_a_final_zero_has_no_place_on_pages_and_in_json_and_its_stored_rank_stays(app: Flask) -> None:
    made = make_final({"Ana Ruiz": 9000, "Ben Ode": 0, "Cy Sol": 0}, ["Reds", "Blues"])
    before = db.session.scalar(select(Challenge.checksum))
    assert before == checksum(places_of(made.challenge.id), team_places_of(made.challenge.id))
    assert [place.rank for place in places_of(made.challenge.id)] == [1, 2, 2]
    assert [row[0] for row in rows_in(page_of(app, made))] == ["1", "–", "–"]
    told = board_json(app, made)
    assert [row["rank"] for row in told["runners"]] == [1, None, None]
    assert [team["rank"] for team in told["teams"]] == [1, None]
    for number in (2, 1):
        leaves(made, number)
        assert [row[0] for row in rows_in(page_of(app, made))] == ["1", "–", "–"]
        assert [row["rank"] for row in board_json(app, made)["runners"]] == [1, None, None]


def test_each_name_of_a_final_board_leads_to_the_days_of_its_own_total(app: Flask) -> None:
    made = make_final({"Ana Ruiz": 1000, "Ben Ode": 4000, "Cy Sol": 9000, "Dora Lang": 6000})
    leaves(made, 3)
    links = [(str(link.attributes["href"]), text_of(link)) for link in elements(page_of(app, made), "a.who__link")]
    assert [name for _, name in links] == ["Cy Sol", "Ben Ode", "Ana Ruiz"]
    for href, name in links:
        opened = page_of(app, made, "/r/" + href.rsplit("/r/", 1)[1])
        assert text_of(elements(opened, "#who")[0]).startswith(name)
        assert f"{made.challenge.name}" in opened


def test_the_first_place_may_be_a_former_members(app: Flask) -> None:
    made = make_final(FIVE)
    leaves(made, 0)
    assert seen(app, made, number=1)[:2] == [("1", "A former member", "–"), ("2", "Ben Ode You", "7.0 km")]


def test_a_team_without_figures_says_why_and_draws_no_bar(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    assert page_of(app, made).count("team__bar-fill") == 2
    leaves(made, 1)
    page = page_of(app, made)
    assert "2 of 2 have run · place only" in page
    assert page.count("team__bar-fill") == 1
    team = page_of(app, made, f"/teams/{made.teams[1]}")
    assert "Somebody who ran has left since" in team and "Dora Lang" in team
    assert "11.0 km" not in team and "5.5 km" not in team


def test_a_team_without_figures_is_still_the_first_of_its_challenge(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    leaves(made, 2)
    run_jobs(app)
    assert "Reds" in words(browser_of(app, made, 1).get(f"/g/{made.group.slug}/seasons"))


def test_the_search_finds_who_is_there_and_nobody_else(app: Flask) -> None:
    made = make_final(FIVE)
    leaves(made, 2)
    assert seen(app, made, "?q=ben", 1) == [("2", "Ben Ode You", "7.0 km")]
    assert "Nobody by that name" in page_of(app, made, "?q=cy")
    assert "Nobody by that name" in page_of(app, made, "?q=former")


def test_my_row_is_in_sight_on_every_page(app: Flask) -> None:
    made = make_final({f"Runner {n:03}": 100_000 - 100 * n for n in range(120)})
    page = page_of(app, made, "?page=2", 110)
    rows = who(rows_in(page))
    assert len(rows) == 51
    assert (rows[0][0], rows[-1][:2]) == ("51", ("111", "Runner 110 You"))
    assert "Go to your place on page 3" in page
    leaves(made, 60)
    assert [row[0] for row in rows_in(page_of(app, made, "?page=2", 110))[9:12]] == ["60", "61", "62"]
    assert len(board_json(app, made)["runners"]) == 50


def test_what_is_run_or_changed_later_shows_nowhere(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    before = board_json(app, made)
    set_total(made, {made.entries[4]: 50_000})
    queue.enqueue(Job.ROLL_OVER_DAYS)
    run_jobs(app)
    assert seen(app, made)[4] == ("–", "Eve Ito Reds", "0.0 km")
    assert {**board_json(app, made), "as_of": None} == {**before, "as_of": None}


def test_a_name_may_still_change(app: Flask) -> None:
    made = make_final(FIVE)
    named = {"shown_name": "Benny", "search_name": search_key("Benny")}
    db.session.execute(update(Consent).where(Consent.runner_id == made.runners[1]).values(**named))
    boards.bump_version([made.challenge.id])
    db.session.commit()
    assert seen(app, made)[1][1] == "Benny"


def test_level_points_shows_the_rank_alone_here_too_and_the_points_where_they_are_points(app: Flask) -> None:
    made = make_final(FIVE)
    db.session.execute(update(Consent).where(Consent.runner_id == made.runners[1]).values(level="points"))
    db.session.commit()
    assert rows_in(page_of(app, made))[1] == ["2", "", "Ben Ode", "–", "–"]
    rules = RuleSet("points", "steps")
    db.session.execute(update(Challenge).values(rules=rules, shown_rules=rules, version=Challenge.version + 1))
    db.session.commit()
    assert rows_in(page_of(app, made))[1] == ["2", "", "Ben Ode", "–", "7.0 pts"]


def test_someone_who_took_our_access_away_is_not_shown_until_they_come_back(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    before = (seen(app, made), board_json(app, made))
    ben = make_connection(db.session.get_one(Runner, made.runners[1]), state="deauthorised")
    boards.hide_runner(ben.runner_id)
    db.session.commit()
    run_jobs(app)
    rows = seen(app, made)
    assert [row[:2] for row in rows] == [
        ("1", "Ana Ruiz You Reds"), ("3", "Cy Sol Reds"), ("3", "Dora Lang Blues"), ("–", "Eve Ito Reds"),
    ]  # fmt: skip
    assert board_json(app, made)["teams"][1]["total"] is None
    assert "Nobody by that name" in page_of(app, made, "?q=ben")
    comes_back(app, ben)
    assert seen(app, made) == before[0]
    assert {**board_json(app, made), "as_of": None} == {**before[1], "as_of": None}


def test_a_longest_run_is_shown_while_its_owner_agrees_to_that(app: Flask) -> None:
    made = make_final(FIVE)
    agreed = update(Consent).where(Consent.runner_id.in_(made.runners[1:]))
    db.session.execute(agreed.values(longest_at=clock().now()))
    db.session.commit()
    places = final_board_queries.places(
        final_board_queries.FinalBoardRef(made.challenge.id, made.group.id, longest=True, in_points=False), 1, 50
    )
    assert [place.consent and place.consent.split("/")[2] for place in places] == [None, *list(FIVE)[1:]]


def test_no_sum_and_no_gap_tells_a_longest_run_whose_owner_does_not_agree_to_that(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    board = final_board_queries.FinalBoardRef(made.challenge.id, made.group.id, longest=True, in_points=False)
    for agreeing, hidden in ((made.runners[1:], True), (made.runners, False)):
        agreed = update(Consent).where(Consent.runner_id.in_(agreeing))
        db.session.execute(agreed.values(longest_at=clock().now()))
        db.session.commit()
        figures = final_board_queries.count(board)
        assert figures.total_of_all == (None if hidden else sum(FIVE.values()))
        assert figures.secret == (frozenset({FIVE["Ana Ruiz"]}) if hidden else frozenset())
        assert final_board_queries.teams_of_hidden(board) == ({made.teams[0]} if hidden else set())


def test_someone_who_comes_back_to_the_group_is_a_new_member(app: Flask) -> None:
    made = make_final(FIVE)
    ben = db.session.get_one(Runner, made.runners[1])
    leaves(made, 1)
    begin_write()
    joined = join(invite_of(made.group), ben, ShownAs(NameStyle.FULL), clock().now())
    db.session.commit()
    assert joined
    page = page_of(app, made, number=1)
    assert [row[2] for row in rows_in(page)] == ["Ana Ruiz", "A former member", "Cy Sol", "Dora Lang", "Eve Ito"]


def test_together_is_hidden_once_somebody_who_ran_has_left(app: Flask) -> None:
    made = make_final({**FIVE, "Flo Bo": 0}, rules=RuleSet(shape="group_goal", params={"goal": 20_000}))
    assert "24.0 km" in page_of(app, made)
    leaves(made, 4)
    assert "24.0 km" in page_of(app, made)
    leaves(made, 1)
    page = page_of(app, made)
    assert "24.0 km" not in page and "17.0 km" not in page
    assert "Somebody who ran has left since" in page


def test_a_browser_that_asks_again_is_told_of_who_left(app: Flask) -> None:
    made = make_final(FIVE)
    browser = browser_of(app, made, 0)
    first = browser.get(address(made, "/part"))
    known = {"If-None-Match": first.headers["ETag"]}
    assert browser.get(address(made, "/part"), headers=known).status_code == 304
    leaves(made, 1)
    again = browser.get(address(made, "/part"), headers=known)
    assert again.status_code == 200 and "Ben Ode" not in words(again)


def test_the_chase_and_the_group_go_on_to_work(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"])
    leaves(made, 0)
    run_jobs(app)
    chase = page_of(app, made, "/chase", 1)
    assert "Ben Ode" in chase and "Ana" not in chase
    group = words(browser_of(app, made, 1).get(f"/g/{made.group.slug}"))
    assert "A former member" in group and "Ana" not in group


def test_until_its_results_are_stored_a_frozen_board_is_read_from_its_placements(app: Flask) -> None:
    made = make_final(FIVE, ["Reds", "Blues"], store=False)
    before = (seen(app, made), board_json(app, made))
    queue.enqueue(Job.CLOSE_SWEEP)
    run_jobs(app)
    assert (seen(app, made), board_json(app, made)) == before
