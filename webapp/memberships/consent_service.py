"""What a member lets a group see, changed from one moment to the next. Nothing here commits."""

from typing import Any

from sqlalchemy import select

from webapp.directory.fit_service import delete_fits_of
from webapp.extensions import db
from webapp.groups.queries import consent_of
from webapp.leaderboards.service import bump_version, place_again, remove_entries, show_entries
from webapp.models.challenges import Challenge, Entry
from webapp.models.words import ConsentLevel
from webapp.results.service import stand_behind_equals


def change_level(group_id: int, runner_id: int, level: ConsentLevel) -> None:
    """Let the group see more or less of a member from now on. Saying the same again changes nothing.

    Less takes effect at once on every board, in sums and on final tables; a member who was hidden is back on boards
    that run once they are published.
    """
    consent = consent_of(group_id, runner_id)
    if consent is None or consent.level == level:
        return
    before, consent.level = consent.level, level
    db.session.flush()
    entries = dict(db.session.execute(_entries(group_id, runner_id)).all())
    if level == ConsentLevel.HIDDEN:
        delete_fits_of(runner_id, group_id)
        remove_entries(entries)
    elif before == ConsentLevel.HIDDEN:
        show_entries(entries)
    else:
        place_again(group_id, runner_id)
    if level == ConsentLevel.POINTS:
        stand_behind_equals(group_id, runner_id)
    bump_version(entries.values())


def _entries(group_id: int, runner_id: int) -> Any:
    mine = select(Entry.id, Entry.challenge_id).join(Challenge, Challenge.id == Entry.challenge_id)
    return mine.where(Entry.runner_id == runner_id, Challenge.group_id == group_id)
