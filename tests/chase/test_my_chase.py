"""My chase beyond the card: the month as a chart, runs to try out, and the chase of my team."""

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from tests.support.board_pages import address, get, sign_in
from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_day, set_total
from tests.support.chases import board
from tests.support.consents import choose
from tests.support.html import attribute, elements, rows_in, shown
from webapp.breaks.rules import Dates, WantedBreak
from webapp.breaks.service import take_break
from webapp.chase.means_queries import means_of
from webapp.chase.usual_days_queries import usual_days_of
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.leaderboards.queries import board_context_of, rows_of, viewer_of_board
from webapp.models.challenges import Challenge
from webapp.models.scoring import DayScore, LedgerDay
from webapp.rulebook.odds_words import INSTEAD
from webapp.rulebook.ruleset import RuleSet, TeamScore

pytestmark = pytest.mark.usefixtures("noon")

ANA, BEN, CARO, DORA = range(4)
FIRST = date(2026, 11, 1)
ADDRESS = "section[aria-labelledby=month-title]"


def month(client: FlaskClient, made: Made, viewer: int = BEN) -> str:
    return shown(get(client, made, "/chase", viewer), ADDRESS)


def lines(client: FlaskClient, made: Made, viewer: int = BEN) -> list[str]:
    """Return the names over the columns of the chart's table."""
    page = get(client, made, "/chase", viewer)
    return rows_in(page, f"{ADDRESS} thead tr")[0][1:]


@pytest.mark.both_databases
def test_the_month_has_a_line_of_mine_and_one_of_each_neighbour(client: FlaskClient, app: Flask) -> None:
    made = board()
    page = get(client, made, "/chase", BEN)
    assert rows_in(page, f"{ADDRESS} thead tr") == [["Day", "You", "Ana Ruiz", "Caro Lang"]]
    rows = rows_in(page, f"{ADDRESS} tbody tr")
    assert rows[0] == ["Sun 1 Nov", "9.5 km", "10.0 km", "9.0 km"]
    assert rows[-1] == ["Thu 12 Nov", "28.5 km", "30.0 km", "27.0 km"]
    assert len(rows) == 12
    assert elements(page, f"{ADDRESS} .line-chart__band")


def test_the_expected_gap_and_the_crossing_are_said_in_words(client: FlaskClient, app: Flask) -> None:
    made = board()
    assert "If you both go on as before, Ana Ruiz ends up 1.5 km ahead of you." in month(client, made)
    more = (LedgerDay.runner_id == made.runners[BEN]) & (LedgerDay.local_date > TODAY - timedelta(days=20))
    db.session.execute(update(LedgerDay).where(more).values(distance_m=12_000))
    db.session.commit()
    text = month(client, made)
    assert "you end up" in text
    assert "your lines cross on" in text
    assert elements(get(client, made, "/chase", BEN), ".line-chart__crossing")


def test_a_neighbour_who_shows_a_place_only_has_no_line(client: FlaskClient, app: Flask) -> None:
    made = board()
    choose(made.group.id, made.runners[ANA], "points")
    publish(made)
    assert lines(client, made) == ["You", "Caro Lang"]
    assert "Ana Ruiz has no line here" in month(client, made)
    assert lines(client, made, ANA)[0] == "You"


def test_where_a_single_run_counts_nobody_elses_days_are_drawn(client: FlaskClient, app: Flask) -> None:
    made = board(RuleSet(measure="longest_run"))
    for runner in made.runners:
        choose(made.group.id, runner, longest=True)
    publish(made)
    assert lines(client, made) == ["You"]
    text = month(client, made)
    assert "nobody sees the days of others" in text
    assert INSTEAD["no_mean"] in text


@pytest.mark.parametrize("rules", [RuleSet(shape="streak"), RuleSet(measure="active_days")])
def test_where_a_mean_means_nothing_the_chart_leaves_open_how_it_goes_on(
    client: FlaskClient, app: Flask, rules: RuleSet
) -> None:
    made = board(rules, amount=40)
    page = get(client, made, "/chase", BEN)
    assert not elements(page, f"{ADDRESS} .line-chart__band")
    assert "leaves open how it goes on" in shown(page, ADDRESS)
    assert not elements(page, "[data-whatif]")


def test_while_days_are_counted_by_new_rules_there_is_no_chart(client: FlaskClient, app: Flask) -> None:
    made = board()
    db.session.execute(update(Challenge).values(is_changing=True))
    db.session.commit()
    assert "counted again by the new rules" in month(client, made)


