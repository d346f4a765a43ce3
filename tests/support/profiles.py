"""Groups that want to be found."""

from datetime import time
from typing import Any

from tests.support.builders import make_group
from webapp.db import db, write_transaction
from webapp.group_profiles.rules import Meeting, Profile
from webapp.group_profiles.service import save_profile
from webapp.models.groups import Group


def list_group(name: str, area: str = "Bangsar", *, days: tuple[int, ...] = (), text: str = "", **told: Any) -> Group:
    """Make a group that stands in the directory and meets on these days, at seven in the morning."""
    group = make_group(name)
    meetings = tuple(Meeting(day, time(7)) for day in days)
    profile = Profile(**{"listed": True, "area": area, "meetings": meetings, **told})
    with write_transaction():
        save_profile(db.session.merge(group), profile, text)
    return group
