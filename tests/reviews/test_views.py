"""The pages of a dispute: what its runner reads, what the organiser is shown of the run, and who finds nothing."""

import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.builders import NOON, make_connection, make_entry, make_member, make_runner
from tests.support.cast import make_cast, run_jobs
from tests.support.disputes import TOO_FAST, Dispute
from tests.support.html import addresses, definitions
from tests.support.reading import plain, read, send
from webapp.db import db
from webapp.extensions import clock
from webapp.formatting import local_time
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.models.groups import Membership
from webapp.models.words import ConnectionState
from webapp.reviews.service import Ruled
from webapp.rulebook.judging import Decision
from webapp.rulebook.lifecycle import closes_at
from webapp.rulebook.ruleset import Eligibility, RuleSet

# What the run of the dispute has, but for its date, distance and duration, in the ways it could be written.
TRACES = (
    "Quarrel with the tide", "Forerunner", "07:00", "7:00", "311", "1,020", "2:00 /km", "3:13 /mi", "strava.com",
    "Trail", "climb", "heart", "pace",
)  # fmt: skip


@pytest.fixture
def dispute(app: Flask) -> Dispute:
    return Dispute(app)


def ask_path(dispute: Dispute, source_id: str = "1") -> str:
    return f"{dispute.home}/my-runs/{dispute.run_id(source_id)}/look"


def test_the_page_for_asking_says_what_is_then_seen_and_by_whom(app: Flask, dispute: Dispute) -> None:
    assert "Ask for a review" in read(app, dispute.mia, f"{dispute.home}/my-runs")
    page = plain(read(app, dispute.mia, ask_path(dispute)))
    for said in (
        "Olga Orlova, Otto Ost",
        "Thu 12 Nov 2026",
        "10.0 km",
        "20:00",
        "Nothing else",
        "Faster than the world record",
    ):
        assert said in page


@pytest.mark.both_databases
def test_a_dispute_from_asking_to_the_second_decision(app: Flask, dispute: Dispute) -> None:
    asked = send(app, dispute.mia, ask_path(dispute), note="The watch was right.")
    assert "Nobody has decided yet." in asked and ">Ask for a review" not in asked
    assert "Reviews (1)" in read(app, dispute.olga, f"/g/{dispute.group.slug}")
    (path,) = addresses(read(app, dispute.olga, f"/g/{dispute.group.slug}/reviews"), r"/g/[\w-]+/reviews/\d+")
    send(app, dispute.olga, path, decision="adjust", distance="5", time="25:00", reason="The loop is five long.")
    run_jobs(app)
    mine = read(app, dispute.mia, f"{dispute.home}/my-runs")
    assert "It counts, adjusted." in mine and "The loop is five long." in mine
    assert "Counts as 5.0 km in 25:00" in mine
    assert "5.0 km" in plain(read(app, dispute.olga, dispute.home))
    (answer_path,) = addresses(mine, r"/g/[\w/-]+/reviews/\d+")
    assert "You answered; they decide again." in send(app, dispute.mia, answer_path, answer="It is six.")
    assert "It is six." in read(app, dispute.otto, path)
    send(app, dispute.otto, path, decision="count", reason="Then six it is.")
    run_jobs(app)
    mine = read(app, dispute.mia, answer_path)
    assert "Then six it is." in mine and "It is final." in mine and "Send" not in plain(mine)
    assert "10.0 km" in plain(read(app, dispute.olga, dispute.home))
    log = plain(read(app, dispute.olga, f"/g/{dispute.group.slug}/log"))
    assert log.index("Otto Ost decided that a run by Mia Meyer counts") < log.index("Olga Orlova adjusted")


def test_a_request_can_be_taken_back_until_somebody_decides(app: Flask, dispute: Dispute) -> None:
    send(app, dispute.mia, ask_path(dispute), note="The watch was right.")
    mine = read(app, dispute.mia, f"{dispute.home}/my-runs")
    (path,) = addresses(mine, r"/g/[\w/-]+/reviews/\d+/take-back")
    assert "Organisers no longer see that run" in send(app, dispute.mia, path)
    assert "Ask for a review" in read(app, dispute.mia, f"{dispute.home}/my-runs")
    assert "No requests" in read(app, dispute.olga, f"/g/{dispute.group.slug}/reviews")
    assert "Mia Meyer took back a request" in plain(read(app, dispute.olga, f"/g/{dispute.group.slug}/log"))
    assert "Nobody has decided yet." in send(app, dispute.mia, ask_path(dispute), note="After all.")


def test_the_log_and_the_pages_of_requests_show_the_time_of_the_group(app: Flask, dispute: Dispute) -> None:
    dispute.group.tz = "Asia/Kathmandu"
    db.session.commit()
    page = plain(read(app, dispute.mia, ask_path(dispute)))
    assert "You can ask until" in page and "UTC" not in page
    dispute.ask()
    log = plain(read(app, dispute.olga, f"/g/{dispute.group.slug}/log"))
    assert local_time(NOON, "Asia/Kathmandu") in log and "UTC" not in log


