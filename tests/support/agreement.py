"""Comparing all that the application derived with what the second opinion makes of the athletes' own lists."""

from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import Any

from sqlalchemy import select

from tests.oracle.judging import Opinion, Row, second_opinion
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent
from webapp.models.scoring import DayScore, Standing
from webapp.scoring.verdict_queries import verdicts_of


def disagreements(rows_of: Mapping[int, list[Row]]) -> list[str]:
    """Name every verdict, day and total that the two see differently. `rows_of`: a runner's list as Strava shows it.

    Looks at every entry of these runners, in every challenge.
    """
    found: list[str] = []
    here = (Consent.runner_id == Entry.runner_id) & (Consent.group_id == Challenge.group_id)
    entries = select(Entry, Challenge, Consent.count_private_at.is_not(None)).join(Challenge)
    for entry, challenge, count_private in db.session.execute(
        entries.outerjoin(Consent, here).where(Entry.runner_id.in_(rows_of))
    ).all():
        opinion = _opinion(rows_of[entry.runner_id], challenge, count_private)
        for kind, ours, theirs in _compared(entry, challenge, opinion):
            if ours != theirs:
                found.append(f"runner {entry.runner_id} in {challenge.name}: {kind} {ours}, second opinion {theirs}")
    db.session.rollback()
    return found


def _opinion(rows: list[Row], challenge: Challenge, count_private: bool) -> Opinion:
    return second_opinion(
        rows,
        challenge.starts_on,
        challenge.ends_on,
        count_private=count_private,
        allow_private=challenge.rules.counts.private,
        allow_manual=challenge.rules.counts.manual,
        # Where the date line is, it is as late as it can be anywhere.
        begun=clock().now().astimezone(timezone(timedelta(hours=14))).date(),
    )


def _compared(entry: Entry, challenge: Challenge, opinion: Opinion) -> list[tuple[str, Any, Any]]:
    judged = verdicts_of(entry.runner_id, challenge, clock().now())
    ours = {int(each.activity.source_id): each.verdict.value for each in judged}
    in_window = {int(each.activity.source_id) for each in judged if each.verdict != "outside_window"}
    counting = {key for key, verdict in opinion.verdicts.items() if verdict == "counts"}
    days = select(DayScore.local_date, DayScore.value).where(DayScore.entry_id == entry.id)
    standing = db.session.execute(select(Standing.total, Standing.days).where(Standing.entry_id == entry.id)).one()
    return [
        ("verdicts", ours, {key: opinion.verdicts.get(key) for key in ours}),
        ("counting runs", {key for key in in_window if ours[key] == "counts"}, counting),
        ("days", dict(db.session.execute(days).all()), opinion.days),
        ("standing", tuple(standing), (opinion.total, opinion.active_days)),
    ]
