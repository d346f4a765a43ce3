"""A total opened into its days: for its owner with the runs, for the group by day, and for who shares less, less."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.builders import NOON, make_connection
from tests.support.cast import run_jobs
from tests.support.disputes import Dispute
from tests.support.html import elements
from tests.support.reading import plain, read
from webapp.db import db
from webapp.leaderboards.service import publish
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent
from webapp.reviews.service import Ruled
from webapp.rulebook.judging import Decision
from webapp.rulebook.ruleset import RuleSet


@pytest.fixture
def dispute(app: Flask) -> Dispute:
    """Mia has run on two days; her run that was too fast was adjusted."""
    made = Dispute(app)
    made.read(
        "2",
        title="Long one",
        local_date=date(2026, 11, 10),
        start_utc=NOON.replace(day=10),
        distance_m=21_000,
        moving_s=6000,
    )
    made.decide(made.ask(), Ruled(Decision.ADJUST, "Five.", (5000, 1500)))
    on_the_board(made)
    return made


def on_the_board(made: Dispute) -> None:
    publish(made.challenge.id, NOON.date())
    db.session.commit()


def page_of(dispute: Dispute) -> str:
    return f"{dispute.home}/r/{dispute.entry.id}"


def share(dispute: Dispute, **values: object) -> None:
    db.session.execute(update(Consent).where(Consent.runner_id == dispute.mia.id).values(**values))
    db.session.commit()


def test_a_name_on_the_board_leads_to_the_days_of_its_total(app: Flask, dispute: Dispute) -> None:
    for viewer in (dispute.olga, dispute.mia):
        assert f'href="{page_of(dispute)}"' in read(app, viewer, dispute.home)


def test_others_see_name_place_total_and_days_and_no_run(app: Flask, dispute: Dispute) -> None:
    page = read(app, dispute.olga, page_of(dispute))
    said = plain(page)
    for shown in ("Mia Meyer", "26.0 km", "Tue 10 Nov 21.0 km", "Thu 12 Nov 5.0 km", "Active days 2"):
        assert shown in said
    for hidden in ("Long one", "Quarrel", "25:00", "1:40:00", "20:00", "Day by day Only you", "/look", "Forerunner"):
        assert hidden not in page


def test_someone_who_shares_score_and_place_shares_no_day(app: Flask, dispute: Dispute) -> None:
    share(dispute, level="points")
    said = plain(read(app, dispute.olga, page_of(dispute)))
    assert "26.0 km" not in said and "shows the place only" in said
    for hidden in ("21.0 km", "5.0 km", "Active days", "10 Nov"):
        assert hidden not in said


def test_the_owner_opens_each_day_into_its_runs_and_the_arithmetic(app: Flask, dispute: Dispute) -> None:
    said = plain(read(app, dispute.mia, page_of(dispute)))
    assert re.search(r"Thu 12 Nov 5\.0 km .*Quarrel with the tide Adjusted 5\.0 km · 25:00", said)
    assert re.search(r"Tue 10 Nov 21\.0 km .*Long one 21\.0 km · 1:40:00", said)


def test_points_show_from_how_much_they_came(app: Flask) -> None:
    made = Dispute(app, rules=RuleSet("points", "steps"))
    made.read("2", start_utc=NOON, distance_m=5000)
    on_the_board(made)
    said = plain(read(app, made.mia, page_of(made)))
    assert re.search(r"Thu 12 Nov 20\.0 pts 5 km → .* = 20 pts Morning Run 5\.0 km", said)


def test_nobody_opens_a_total_that_is_not_on_the_board(app: Flask, dispute: Dispute) -> None:
    read(app, dispute.cast.runners["stranger"], page_of(dispute), 404)
    read(app, dispute.olga, f"{dispute.home}/r/{dispute.entry.id + 1}", 404)
    other = Dispute(app)
    read(app, other.olga, f"{other.home}/r/{dispute.entry.id}", 404)
    read(app, other.olga, page_of(dispute), 404)
    share(dispute, withdrawn_at=NOON)
    read(app, dispute.olga, page_of(dispute), 404)
    assert "Long one" in read(app, dispute.mia, page_of(dispute))


def test_while_the_rules_change_no_days_are_shown_that_the_board_does_not_know(app: Flask, dispute: Dispute) -> None:
    db.session.execute(update(Challenge).values(is_changing=True))
    db.session.commit()
    for viewer in (dispute.olga, dispute.mia):
        said = plain(read(app, viewer, page_of(dispute)))
        assert "The days are being scored again" in said
        assert "21.0 km" not in said


def test_days_outlive_their_runs_and_say_so(app: Flask, dispute: Dispute) -> None:
    make_connection(dispute.mia, read_from=date(2026, 12, 1))
    db.session.execute(update(Challenge).values(frozen_at=NOON))
    db.session.commit()
    said = plain(read(app, dispute.mia, page_of(dispute)))
    assert "Tue 10 Nov 21.0 km" in said and "your days stand as they counted then" in said
    assert "That is why the single runs are not listed any more" in said
    assert "Long one" not in said and "Only you see the runs" not in said
    run_jobs(app)


def test_the_owner_reads_beside_a_run_why_less_of_it_counts_and_nobody_adjusted_it(app: Flask) -> None:
    made = Dispute(app, rules=RuleSet(measure="moving_time"))
    made.read("2", title="Left on", distance_m=12_000, moving_s=4_208_400, elapsed_s=4_208_400, climb_m=5_000)
    on_the_board(made)
    page = page_of(made)
    said = plain(read(app, made.mia, page))
    assert "24:00:00" in said and "Adjusted" not in said
    for path in (page, f"{made.home}/my-runs"):
        said = plain(read(app, made.mia, path))
        assert "No run lasts longer than a day, so 24 h of it count." in said
        assert "The climb" not in said and "as your organiser adjusted it" not in said
    assert "longer than a day" not in read(app, made.olga, page)


def test_the_owner_goes_from_each_run_to_its_page_on_strava_and_nobody_else_does(app: Flask, dispute: Dispute) -> None:
    page = read(app, dispute.mia, page_of(dispute))
    assert len(elements(page, 'a.link-out[href*="/activities/"]')) == 2
    assert "View on Strava" not in read(app, dispute.olga, page_of(dispute))
