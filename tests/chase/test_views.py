"""The chase as its runners see it."""

import re
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, update

from tests.support.board_pages import address, get
from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_total
from tests.support.chases import card
from tests.support.consents import choose
from tests.support.html import elements, shown
from tests.support.overtakes import derive_overtakes
from webapp.chase.feed_queries import Feed, feed_of
from webapp.db import db
from webapp.extensions import clock
from webapp.leaderboards.queries import viewer_of_board
from webapp.leaderboards.service import bump_version
from webapp.models.challenges import Entry
from webapp.models.groups import Consent
from webapp.models.scoring import LedgerDay
from webapp.rulebook.ruleset import Eligibility, RuleSet

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def made(app: Flask) -> Made:
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Śliwa", "Dora Lang", "Eve Moe"])
    set_total(made, dict(zip(made.entries, (9000, 4000, 4000, 2500, 0), strict=True)))
    publish(made)
    return made


def without_odds(html: str) -> str:
    return shown(html).replace(shown(html, "div.odds"), "")


def ran(made: Made, viewer: int, metres: int, days_ago: int, sport_class: str = "run") -> None:
    values = {"moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": metres, "sport_class": sport_class}
    day = TODAY - timedelta(days=days_ago)
    row = {"runner_id": made.runners[viewer], "local_date": day, "distance_m": metres, **values}
    db.session.execute(insert(LedgerDay).values(**row))
    db.session.commit()


def feed(made: Made, viewer: int = 0) -> Feed:
    found = viewer_of_board(made.group.slug, made.challenge.id, made.runners[viewer], 0)
    assert found
    return feed_of(found)


def test_my_card_names_the_next_ahead_and_behind(client: FlaskClient, made: Made) -> None:
    text = card(client, made, 1)
    assert "You are 2nd, chasing Ana Ruiz" in text
    assert "Ana Ruiz 5.0 km ahead" in text
    assert "Dora Lang 1.5 km back" in text
    assert "Beside you, on the same total: Caro Śliwa." in text


def test_under_my_card_stands_what_is_left_of_my_target(client: FlaskClient, made: Made) -> None:
    db.session.execute(update(Entry).where(Entry.id == made.entries[1]).values(target=23_000))
    db.session.commit()
    assert shown(get(client, made, "/chase", 1), "a.target") == "My target: 23.0 km 19.0 km to go, 1.0 km a day"
    assert "My target" not in get(client, made, "/chase", 0)


def test_what_it_takes_is_the_gap_over_the_days_left_and_the_rivals_mean(client: FlaskClient, made: Made) -> None:
    ran(made, 0, 14_000, 3)
    ran(made, 0, 99_000, 15)  # too long ago
    ran(made, 1, 2_800, 1)
    # 5,000 m over 19 days and a mean of 1,000 m: 1,264 m
    text = card(client, made, 1)
    assert "1.3 km a day would catch Ana Ruiz by Mon 30 Nov." in text
    assert "Over the last 14 days they pulled away by 0.8 km a day." in text


def test_one_run_of_the_usual_length_is_said_as_that(client: FlaskClient, made: Made) -> None:
    ran(made, 0, 14_000, 3)
    ran(made, 1, 6_000, 1)
    assert "One run of 5.1 km puts you ahead of Ana Ruiz." in card(client, made, 1)
    assert "one run of 5.1 km would do" in shown(get(client, made, "/chase", 0))


def test_a_runner_who_closes_in_by_their_usual_days_reads_the_date(client: FlaskClient, made: Made) -> None:
    ran(made, 0, 14_000, 3)
    for days_ago in range(1, 11):
        ran(made, 1, 4_900, days_ago)
    # 49 km in 14 days against 14 km: 2,500 m a day
    text = card(client, made, 1)
    assert "Keep running as in the last 14 days and you draw level with Ana Ruiz by Fri 13 Nov." in text
    assert "Over the last 14 days you closed in by 2.5 km a day." in text


def test_a_rival_out_of_reach_is_called_so_with_what_is_in_reach(client: FlaskClient, made: Made) -> None:
    set_total(made, {made.entries[0]: 300_000})
    publish(made)
    ran(made, 0, 140_000, 3)
    ran(made, 1, 1_500, 1)
    text = card(client, made, 1)
    assert (
        "Ana Ruiz is out of reach this month. In reach: 5.0 km , with 1.0 km to go, and staying ahead of Dora" in text
    )
    assert "a day" not in text
    assert "far" not in shown(get(client, made, "/chase", 1)).split("The tightest chases")[1]


