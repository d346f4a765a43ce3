"""How many previews an organiser may ask for. The group's log is the count. Nothing here commits."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from webapp.activities.queries import hold_runners
from webapp.extensions import db
from webapp.groups.audit import note
from webapp.groups.models import AuditLine
from webapp.groups.rules import WORDS_LONGEST
from webapp.scoring.explaining import sentences
from webapp.scoring.rulesets import RuleSet

DAY = timedelta(days=1)


def spend_preview(group_id: int, runner_id: int, rules: RuleSet, allowed: int, now: datetime) -> bool:
    """Log a preview of these rules and return True; return False if the organiser has had `allowed` within a day.

    Previews of all their groups count together. The runner is locked, so two requests at once are counted one by one.
    """
    hold_runners([runner_id])
    mine = select(func.count()).where(AuditLine.actor_id == runner_id, AuditLine.action == "rules_previewed")
    if (db.session.scalar(mine.where(AuditLine.at.between(now - DAY, now + DAY))) or 0) >= allowed:
        return False
    said = " ".join(sentences(rules, "km", has_teams=False))
    note(group_id, "rules_previewed", runner_id, None, None, said[:WORDS_LONGEST], now)
    return True