@pytest.mark.parametrize("units", ["km", "mi"])
def test_the_organiser_is_shown_date_distance_and_duration_and_nothing_else(
    app: Flask, dispute: Dispute, units: str
) -> None:
    db.session.execute(update(Runner).where(Runner.id == dispute.olga.id).values(units=units))
    db.session.commit()
    review_id = dispute.ask(words="Please look.")
    path = f"/g/{dispute.group.slug}/reviews/{review_id}"
    page = read(app, dispute.olga, path)
    assert list(definitions(page).items()) == [
        ("Date", "Thu 12 Nov 2026"),
        ("Distance", "10.0 km" if units == "km" else "6.2 mi"),
        ("Duration", "20:00"),
        ("The rules say", "faster than the world record"),
    ]
    listed = read(app, dispute.olga, f"/g/{dispute.group.slug}/reviews")
    for trace in TRACES:
        assert trace not in plain(page), trace
        assert trace not in plain(listed), trace
    assert "10.0" not in plain(listed) and "20:00" not in plain(listed)


def test_of_runs_nobody_asked_about_the_organiser_reads_how_many_and_nothing_of_them(
    app: Flask, dispute: Dispute
) -> None:
    page = plain(read(app, dispute.olga, f"/g/{dispute.group.slug}/reviews"))
    assert "November 1 faster than the world record" in page
    for trace in (*TRACES, "Mia Meyer", "10.0 km", "20:00", "12 Nov"):
        assert trace not in page, trace


def test_strangers_members_and_organisers_of_other_groups_find_nothing(app: Flask, dispute: Dispute) -> None:
    review_id, stranger = dispute.ask(), dispute.cast.runners["stranger"]
    other = make_cast(app)
    home, elsewhere = f"/g/{dispute.group.slug}", f"/g/{other.group.slug}"
    for path in (f"{home}/reviews", f"{home}/reviews/{review_id}"):
        for nobody in (stranger, dispute.mia, other.runners["organiser"]):
            read(app, nobody, path, 404)
    for outsider in (stranger, other.runners["organiser"]):
        read(app, outsider, f"{home}/log", 404)
    assert "asked for a review" in read(app, dispute.mia, f"{home}/log")
    read(app, other.runners["organiser"], f"{elsewhere}/reviews/{review_id}", 404)
    mine = f"{dispute.home}/my-runs/reviews/{review_id}"
    for other_one in (dispute.olga, stranger):
        read(app, other_one, mine, 404)
        read(app, other_one, ask_path(dispute), 404)
    read(app, dispute.mia, mine)


def test_an_organiser_finds_no_review_of_their_own_run(app: Flask, dispute: Dispute) -> None:
    review_id = dispute.ask()
    db.session.execute(update(Membership).where(Membership.runner_id == dispute.mia.id).values(role="organiser"))
    db.session.commit()
    read(app, dispute.mia, f"/g/{dispute.group.slug}/reviews/{review_id}", 404)
    assert "No requests" in read(app, dispute.mia, f"/g/{dispute.group.slug}/reviews")
    read(app, dispute.otto, f"/g/{dispute.group.slug}/reviews/{review_id}")


def test_where_nobody_else_can_decide_the_page_says_so_and_how_to_name_one(app: Flask, dispute: Dispute) -> None:
    for runner, role in ((dispute.mia, "organiser"), (dispute.olga, "member"), (dispute.otto, "member")):
        db.session.execute(update(Membership).where(Membership.runner_id == runner.id).values(role=role))
    db.session.commit()
    page = plain(read(app, dispute.mia, ask_path(dispute)))
    assert "Nobody else can decide about your runs" in page
    assert "Name a second organiser first" in page
    assert "Show them, and ask" not in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({}, "Please choose one."),
        ({"decision": "count"}, "Please give a reason."),
        ({"decision": "count", "reason": "x" * 281}, "At most 280 characters"),
        ({"decision": "adjust", "reason": "So."}, "A distance above 0"),
        ({"decision": "adjust", "reason": "So.", "distance": "nan", "time": "25:00"}, "A distance above 0"),
        ({"decision": "adjust", "reason": "So.", "distance": "1,000", "time": "40:00:00"}, "A distance above 0"),
        ({"decision": "adjust", "reason": "So.", "distance": "5", "time": "soon"}, "A time above 0"),
        ({"decision": "adjust", "reason": "So.", "distance": "5", "time": "1:00"}, "Nobody has yet run this far"),
        ({"decision": "free_beer", "reason": "So."}, "Not a valid choice"),
    ],
)
def test_a_decision_that_is_not_whole_comes_back_and_changes_nothing(
    app: Flask, dispute: Dispute, form: dict[str, str], said: str
) -> None:
    review_id = dispute.ask()
    assert said in send(app, dispute.olga, f"/g/{dispute.group.slug}/reviews/{review_id}", **form)
    assert dispute.review(review_id).decision is None


