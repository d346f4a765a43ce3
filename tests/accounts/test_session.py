"""The session's cookie."""

from datetime import timedelta

from flask import Flask

from tests.support.builders import NOON, make_runner
from webapp.extensions import clock


def test_the_cookie_gets_its_full_time_again_once_a_day(app: Flask) -> None:
    clock().set(now=NOON, speed=0)
    client = app.test_client()
    with client.session_transaction() as session:
        session.permanent = True
        session["runner"], session["epoch"] = make_runner().id, 0
    assert "Set-Cookie" in client.get("/account").headers
    assert "Set-Cookie" not in client.get("/account").headers
    clock().set(now=NOON + timedelta(days=1), speed=0)
    assert "Expires" in client.get("/account").headers["Set-Cookie"]
    assert "Set-Cookie" not in client.get("/account").headers