def test_nothing_is_said_to_one_who_has_not_run_for_eight_weeks(client: FlaskClient, made: Made) -> None:
    ran(made, 0, 14_000, 3)
    assert "would catch" not in card(client, made, 1)


def test_what_others_run_in_a_day_of_time_is_known_by_their_scores_alone(client: FlaskClient) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Śliwa"], rules=RuleSet(measure="moving_time"))
    set_total(made, dict(zip(made.entries, (9000, 8160, 100), strict=True)))
    publish(made)
    for viewer in range(3):
        ran(made, viewer, 14_000, 20)
    db.session.execute(update(LedgerDay).values(moving_s=50_000))
    db.session.commit()
    chases = shown(get(client, made, "/chase", 0)).split("The tightest chases")[1]
    assert "Ben Ode 14 min behind Ana Ruiz You one run of 15 min would do" in chases  # his day of 3 November
    assert "One run of" in card(client, made, 1)
    assert "Caro Śliwa 2:14 h behind Ben Ode" in chases
    assert chases.count("would do") == 1  # her days of 50,000 s are nobody's business


@pytest.mark.parametrize(
    ("measure", "totals", "is_shared"),
    [
        ("distance", (9000, 4000, 100), True),
        ("moving_time", (9000, 4000, 100), False),
        ("climb", (900, 400, 10), False),
        ("runs", (9, 4, 1), False),
    ],
)
def test_what_others_ran_before_the_challenge_is_used_by_distance_only(
    client: FlaskClient, measure: str, totals: tuple[int, int, int], is_shared: bool
) -> None:
    """Except for odds, which also use whole past weeks, as boards over any dates show them."""
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Śliwa"], rules=RuleSet(measure=measure))
    set_total(made, dict(zip(made.entries, totals, strict=True)))
    publish(made)
    for days_ago in range(1, 11):
        ran(made, 1, 1_000, days_ago)
    before = without_odds(get(client, made, "/chase", 1))
    ran(made, 0, 50_000, 13)  # 30 October
    db.session.execute(
        update(LedgerDay).where(LedgerDay.distance_m == 50_000).values(moving_s=80_000, climb_m=3_000, runs=20)
    )
    db.session.commit()
    assert (without_odds(get(client, made, "/chase", 1)) != before) is is_shared


def test_where_walks_count_they_are_in_the_mean_and_elsewhere_not(client: FlaskClient, made: Made) -> None:
    ran(made, 0, 14_000, 3)
    ran(made, 0, 14_000, 3, "foot")
    ran(made, 1, 1_000, 3)
    assert "1.3 km a day would catch Ana Ruiz" in card(client, made, 1)
    walks = RuleSet(counts=Eligibility(sports=frozenset({"Run", "Walk"})))
    made.challenge.rules = made.challenge.shown_rules = walks
    made.challenge.version += 1
    db.session.commit()
    # 5,000 m over 19 days and a mean of 2,000 m: 2,264 m
    assert "2.3 km a day would catch Ana Ruiz" in card(client, made, 1)


def test_nobody_is_chased_with_nothing(client: FlaskClient, made: Made) -> None:
    text = card(client, made, 3)
    assert "You are 4th, chasing" in text
    assert "Eve" not in text


def test_the_leader_sees_the_margin(client: FlaskClient, made: Made) -> None:
    text = card(client, made, 0)
    assert "You are in front" in text
    assert "Your margin is 5.0 km" in text


def test_someone_who_has_not_run_chases_the_last_who_has(client: FlaskClient, made: Made) -> None:
    text = card(client, made, 4)
    assert "No place yet" in text
    assert "Dora Lang 2.5 km ahead" in text
    assert "Next behind Nobody yet" in text