def test_a_runner_alone_sees_their_own_line(client: FlaskClient, app: Flask) -> None:
    made = make_board(["Ana Ruiz"])
    set_day(made, made.entries[0], FIRST, 8_000)
    publish(made)
    assert lines(client, made, 0) == ["You"]
    assert "nobody to compare with yet" in month(client, made, 0)


def test_before_anyone_has_scored_there_is_no_chart(client: FlaskClient, app: Flask) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"])
    publish(made)
    assert not elements(get(client, made, "/chase"), ADDRESS)


def test_after_the_last_day_the_chart_has_the_whole_month_and_no_fan(client: FlaskClient, app: Flask) -> None:
    made = board()
    clock().set(now=NOON + timedelta(days=40))
    page = get(client, made, "/chase", BEN)
    assert len(rows_in(page, f"{ADDRESS} tbody tr")) == 30
    assert not elements(page, f"{ADDRESS} .line-chart__band")
    assert not elements(page, "[data-whatif]")
    assert "leaves open" not in shown(page, ADDRESS)


def test_the_slider_says_what_the_chosen_run_would_change(client: FlaskClient, app: Flask) -> None:
    made = board()
    page = get(client, made, "/chase?more=3", BEN)
    chosen = shown(page, "[data-whatif-says]")
    assert chosen.startswith("3 km more:")
    steps = [shown(step.html or "") for step in elements(page, "[data-step]")]
    assert steps[2] == chosen
    assert attribute(page, "input[type=range]", "max") == str(len(steps))
    chances = [int(step.partition("(")[2].split()[0]) for step in steps]
    assert chances == sorted(chances)
    assert chances[-1] > chances[0]


@pytest.mark.parametrize("typed", ["0", "31", "-4", "many", "9" * 200, "1.5"])
def test_a_run_that_cannot_be_tried_is_answered_where_it_was_typed(client: FlaskClient, app: Flask, typed: str) -> None:
    made = board()
    sign_in(client, made.runners[BEN])
    answer = client.get(address(made, f"/chase?more={typed}"))
    assert answer.status_code == 400
    assert "There is no such run to try" in shown(answer.text, "[data-whatif]")
    assert "more=" not in attribute(answer.text, "[data-refresh-url]", "data-refresh-url")
    assert shown(answer.text, "section.chase")


def test_a_run_is_not_asked_for_where_there_is_nothing_to_try(client: FlaskClient, app: Flask) -> None:
    made = board()
    assert "Try" not in get(client, made, "/chase?more=99", ANA)


def test_runs_that_would_change_nothing_are_not_tried_out(client: FlaskClient, app: Flask) -> None:
    made = board()
    set_day(made, made.entries[ANA], TODAY, 900_000)
    publish(made)
    page = get(client, made, "/chase", BEN)
    assert "next to none" in shown(page, "section.chase")
    assert "more today" not in page
    assert not elements(page, "[data-whatif]")


def team_card(client: FlaskClient, made: Made, viewer: int = BEN) -> str:
    return shown(get(client, made, "/chase", viewer), ".chase--team")


@pytest.mark.both_databases
def test_my_team_has_the_same_card(client: FlaskClient, app: Flask) -> None:
    made = board(teams=("Early Birds", "Night Owls"))
    text = team_card(client, made)
    assert "Night Owls is 2nd, chasing Early Birds" in text
    assert "Early Birds 3.0 km ahead" in text
    assert "The chance that your team ends up ahead of Early Birds:" in text
    assert "The chance that Night Owls ends up ahead of your team:" in team_card(client, made, ANA)


def test_how_many_of_us_have_not_run_yet_this_week_is_a_number(client: FlaskClient, app: Flask) -> None:
    made = board(teams=("Early Birds", "Night Owls"))  # everybody ran on Tuesday, the 10th
    assert "You have all run this week, 2 of 2." in team_card(client, made)
    set_day(made, made.entries[DORA], date(2026, 11, 10), 0)
    set_day(made, made.entries[DORA], date(2026, 11, 8), 8_500)
    publish(made)
    assert "1 of 2 has not run yet this week." in team_card(client, made)
    with write_transaction():
        take_break(made.runners[DORA], WantedBreak(Dates(TODAY, None)), TODAY, NOON)
    assert "this week" not in team_card(client, made)  # the number would be about one


