"""Leaving for good: at Strava, here, everywhere, with a receipt that names nobody."""

import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Table, func, insert, select

from jobs.accounts import erase_runner, erase_sweep
from tests.support.browser import Browser, words
from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.known_runner import make_known
from tests.support.simulator import Simulator
from tests.support.worker import process_jobs, queued
from webapp.accounts import queries, service
from webapp.data_export.inventory import INVENTORY
from webapp.db import Base, db
from webapp.extensions import clock, sealer
from webapp.job_names import Job
from webapp.models.accounts import ErasureReceipt, PlatformConsent, Runner
from webapp.models.groups import Group, Membership
from webapp.models.sync import Connection
from webapp.sync.service import end_connection

pytestmark = pytest.mark.both_databases


def owners(target: str) -> Iterator[tuple[Table, str]]:
    """Walk every column of every table that points at `target`."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == target:
                yield table, key.parent.name


def counted(target: str, ids: list[int]) -> dict[str, int]:
    """Return the number of rows that point at these ids, by table and column."""
    return {
        f"{table.name}.{column}": db.session.scalar(select(func.count()).where(table.c[column].in_(ids))) or 0
        for table, column in owners(target)
    }


def test_the_inventory_knows_every_table_that_points_at_a_runner(app: Flask) -> None:
    known = {f"{kind.owner.property.columns[0].table.name}.{kind.owner.key}" for kind in INVENTORY.values()}
    pointing = {f"{table.name}.{column}" for target in ("runner", "entry") for table, column in owners(target)}
    # The copy would tell a banned runner of the ban, and they could act upon it.
    assert pointing - {"group_ban.runner_id"} | {"runner.id"} == known


def test_erasing_leaves_no_row_that_points_at_the_runner(app: Flask) -> None:
    runner = make_runner()
    make_known(runner)
    runner_id = runner.id
    entries = [row.id for row in db.session.execute(select(Base.metadata.tables["entry"].c.id)).all()]
    before = counted("runner", [runner_id])
    assert all(before.values()), before
    mine = db.session.scalars(select(Base.metadata.tables["entry"].c.id).filter_by(runner_id=runner_id)).all()
    assert all(counted("entry", list(mine)).values()) and len(entries) == 2
    service.erase_runner(runner_id, NOON)
    db.session.commit()
    assert not any(counted("runner", [runner_id]).values())
    assert not any(counted("entry", list(mine)).values())
    assert db.session.get(Runner, runner_id) is None


def test_the_others_stay_and_the_longest_standing_member_takes_over(app: Flask) -> None:
    runner = make_runner()
    group, _ = make_known(runner)
    service.erase_runner(runner.id, NOON)
    db.session.commit()
    left = db.session.scalars(select(Membership).where(Membership.group_id == group.id)).one()
    assert left.role == "organiser" and left.runner_id != runner.id
    assert (Job.EMPTY_DATABASE_LOG,) in queued()


def test_a_group_without_members_goes_with_its_last(app: Flask) -> None:
    runner, group = make_runner(), make_group()
    make_member(group, runner, role="organiser")
    service.erase_runner(runner.id, NOON)
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(Group)) == 0


def test_disconnecting_revokes_erases_and_hands_out_a_receipt(
    app: Flask, browser: Browser, simulator: Simulator
) -> None:
    athlete = int(simulator.athletes()[0]["id"])
    browser.connect(simulator, athlete)
    runner = db.session.scalars(select(Runner)).one()
    name, elsewhere = runner.name, Browser(app)
    elsewhere.sign_in_as(runner)
    make_known(runner)
    assert "Erase everything" in words(browser.get("/account/disconnect"))
    answer = browser.post("/account/disconnect")
    assert answer.status_code == 302
    assert simulator.scope_of(athlete) is None
    page = words(browser.get(answer.headers["Location"]))
    assert "Everything is erased" in page and "Runs and other activities</dt><dd>1<" in page and "ended" in page
    assert name not in page and str(athlete) not in page
    assert browser.get("/account").status_code == 302 and elsewhere.get("/account").status_code == 302
    process_jobs(app)
    assert browser.connect(simulator, athlete).headers["Location"] == "/connect/progress"


def test_with_strava_down_everything_is_erased_all_the_same(browser: Browser, simulator: Simulator, app: Flask) -> None:
    athlete = int(simulator.athletes()[0]["id"])
    browser.connect(simulator, athlete)
    simulator.faults(revoke_503=1.0)
    receipt = browser.get(browser.post("/account/disconnect").headers["Location"])
    assert "Strava did not answer" in words(receipt) and "not ended by us" in words(receipt)
    assert db.session.scalar(select(func.count()).select_from(Runner)) == 0
    assert simulator.scope_of(athlete) is not None


def test_tokens_that_open_no_more_do_not_stop_anybody_from_leaving(browser: Browser) -> None:
    runner = make_runner()
    make_known(runner)
    browser.sign_in_as(runner)
    assert browser.post("/account/disconnect").status_code == 302
    assert db.session.scalars(select(ErasureReceipt)).one().revoked_at_strava is False


def test_a_receipt_holds_counts_and_nothing_else(app: Flask) -> None:
    runner = make_runner("Ana Ruiz")
    make_known(runner)
    code = service.erase_runner(runner.id, NOON, revoked=True)
    db.session.commit()
    receipt = queries.receipt_by(code)
    assert receipt is not None and len(code) >= 20
    assert receipt.counts["runs"] == 1 and receipt.counts["accounts"] == 1
    assert all(isinstance(count, int) for count in receipt.counts.values())


def test_an_unknown_receipt_is_not_there(browser: Browser) -> None:
    assert browser.get("/receipt/nobody-knows").status_code == 404


def test_no_token_lies_in_a_column_or_a_log(
    app: Flask, browser: Browser, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    athlete = int(simulator.athletes()[0]["id"])
    with caplog.at_level(logging.DEBUG):
        browser.connect(simulator, athlete)
        connection = db.session.scalars(select(Connection)).one()
        tokens = [sealer().open(connection.access_token), sealer().open(connection.refresh_token)]
        held = everything()
        pages = "".join(browser.get(path).text for path in ("/home", "/account", "/account/disconnect"))
        browser.post("/account/disconnect")
    for token in tokens:
        assert token and token not in held and token not in pages
        assert token not in everything() and token not in caplog.text
    assert connection_secrets_gone()


def everything() -> str:
    """Return every value of every column of every table as one text."""
    db.session.rollback()
    rows = [db.session.execute(select(table)).all() for table in Base.metadata.sorted_tables]
    return repr(rows)


def connection_secrets_gone() -> bool:
    return not db.session.scalar(select(func.count()).select_from(Connection))


def test_erasing_twice_is_harmless(app: Flask) -> None:
    runner = make_runner()
    db.session.execute(insert(PlatformConsent).values(runner_id=runner.id, version="v", given_at=NOON))
    runner_id = runner.id
    service.erase_runner(runner_id, NOON)
    service.erase_runner(runner_id, NOON)
    db.session.commit()
    assert db.session.get(Runner, runner_id) is None


# Ended on Strava -----------------------------------------------------------------------------------------------------


def make_gone(runner: Runner, days: float) -> None:
    make_known(runner)
    end_connection(runner.id, clock().now() - timedelta(days=days))
    db.session.commit()


def test_someone_who_ended_it_on_strava_is_erased_after_seven_days(
    app: Flask, browser: Browser, simulator: Simulator
) -> None:
    athlete = int(simulator.athletes()[0]["id"])
    browser.connect(simulator, athlete)
    runner_id = db.session.scalars(select(Runner.id)).one()
    make_gone(db.session.get_one(Runner, runner_id), days=7.1)
    simulator.control("POST", f"athletes/{athlete}/deauthorize")
    erase_sweep()
    assert process_jobs(app) == []
    db.session.rollback()
    assert db.session.get(Runner, runner_id) is None
    assert db.session.scalars(select(ErasureReceipt)).one().revoked_at_strava


def test_whoever_was_erased_so_finds_the_receipt_at_the_next_sign_in_and_nobody_else(
    app: Flask, browser: Browser, simulator: Simulator
) -> None:
    gone, other = (int(who["id"]) for who in simulator.athletes()[:2])
    browser.connect(simulator, gone)
    make_gone(db.session.scalars(select(Runner)).one(), days=8)
    simulator.control("POST", f"athletes/{gone}/deauthorize")
    erase_sweep()
    process_jobs(app)
    db.session.rollback()
    receipt = db.session.scalars(select(ErasureReceipt)).one()
    address = f"/receipt/{receipt.code}"
    assert str(gone) not in str(receipt.waits_for), "it names nobody, not even by their number"

    def welcome(athlete: int) -> str:
        newcomer = Browser(app)
        newcomer.connect(simulator, athlete)
        return newcomer.get("/home").text

    assert address not in welcome(other)
    assert address in welcome(gone)
    db.session.rollback()
    assert db.session.scalars(select(ErasureReceipt.waits_for)).one() is None
    assert address not in welcome(gone)


def test_a_receipt_that_was_seen_waits_for_nobody(browser: Browser, simulator: Simulator) -> None:
    browser.connect(simulator, int(simulator.athletes()[0]["id"]))
    browser.post("/account/disconnect")
    assert db.session.scalars(select(ErasureReceipt.waits_for)).one() is None


def test_before_that_the_way_back_is_open(app: Flask) -> None:
    runner = make_runner()
    make_gone(runner, days=6.9)
    erase_sweep()
    process_jobs(app)
    assert db.session.get(Runner, runner.id) is not None


def test_someone_who_comes_back_between_the_asking_and_the_job_stays(
    app: Flask, browser: Browser, simulator: Simulator
) -> None:
    athlete = int(simulator.athletes()[0]["id"])
    browser.connect(simulator, athlete)
    runner = db.session.scalars(select(Runner)).one()
    make_gone(runner, days=8)
    erase_sweep()
    Browser(app).connect(simulator, athlete)
    erase_runner(runner.id)
    db.session.expire_all()
    connection = db.session.get_one(Connection, runner.id)
    assert (connection.state, connection.ended_at) == ("connected", None)