def test_asking_ends_with_the_grace_time_and_at_freezing(app: Flask, dispute: Dispute) -> None:
    path = ask_path(dispute)
    clock().set(now=closes_at(dispute.challenge.ends_on, dispute.challenge.grace_hours))
    assert ">Ask for a review" not in read(app, dispute.mia, f"{dispute.home}/my-runs")
    read(app, dispute.mia, path, 409)
    clock().set(now=NOON)
    read(app, dispute.mia, path)
    db.session.execute(update(Challenge).values(frozen_at=NOON))
    db.session.commit()
    read(app, dispute.mia, path, 409)


def test_a_run_that_was_left_out_says_why_and_a_changed_one_can_be_asked_about_again(
    app: Flask, dispute: Dispute
) -> None:
    dispute.decide(dispute.ask(), Ruled(Decision.LEAVE_OUT, "That was a bicycle."))
    mine = read(app, dispute.mia, f"{dispute.home}/my-runs")
    assert "Left out by your organiser." in mine and "That was a bicycle." in mine and "Read it and answer" in mine
    dispute.read("1", **{**TOO_FAST, "distance_m": 9000})
    mine = read(app, dispute.mia, f"{dispute.home}/my-runs")
    assert "Changed since it came in." in mine and "Ask for a review" in mine
    assert "It has changed since an organiser decided" in read(app, dispute.mia, ask_path(dispute))


def test_a_verdict_names_the_numbers_of_the_challenge_in_the_runners_unit(app: Flask) -> None:
    rules = RuleSet(counts=Eligibility(min_distance_m=5000, min_time_s=1200, quickest=180, slowest=420))
    dispute = Dispute(app, rules=rules)
    dispute.read("2", start_utc=NOON, distance_m=3000, moving_s=900)
    dispute.read("3", start_utc=NOON.replace(hour=16), distance_m=6000, moving_s=3000)
    page = plain(read(app, dispute.mia, f"{dispute.home}/my-runs"))
    assert "A run of at least 5.0 km and 20 minutes counts." in page
    assert "mean pace no faster than 3:00 /km and no slower than 7:00 /km" in page
    db.session.execute(update(Runner).where(Runner.id == dispute.mia.id).values(units="mi"))
    db.session.commit()
    page = plain(read(app, dispute.mia, f"{dispute.home}/my-runs"))
    assert "A run of at least 3.2 mi and 20 minutes counts." in page
    assert "no faster than 4:50 /mi and no slower than 11:16 /mi" in page


def test_someone_who_is_not_in_the_challenge_is_offered_no_review(app: Flask, dispute: Dispute) -> None:
    kim = make_runner("Kim Lee")
    make_member(dispute.group, kim)
    assert "Ask for a review" not in read(app, kim, f"{dispute.home}/my-runs")
    make_entry(dispute.challenge, kim)
    read(app, kim, ask_path(dispute), 404)


def test_a_run_of_one_who_took_our_access_away_is_not_shown_until_they_come_back(app: Flask, dispute: Dispute) -> None:
    review_id = dispute.ask()
    pages = (f"{dispute.cast.home}/reviews", f"{dispute.cast.home}/reviews/{review_id}")
    assert all(dispute.mia.name in read(app, dispute.olga, page) for page in pages)
    connection = make_connection(dispute.mia, state="deauthorised")
    assert dispute.mia.name not in read(app, dispute.olga, pages[0])
    read(app, dispute.olga, pages[1], 404)
    connection.state = ConnectionState.CONNECTED
    db.session.commit()
    assert all(dispute.mia.name in read(app, dispute.olga, page) for page in pages)


def test_an_organiser_sees_a_climb_that_cannot_be_right_and_gives_the_one_that_counts(app: Flask) -> None:
    dispute = Dispute(app, rules=RuleSet(measure="climb"))
    dispute.read("2", distance_m=12_000, moving_s=4_000, elapsed_s=4_000, climb_m=9_000)
    mine = plain(read(app, dispute.mia, f"{dispute.home}/my-runs"))
    assert "The climb cannot be right, so it does not count." in mine and "adjusted" not in mine
    page = plain(read(app, dispute.mia, ask_path(dispute, "2")))
    assert "Climb 9,000 m" in page and "The climb cannot be right" in page
    send(app, dispute.mia, ask_path(dispute, "2"), note="It is a hill.")
    (path,) = addresses(read(app, dispute.olga, f"/g/{dispute.group.slug}/reviews"), r"/g/[\w-]+/reviews/\d+")
    page = read(app, dispute.olga, path)
    assert ">optional<" not in page, "all three figures are required once different ones are chosen"
    assert "Climb 9,000 m" in plain(page) and "cannot be right" in plain(page)
    adjusted = {"decision": "adjust", "distance": "12", "time": "1:06:40", "reason": "The hill has 640 m."}
    assert "The climb that counts, please" in send(app, dispute.olga, path, **adjusted)
    send(app, dispute.olga, path, **adjusted, climb="640")
    run_jobs(app)
    mine = plain(read(app, dispute.mia, f"{dispute.home}/my-runs"))
    assert "with 640 m up, as your organiser adjusted it" in mine and "cannot be right" not in mine


def test_the_climb_of_a_run_asked_about_for_another_reason_is_not_shown(app: Flask, dispute: Dispute) -> None:
    assert "Climb" not in plain(read(app, dispute.mia, ask_path(dispute)))
