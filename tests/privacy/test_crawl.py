"""What Strava told of a runner's runs is in no answer, log line or metric that anybody else can read."""

import logging
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.push.sending import payload_of
from jobs.notifications import fan_out_facts
from jobs.photos import fetch_photo
from tests.support.browser import Browser
from tests.support.builders import NOON, make_group, make_member
from tests.support.channel_messages import every_message
from tests.support.consents import choose
from tests.support.every_page import said
from tests.support.everyone import MAIL, WHO, Stage, everyone
from tests.support.mails import html, make_address, plain, take_mails
from tests.support.settings import with_settings
from tests.support.simulator import Simulator
from tests.support.worker import process_jobs
from webapp.announcements.rules import Draft
from webapp.announcements.service import post_announcement
from webapp.db import begin_write, db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import NewFact, record_fact, record_facts
from webapp.formatting import distance
from webapp.groups.queries import consent_of
from webapp.leaderboards import service as boards
from webapp.models.accounts import Runner
from webapp.models.breaks import RunnerBreak
from webapp.models.challenges import Entry
from webapp.models.chase import Overtake, Passed
from webapp.models.leaderboards import Placement
from webapp.models.notifications import Notification
from webapp.models.photos import RunnerPhoto
from webapp.models.pledges import Pledge
from webapp.models.sync import Connection
from webapp.models.words import FactKind, PledgeMeasure, PledgePeriod
from webapp.notifications.mail_sender_service import send_mail
from webapp.notifications.message_queries import messages_of
from webapp.notifications.push_sender_service import message_of
from webapp.notifications.sender_service import Outgoing, SendResult
from webapp.scoring.service import rederive_challenge
from webapp.visits.service import record_visit

# Nobody makes these up by accident. The second run keeps the total from being that of one run.
MARKED = {
    "name": "Zanzibar quarrel", "distance": 14_131.0, "moving_time": 4651, "elapsed_time": 4999,
    "start_date_local": "2026-11-09T03:53:07", "device_name": "Wristoscope 9", "average_heartrate": 187,
    "total_elevation_gain": 311.0, "sport_type": "Run",
}  # fmt: skip
OTHER = {**MARKED, "name": "Quiet shakeout", "distance": 3003.0, "moving_time": 1200, "elapsed_time": 1300,
         "start_date_local": "2026-11-10T17:01:00"}  # fmt: skip
WRITTEN = (
    "Zanzibar", "Quiet shakeout", "Wristoscope", "03:53", "14131", "14.13", "4651", "1:17:31", "77:31", "5:29", "311 m",
    "187 bpm", "strava.com/activities", "Quinsy", "Fandango",
)  # fmt: skip
TOKEN = "m" * 20


@pytest.fixture
def marked(app: Flask, simulator: Simulator) -> tuple[Runner, list[str]]:
    """A runner whose runs came from Strava, and all that nobody else may find."""
    athlete_id = int(simulator.athletes()[0]["id"])
    made = [simulator.control("POST", f"athletes/{athlete_id}/activities", run) for run in (MARKED, OTHER)]
    Browser(app).connect(simulator, athlete_id)
    assert process_jobs(app) == []
    db.session.rollback()
    runner_id = db.session.scalars(select(Connection.runner_id).where(Connection.athlete_id == athlete_id)).one()
    return db.session.get_one(Runner, runner_id), [*WRITTEN, MAIL, f"avatars/{athlete_id}", *_of_places(made)]


def _of_places(made: list[dict[str, Any]]) -> list[str]:
    """Return the ids of activities, and where they began, as Strava writes them."""
    begins = [str(degree) for run in made for degree in run.get("start_latlng") or ()]
    return [str(run["id"]) for run in made] + begins + [run["map"]["summary_polyline"] for run in made if "map" in run]


def holds(text: str, trace: str) -> bool:
    """Return whether a trace is in a text: a number only by itself, since random tokens contain any four digits."""
    return bool(re.search(rf"(?<![\w-]){trace}(?![\w-])", text)) if trace.isdecimal() else trace in text


