"""What pages of challenges have in common: their frame, which page of a list is wanted, ids and texts as they come."""

from webapp.challenges import queries
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.models.groups import Group


def frame(group: Group, challenge: Challenge) -> dict[str, object]:
    """Return what the head of a challenge's page is made of."""
    return {"group": group, "challenge": queries.shown(challenge, group.tz, clock().now())}