def test_with_all_at_zero_there_is_no_chase_yet(client: FlaskClient, app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    publish(made)
    page = get(client, made, "/chase")
    assert "Everyone on the start line" in page
    assert "No chase yet" in page


def test_someone_who_is_not_on_the_board_is_told_why(client: FlaskClient, made: Made) -> None:
    db.session.execute(delete(Entry).where(Entry.id == made.entries[4]))
    db.session.commit()
    assert "You are not on the board yet" in shown(get(client, made, "/chase", 4))
    clock().set(now=NOON + timedelta(days=30))
    assert "It was finished before you joined" in shown(get(client, made, "/chase", 4))


def test_without_days_left_there_is_no_figure(client: FlaskClient, made: Made) -> None:
    clock().set(now=NOON + timedelta(days=19))
    text = card(client, made, 1)
    assert "a day" not in text
    assert "The challenge is over. Late runs can still come in." in text


def test_nobody_closes_in_on_anybody_once_the_days_are_run(client: FlaskClient, made: Made) -> None:
    later = NOON + timedelta(days=19)
    ran(made, 1, 28_000, -18)  # in the next month, which is another story
    clock().set(now=later)
    page = shown(get(client, made, "/chase", 1))
    assert "shrinks" not in page and "grows" not in page


def test_a_closed_chase_has_a_result(client: FlaskClient, made: Made) -> None:
    clock().set(now=NOON + timedelta(days=40))
    assert "You came 2nd" in card(client, made, 1)
    assert "You came first" in card(client, made, 0)
    assert "It is settled" in card(client, made, 1)


def test_no_gap_and_no_odds_lead_to_someone_who_shows_a_place_only(client: FlaskClient, made: Made) -> None:
    choose(made.group.id, made.runners[0], "points")
    ran(made, 0, 14_000, 3)
    text = card(client, made, 1)
    assert "chasing Ana Ruiz" in text and "would catch" not in text and "km ahead" not in text
    assert "Ana Ruiz" not in shown(get(client, made, "/chase", 1).split("The tightest chases")[1])
    assert "Ana Ruiz" in shown(get(client, made, "/chase", 1)) and "gap" not in card(client, made, 0)


def test_nobody_is_said_to_share_a_total_with_someone_who_shows_a_place_only(client: FlaskClient, made: Made) -> None:
    assert "on the same total: Caro Śliwa" in card(client, made, 1)
    choose(made.group.id, made.runners[2], "points")
    assert "on the same total" not in card(client, made, 1)


def pairs_seen(client: FlaskClient, made: Made, viewer: int) -> list[tuple[str, str]]:
    page = shown(get(client, made, "/chase", viewer).split("The tightest chases")[1])
    return re.findall(r"(Dora Lang|Ben Ode|Caro Śliwa) (?:You )?(\d\.\d) km behind", page)


def test_chases_stand_tightest_first(client: FlaskClient, made: Made) -> None:
    # Dora is 1.5 km behind Ben and Caro, who are 5 km behind Ana.
    assert pairs_seen(client, made, 4) == [("Dora Lang", "1.5"), ("Ben Ode", "5.0"), ("Caro Śliwa", "5.0")]


def test_my_own_chase_stands_first_in_the_list(client: FlaskClient, made: Made) -> None:
    assert pairs_seen(client, made, 2) == [("Caro Śliwa", "5.0"), ("Dora Lang", "1.5"), ("Ben Ode", "5.0")]


@pytest.mark.parametrize("viewer", [0, 30, 44])
def test_each_chase_is_on_one_page_once(client: FlaskClient, app: Flask, viewer: int) -> None:
    made = make_board([f"Runner {n:02}" for n in range(45)])
    set_total(made, {entry: 1000 * (n + 1) for n, entry in enumerate(made.entries)})
    publish(made)
    keys = [
        pair.attributes["data-key"]
        for page in (1, 2, 3)
        for pair in elements(get(client, made, f"/chase?page={page}", viewer), ".pair")
    ]
    assert len(keys) == len(set(keys)) == 44


def test_many_chases_come_in_pages(client: FlaskClient, app: Flask) -> None:
    made = make_board([f"Runner {n:02}" for n in range(45)])
    set_total(made, {entry: 1000 * (n + 1) for n, entry in enumerate(made.entries)})
    publish(made)
    counts = [len(elements(get(client, made, f"/chase?page={page}"), ".pair")) for page in (1, 2, 3, 4)]
    assert counts == [20, 20, 4, 0]


def test_nothing_new_is_answered_with_304(client: FlaskClient, made: Made) -> None:
    get(client, made, "/chase/part")
    tag = client.get(address(made, "/chase/part")).headers["ETag"]
    assert client.get(address(made, "/chase/part"), headers={"If-None-Match": tag}).status_code == 304
    set_total(made, {made.entries[4]: 100}, day=TODAY)
    publish(made)
    assert client.get(address(made, "/chase/part"), headers={"If-None-Match": tag}).status_code == 200


def test_the_feed_tells_the_latest_dates_first(app: Flask, made: Made) -> None:
    *_, caro, dora, _ = made.entries
    set_total(made, {dora: 2000}, day=date(2026, 11, 5))
    set_total(made, {caro: 8000}, day=date(2026, 11, 7))
    publish(made)
    derive_overtakes(made)
    found = feed(made, viewer=1)
    assert [(item.date.day, item.passer.name, [who.name for who in item.passed]) for item in found.items] == [
        (7, "Caro Śliwa", ["Ana Ruiz", "Dora Lang"]),
        (5, "Dora Lang", ["Ben Ode", "Caro Śliwa"]),
    ]
    assert found.items[1].passed[0].is_me
    assert found.more == 0


def test_the_feed_shows_ten_lines_and_counts_the_rest(app: Flask) -> None:
    made = make_board([f"Runner {n:02}" for n in range(13)])
    set_total(made, {entry: 100 * (n + 1) for n, entry in enumerate(made.entries)})
    set_total(made, {entry: 5000 + 1000 * -n + 13_000 for n, entry in enumerate(made.entries)}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    found = feed(made)
    assert len(found.items) == 10
    assert found.more == 2
    assert found.items[0].passed_count == 12
    assert len(found.items[0].passed) == 10


def test_the_feed_names_nobody_who_shares_points_only(app: Flask, made: Made) -> None:
    *_, dora, _ = made.entries
    set_total(made, {dora: 2000}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    db.session.execute(update(Consent).where(Consent.runner_id == made.runners[1]).values(level="points"))
    bump_version([made.challenge.id])
    db.session.commit()
    item = feed(made).items[0]
    assert [who.name for who in item.passed] == ["Caro Śliwa"]
    assert item.passed_count == 2
    db.session.execute(update(Consent).where(Consent.runner_id == made.runners[3]).values(level="points"))
    bump_version([made.challenge.id])
    db.session.commit()
    assert feed(made).items == []


def test_names_lead_to_the_days_of_a_total_and_more_overtakes_to_a_page(client: FlaskClient, made: Made) -> None:
    *_, dora, _ = made.entries
    set_total(made, {dora: 2000}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    page = get(client, made, "/chase", 1)
    assert f'href="{address(made)}/r/{made.entries[0]}">Ana Ruiz</a>' in page
    listed = get(client, made, "/overtakes")
    assert f'href="{address(made)}/r/{dora}">Dora Lang</a></strong> went past' in listed
    assert f'href="{address(made)}/r/{made.entries[1]}">Ben Ode</a>' in listed
    assert "No overtakes here" in get(client, made, "/overtakes?page=2")


def test_the_group_page_leads_from_members_and_teams_to_what_they_did(client: FlaskClient) -> None:
    made = make_board([f"Runner {n:02}" for n in range(24)], teams=["Reds"])
    set_total(made, {entry: 1000 * (n + 1) for n, entry in enumerate(made.entries)})
    set_total(made, {entry: 60_000 - 2000 * n for n, entry in enumerate(made.entries)}, day=date(2026, 11, 5))
    publish(made)
    derive_overtakes(made)
    get(client, made)
    page = client.get(f"/g/{made.group.slug}").text
    assert f'class="name-link" href="{address(made)}/r/{made.entries[0]}">Runner 00</a>' in page
    assert "All members" in page
    assert f'href="{address(made)}/overtakes">and 13 more' in page


def test_the_card_says_the_odds_in_words_first_and_what_one_more_run_would_change(
    client: FlaskClient, made: Made
) -> None:
    for viewer in (0, 1):
        for days_ago in range(1, 30, 2):
            ran(made, viewer, 6_000, days_ago)
    text = shown(get(client, made, "/chase", 1), "div.odds")
    assert re.search(r"^Your chance of ending up ahead of Ana Ruiz: \w[\w ]+ \d+ in 100", text)
    assert re.search(r"6 km more today: \d+ → \d+ from \d+ to \d+ in 100", text)
    assert "both of you go on as in the last weeks and the last year" in text


def test_without_history_the_card_says_when_odds_begin(client: FlaskClient, made: Made) -> None:
    assert shown(get(client, made, "/chase", 1), "div.odds") == (
        "Odds begin once both of you have been running for a week."
    )