def test_nobody_else_finds_what_strava_told_of_a_runner(
    app: Flask,
    marked: tuple[Runner, list[str]],
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    runner, traces = marked
    caplog.set_level(logging.INFO)
    with everyone(app, runner) as stage, with_settings(app, metrics_token=TOKEN, operators=stage.operators):
        _keep_to_themselves(runner)
        _publish(stage)
        _tell(stage, runner)
        traces += _photo_shown_elsewhere(app, stage, runner)
        others = [who for who in WHO if who != "target"]
        found = {(who, path): text for who in others for path, text in _answers(app, stage, who).items()}
        owns = "\n".join(_answers(app, stage, "target").values())
        at_levels = _found_at_levels(app, stage, runner, found)
        pushes_and_mails = _pushes_and_mails(stage)
        metrics = Browser(app).get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert metrics.status_code == 200
    found |= {("scraper", "/metrics"): metrics.text, ("operator", "log"): caplog.text}
    found |= _channel_messages(stage, runner) | pushes_and_mails
    with capsys.disabled():
        print(f"\n{len(found)} answers of {len(others)} kinds of viewers, looked through for {len(traces)} traces")  # noqa: T201  # figures to be read
    assert [
        trace for trace in ("Zanzibar", "Wristoscope", "1:17:31", "Quinsy", "Fandango", MAIL) if trace not in owns
    ] == []
    assert f"{runner.name} went past you" in found["member", "/notifications"]
    assert [(where, trace) for where, text in found.items() for trace in traces if holds(text, trace)] == []
    assert at_levels == []


def _keep_to_themselves(runner: Runner) -> None:
    """Give the runner a break with a reason, and a pledge with a plan, that nobody else reads."""
    rest = RunnerBreak(
        runner_id=runner.id, starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 9), is_marked=True, reason="Quinsy"
    )
    days = {"starts_on": date(2026, 11, 9), "ends_on": date(2026, 11, 15)}
    what = {"period": PledgePeriod.WEEK, "measure": PledgeMeasure.DAYS, "amount": 3, "rest_weekdays": []}
    plans = {"plan": "Fandango at dawn", "backup_plan": "Fandango at noon"}
    with write_transaction():
        db.session.add_all([rest, Pledge(runner_id=runner.id, created_at=NOON, **days, **what, **plans)])


def _found_at_levels(
    app: Flask, stage: Stage, runner: Runner, at_totals: dict[tuple[str, str], str]
) -> list[tuple[str, str]]:
    """Let the runner show less from one moment to the next; return where an organiser still finds what they hid."""
    before = "\n".join(text for (who, _), text in at_totals.items() if who == "organiser")
    found, total, name = [], *_total_and_name(stage, runner)
    totals = (str(total), distance(total, "km"))
    for level, traces in (("points", totals), ("hidden", (*totals, name))):
        assert [trace for trace in traces if trace not in before] == []
        choose(stage.group.id, runner.id, level)
        answers = _answers(app, stage, "organiser")
        found += [(path, trace) for path, text in answers.items() for trace in traces if holds(text, trace)]
    return found


def _channel_messages(stage: Stage, runner: Runner) -> dict[tuple[str, str], str]:
    """Return every message to a channel, first as the runner chose and then with all that they could switch on."""
    consent = consent_of(stage.group.id, runner.id)
    assert consent
    name = consent.shown_name
    unasked = every_message(stage.group.id)
    assert len(unasked) > 5 and name.split()[0] not in str(unasked)
    choose(stage.group.id, runner.id, "totals", outside=True, longest=True)
    asked = every_message(stage.group.id)
    assert name not in str(asked) and stage.group.name not in str(asked) and stage.group.slug not in str(asked)
    return unasked | {(f"{who}, shown outside", what): text for (who, what), text in asked.items()}


