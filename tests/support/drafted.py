"""A challenge whose teams are drafted."""

from datetime import UTC, datetime

from sqlalchemy import select

from tests.support.builders import make_group, make_member, make_runner
from tests.support.challenges import NOVEMBER
from webapp.challenge_admin import service
from webapp.db import begin_write, db
from webapp.drafts import service as drafts
from webapp.drafts.turn_queries import turn_of
from webapp.groups.queries import locked_group
from webapp.models.challenges import Entry
from webapp.models.groups import Group
from webapp.rulebook.presets import TeamMode
from webapp.teams.service import TeamSetup

BEFORE = datetime(2026, 10, 25, 12, tzinfo=UTC)
TODAY = BEFORE.date()


class Draft:
    """A challenge of two teams with a captain each, and a number of others."""

    def __init__(self, others: int = 6, teams: int = 2) -> None:
        self.group = make_group()
        runners = [make_member(self.group, make_runner(f"Runner {n:02}")).runner_id for n in range(teams + others)]
        self.captains, self.others = runners[:teams], runners[teams:]
        begin_write()
        picked = TeamSetup(TeamMode.PICKED, [f"Team {n}" for n in range(1, teams + 1)], self.captains)
        self.challenge = service.create_challenge(self.group, NOVEMBER, picked, BEFORE)
        db.session.commit()
        made = select(Entry.runner_id, Entry.id).where(Entry.challenge_id == self.challenge.id)
        self.entries = dict(db.session.execute(made).all())

    def pick(self, captain: int, runner: int, *, number: int | None = None, organiser: bool = False) -> None:
        begin_write()
        locked_group(Group.id == self.group.id)
        turn = turn_of(self.challenge)
        assert turn
        asked, entry_id = number or turn.number, self.entries[runner]
        drafts.pick(self.challenge, asked, entry_id, captain, is_organiser=organiser, today=TODAY, now=BEFORE)
        db.session.commit()

    def undo(self, number: int, picked: int, runner: int, *, organiser: bool = False) -> None:
        begin_write()
        locked_group(Group.id == self.group.id)
        who = (self.entries[picked], runner)
        drafts.undo_pick(self.challenge, number, *who, is_organiser=organiser, today=TODAY, now=BEFORE)
        db.session.commit()
