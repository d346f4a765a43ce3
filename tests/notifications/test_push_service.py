"""Storing the browsers that show pushes."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.push.subscriptions import BrowserSubscription
from tests.support.builders import NOON, make_runner
from webapp.db import db, write_transaction
from webapp.models.push import PushSubscription
from webapp.notifications.push_service import add_browser

SHARED = BrowserSubscription("https://push.example/shared", "key", "secret")


@pytest.mark.both_databases
def test_one_browser_of_two_accounts_that_switch_it_on_at_once_belongs_to_one(app: Flask) -> None:
    runners = [make_runner(name).id for name in ("Ana Ruiz", "Ben Ode", "Caro Śliwa", "Dora Moe")]
    db.session.commit()

    def switch_on(runner_id: int) -> int:
        with app.app_context(), write_transaction():
            return add_browser(runner_id, SHARED, NOON)

    with ThreadPoolExecutor(len(runners)) as pool:
        ids = set(pool.map(switch_on, runners))
    stored = db.session.scalars(select(PushSubscription)).one()
    assert stored.id in ids and stored.runner_id in runners


def test_a_browser_that_is_switched_on_again_does_not_count_twice(app: Flask) -> None:
    runner = make_runner("Ana Ruiz").id
    with write_transaction():
        first = add_browser(runner, SHARED, NOON)
        assert add_browser(runner, SHARED, NOON) == first