def _pushes_and_mails(stage: Stage) -> dict[tuple[str, str], str]:
    """Return what the others are sent of all that they were told."""
    others = {one.id: who for who, one in stage.runners.items() if who != "target"}
    for runner_id, who in others.items():
        make_address(db.session.get_one(Runner, runner_id), f"{who.replace(' ', '.')}@example.org")
    rows = db.session.execute(select(Notification.id, Notification.runner_id)).all()
    messages, found = messages_of([row.id for row in rows], clock().now()), {}
    for number, runner_id in rows:
        if runner_id not in others or number not in messages:
            continue
        outgoing = Outgoing(number, runner_id, False, messages[number])
        assert send_mail(outgoing, clock().now()).result is SendResult.SENT
        (mail,) = take_mails()
        found[others[runner_id], f"mail {number}"] = f"{mail['Subject']} {plain(mail)} {html(mail)}"
        found[others[runner_id], f"push {number}"] = payload_of(message_of(outgoing))
    assert len(found) > 20
    return found


def _total_and_name(stage: Stage, runner: Runner) -> tuple[int, str]:
    mine = select(Placement.total).where(Placement.challenge_id == stage.values["challenge_id"])
    consent = consent_of(stage.group.id, runner.id)
    assert consent
    return db.session.scalars(mine.where(Placement.runner_id == runner.id)).one(), consent.shown_name


def _photo_shown_elsewhere(app: Flask, stage: Stage, runner: Runner) -> list[str]:
    """Let the runner show their photo to another group only; return what would give it away."""
    make_member(make_group("Elsewhere"), runner, photo_at=NOON)
    fetch_photo(runner.id)
    photo = db.session.get_one(RunnerPhoto, runner.id)
    traces = [f"photo?v={photo.digest[:12]}", str(photo.jpeg, "latin-1")]
    seen = "\n".join(_answers(app, stage, "member").values())
    assert [trace for trace in traces if trace not in seen] == []
    choose(stage.group.id, runner.id, photo=False)
    return traces


def _publish(stage: Stage) -> None:
    challenge_id = int(str(stage.values["challenge_id"]))
    clock().set(now=clock().now())
    # What is new since then is everything.
    with write_transaction():
        for one in stage.runners.values():
            record_visit(one.id, NOON - timedelta(days=2))
    begin_write()
    rederive_challenge(challenge_id, clock().now())
    db.session.commit()
    begin_write()
    boards.publish(challenge_id, date(2026, 11, 12))
    db.session.commit()


def _tell(stage: Stage, runner: Runner) -> None:
    """Have everybody told of the runner what can be told of somebody: they went past all, who went past them."""
    challenge_id, now = int(str(stage.values["challenge_id"])), clock().now()
    mine = select(Entry.runner_id, Entry.id).where(Entry.challenge_id == challenge_id)
    entries = dict(db.session.execute(mine).all())
    own, others = entries[runner.id], [entry for entry in entries.values() if entry != entries[runner.id]]
    day = {"local_date": date(2026, 11, 11)}
    with write_transaction():
        for passer, passed in ((own, others), *((other, [own]) for other in others)):
            db.session.add(Overtake(passer_id=passer, **day, challenge_id=challenge_id, passed_count=len(passed)))
            db.session.flush()
            db.session.add_all(
                Passed(passer_id=passer, **day, passed_id=entry, place=n) for n, entry in enumerate(passed)
            )
        for reader in entries:
            for kind in (FactKind.OVERTAKEN, FactKind.OVERTOOK):
                about = NewFact(
                    kind, f"crawl {reader}", stage.group.id, challenge_id, reader, data={"date": "2026-11-11"}
                )
                record_facts([about], now)
        for kind in (FactKind.THREE_DAYS_LEFT, FactKind.CHALLENGE_BEGINS, FactKind.CHALLENGE_FINAL):
            record_fact(kind, "crawl", now, group_id=stage.group.id, challenge_id=challenge_id)
        record_fact(
            FactKind.REQUEST_RECEIVED, "crawl", now, group_id=stage.group.id, about_id=stage.runners["requester"].id
        )
        post_announcement(stage.group.id, Draft("Cake", "*", False, None), runner.id, now)
    fan_out_facts()


def _answers(app: Flask, stage: Stage, who: str) -> dict[str, str]:
    """Return what somebody gets at each address, head and body."""
    found = {}
    for rule in app.url_map.iter_rules():
        for asked in stage.asked(rule, "GET"):
            answer = stage.ask(who, asked)
            found[asked.path] = f"{answer.headers}\n{said(answer)}"
    return found
