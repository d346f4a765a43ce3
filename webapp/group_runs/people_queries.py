"""Reading those who lead and close pace groups, as their group sees them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from webapp.db import reading
from webapp.groups.queries import visible_name
from webapp.models.groups import Consent
from webapp.privacy.photo_queries import photo_version, shown_link
from webapp.privacy.queries import consent_is_given


@dataclass(frozen=True, slots=True)
class RunPerson:
    """A member who does something for a run. `photo`: the address of theirs, None for initials."""

    runner_id: int
    name: str
    photo: str | None
    is_me: bool


def people_of_runs(group_id: int, slug: str, runner_ids: Collection[int], viewer_id: int) -> Mapping[int, RunPerson]:
    """Return those of these runners who are members, by id. A hidden one has no name, except to themselves."""
    if not runner_ids:
        return {}
    values = {"group": group_id, "runners": sorted(runner_ids), "viewer": viewer_id}
    return {
        runner_id: RunPerson(runner_id, name, shown_link(slug, runner_id, level, version), runner_id == viewer_id)
        for runner_id, name, level, version in reading().execute(_PEOPLE, values)
    }


_PEOPLE = select(
    *(Consent.runner_id, visible_name(viewer_id=bindparam("viewer")), Consent.level, photo_version()),
).where(
    Consent.group_id == bindparam("group"),
    Consent.runner_id.in_(bindparam("runners", expanding=True)),
    consent_is_given(),
)
