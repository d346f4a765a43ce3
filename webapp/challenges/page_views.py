"""The head that pages of one challenge have in common."""

from webapp.challenges import queries
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.models.groups import Group


def frame(group: Group, challenge: Challenge) -> dict[str, object]:
    """Return what the head of a challenge's page is made of."""
    return {"group": group, "challenge": queries.shown(challenge, group.tz, clock().now())}
