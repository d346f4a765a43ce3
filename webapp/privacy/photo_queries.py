"""The photos that members show a group: which one a query finds, and where a page finds it."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from webapp.models.groups import Consent
from webapp.models.photos import RunnerPhoto
from webapp.models.words import ConsentLevel
from webapp.privacy.gate import may_see
from webapp.privacy.queries import consent_holds, is_hidden_runner, shows
from webapp.privacy.switch_rules import PHOTO

# Characters of the digest in an address: enough that a new picture has a new address.
VERSION_CHARACTERS = 12


def shows_photo(consent: Any = Consent) -> ColumnElement[bool]:
    """Return the condition that a member shows the group their photo, whatever this installation makes of it."""
    return and_(consent_holds(consent), shows(PHOTO, consent), ~is_hidden_runner(consent.runner_id))


def photo_version(consent: Any = Consent) -> ColumnElement[str]:
    """Return a column with the version of the photo that a member shows, "" for none. The gate still decides.

    `consent`: the model, or columns of its table, from which the statement selects.
    """
    table = Consent.__table__
    found = select(func.substr(RunnerPhoto.digest, 1, VERSION_CHARACTERS)).where(
        RunnerPhoto.runner_id == consent.runner_id, shows_photo(consent)
    )
    return func.coalesce(found.correlate(table).scalar_subquery(), "")


def shown_link(slug: str, runner_id: int, level: ConsentLevel, version: str) -> str | None:
    """Return the path of a member's photo if the gate lets others see it."""
    return photo_link(slug, runner_id, version) if version and may_see(level, "photo") else None


def photo_link(slug: str, runner_id: int, version: str | None) -> str | None:
    """Return the path of a member's photo; None without one. A page has fifty of them, so it is not looked up."""
    return f"/g/{slug}/members/{runner_id}/photo?v={version}" if version else None
