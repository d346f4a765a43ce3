"""The conditions on which others see a runner."""

from flask import Flask
from sqlalchemy import ColumnElement, select

from tests.support.builders import make_group, make_member, make_runner
from tests.support.settings import with_settings
from webapp.db import db
from webapp.models.groups import Consent
from webapp.privacy.queries import chose_totals, consent_holds, shares_totals


def test_an_installation_that_shows_points_only_lets_nobody_share_totals(app: Flask) -> None:
    group = make_group()
    totals, points, hidden = (make_runner(name) for name in ("Ana", "Bo", "Cy"))
    for runner, level in ((totals, "totals"), (points, "points"), (hidden, "hidden")):
        make_member(group, runner, level=level)

    def found(condition: ColumnElement[bool]) -> list[int]:
        return list(db.session.scalars(select(Consent.runner_id).where(condition).order_by(Consent.id)))

    assert found(consent_holds()) == found(shares_totals(in_points=True)) == [totals.id, points.id]
    assert found(shares_totals()) == [totals.id]
    with with_settings(app, sharing="points"):
        assert found(shares_totals()) == []
        assert found(chose_totals()) == [totals.id]
        assert found(shares_totals(in_points=True)) == [totals.id, points.id]
