"""The tallies of a challenge's replay: how many of those who show their days stood where at the end of each date."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import delete, insert, select

from webapp.db import db
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent
from webapp.models.leaderboards import Placement
from webapp.models.road import RoadTally
from webapp.privacy.queries import chose_totals
from webapp.rulebook.ranking import PAGE
from webapp.rulebook.replay import frames, step_width, tallies
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Window

# The number of entries on each step of the road, by date.
Field = Mapping[date, Mapping[int, int]]


def starts_again(challenge_id: int, rules: RuleSet) -> bool:
    """Return whether every date has to be counted: the board has more than one page now, and has no tallies."""
    if not rules.measured.adds_up:
        return False
    if db.session.scalar(select(RoadTally.step).where(RoadTally.challenge_id == challenge_id).limit(1)) is not None:
        return False
    placed = select(Placement.entry_id).where(Placement.challenge_id == challenge_id).limit(PAGE + 1)
    return len(db.session.scalars(placed).all()) > PAGE


def derived(
    challenge_id: int,
    window: Window,
    rules: RuleSet,
    totals: Mapping[int, int],
    days: Sequence[tuple[date, Mapping[int, int]]],
    dates: tuple[date, date],
) -> Field:
    """Return the tallies of the dates from the first to the last of `dates`.

    There are none where a day would be one run, nor for a board of one page, where the replay names everybody.

    `totals`: what every placed entry had before the first of them; `days`: what entries gained since, by date.
    """
    if not rules.measured.adds_up or len(totals) <= PAGE:
        return {}
    shown = {entry: totals[entry] for entry in _show_days(challenge_id) if entry in totals}
    wanted = [day for day in frames(window.starts_on, window.ends_on, dates[1]) if day >= dates[0]]
    return tallies(shown, days, wanted, step_width(rules.unit, window.starts_on, window.ends_on))


def stored(challenge_id: int, until: date) -> Field:
    """Return the stored tallies of the dates before `until`."""
    here = select(RoadTally.local_date, RoadTally.step, RoadTally.entries).where(
        RoadTally.challenge_id == challenge_id, RoadTally.local_date < until
    )
    found: defaultdict[date, dict[int, int]] = defaultdict(dict)
    for day, step, entries in db.session.execute(here):
        found[day][step] = entries
    return found


def store(challenge_id: int, field: Field, first: date, until: date | None) -> None:
    """Replace the tallies from `first` on, before `until`."""
    old = delete(RoadTally).where(RoadTally.challenge_id == challenge_id, RoadTally.local_date >= first)
    db.session.execute(old if until is None else old.where(RoadTally.local_date < until))
    rows = [
        {"challenge_id": challenge_id, "local_date": day, "step": step, "entries": entries}
        for day, steps in field.items()
        for step, entries in steps.items()
    ]
    if rows:
        db.session.connection().execute(insert(RoadTally), rows)


def _show_days(challenge_id: int) -> Collection[int]:
    """Return the placed entries whose runners chose to show their totals, and so their days."""
    placed = (
        select(Placement.entry_id)
        .join(Challenge, Challenge.id == Placement.challenge_id)
        .join(Consent, (Consent.runner_id == Placement.runner_id) & (Consent.group_id == Challenge.group_id))
        .where(Placement.challenge_id == challenge_id, chose_totals())
    )
    return db.session.scalars(placed).all()
