"""What members choose to show, as their page does."""

from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.groups.queries import consent_of
from webapp.memberships.consent_service import change_consent
from webapp.models.words import ConsentLevel
from webapp.privacy.switch_rules import SWITCHES


def choose(group_id: int, runner_id: int, level: str | None = None, **switches: bool) -> None:
    """Choose a level (None: the present one) and switches by their names, and commit."""
    begin_write()
    consent = consent_of(group_id, runner_id)
    assert consent
    wanted = {switch: switches[switch.name] for switch in SWITCHES if switch.name in switches}
    assert len(wanted) == len(switches)
    change_consent(group_id, runner_id, ConsentLevel(level or consent.level), wanted, clock().now())
    db.session.commit()