def test_a_member_who_shows_a_place_only_is_in_no_number_and_no_odds_of_the_team(
    client: FlaskClient, app: Flask
) -> None:
    made = board(teams=("Early Birds", "Night Owls"))
    choose(made.group.id, made.runners[DORA], "points")
    publish(made)
    text = team_card(client, made)
    assert "this week" not in text
    assert "in 100" not in text
    assert "3.0 km" not in text


@pytest.mark.both_databases
def test_points_of_a_team_are_shown_and_its_odds_are_not_while_somebody_withholds_their_days(
    client: FlaskClient, app: Flask
) -> None:
    made = board(RuleSet(measure="points", shape="steps"), teams=("Early Birds", "Night Owls"))
    db.session.execute(update(DayScore).values(amount=DayScore.value))
    db.session.commit()
    assert "in 100" in team_card(client, made)
    choose(made.group.id, made.runners[DORA], "points")
    publish(made)
    text = team_card(client, made)
    assert "pts ahead" in text
    assert INSTEAD["team_withheld"] in text


@pytest.mark.parametrize("team_score", ["best", "median"])
def test_only_sums_and_averages_of_teams_have_odds(client: FlaskClient, app: Flask, team_score: TeamScore) -> None:
    assert "in 100" in team_card(client, board(RuleSet(team_score="average"), teams=("Early Birds", "Night Owls")))
    made = board(RuleSet(team_score=team_score), teams=("Early Birds", "Night Owls"))
    assert INSTEAD["team_score"] in team_card(client, made)


@pytest.mark.parametrize(
    ("team_score", "much"),
    [("sum", "3.0 km a day on Early Birds, 0.1 km for each of you."), ("average", "0.1 km a day on Early Birds.")],
)
def test_teams_too_large_for_odds_read_what_it_takes(
    client: FlaskClient, app: Flask, team_score: TeamScore, much: str
) -> None:
    names = [f"Ann {chr(65 + n // 26)}{chr(97 + n % 26)}" for n in range(202)]
    made = make_board(names, teams=("Early Birds", "Night Owls"), rules=RuleSet(team_score=team_score))
    set_total(made, dict.fromkeys(made.entries, 2_000) | {made.entries[ANA]: 59_000})
    publish(made)
    text = team_card(client, made)
    assert INSTEAD["large_teams"] in text and f"To draw level, your team needs to gain {much}" in text
    assert "To draw level, Night Owls needs to gain" in team_card(client, made, ANA)


def test_the_tightest_chases_have_their_odds(client: FlaskClient, app: Flask) -> None:
    made = board()
    said = [shown(pair.html or "", ".pair__says") for pair in elements(get(client, made, "/chase", DORA), ".pair")]
    assert len(said) == 3
    assert all("in 100 to end up ahead" in words for words in said)
    choose(made.group.id, made.runners[CARO], "points")
    publish(made)
    after = shown(get(client, made, "/chase", BEN).split("The tightest chases")[1])
    assert "Caro" not in after


def test_a_page_is_good_for_an_hour_and_for_longer_once_the_days_are_over(client: FlaskClient, app: Flask) -> None:
    made = board()
    sign_in(client, made.runners[BEN])
    for began, status in ((NOON, 200), (NOON.replace(month=12, day=1, hour=14), 304)):
        clock().set(now=began)
        known = {"If-None-Match": client.get(address(made, "/chase/part")).headers["ETag"]}
        clock().set(now=began + timedelta(minutes=59))
        assert client.get(address(made, "/chase/part"), headers=known).status_code == 304
        clock().set(now=began + timedelta(hours=2))
        assert client.get(address(made, "/chase/part"), headers=known).status_code == status


@pytest.mark.both_databases
def test_no_mean_is_told_while_days_are_derived_by_other_rules(app: Flask) -> None:
    """They may be minutes where the board shows metres of climb."""
    made = board(RuleSet(measure="climb"))
    viewer = viewer_of_board(made.group.slug, made.challenge.id, made.runners[BEN], 0)
    assert viewer
    context = board_context_of(viewer, NOON)
    others = [row for row in rows_of(context, made.entries).values() if not row.is_me]
    runners = [row.runner_id for row in others]
    assert len(means_of(context, others, NOON)) == len(usual_days_of(context, runners, TODAY)) == 3
    made.challenge.is_changing = True
    db.session.commit()
    assert means_of(context, others, NOON) == usual_days_of(context, runners, TODAY) == {}
