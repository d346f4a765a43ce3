"""A challenge whose teams are drafted."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import insert, select

from tests.support.browser import Browser
from tests.support.builders import make_group, make_member, make_runner
from tests.support.challenges import NOVEMBER
from webapp.challenge_admin import service
from webapp.challenge_admin.service import ChallengeSpec
from webapp.db import begin_write, db
from webapp.drafts import service as drafts
from webapp.drafts.turn_queries import turn_of
from webapp.extensions import clock
from webapp.groups.queries import locked_group
from webapp.models.accounts import Runner
from webapp.models.challenges import Entry, Pick, TeamStint
from webapp.models.groups import Consent, Group, Membership
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.team_lottery import team_on_turn
from webapp.teams import balance_service
from webapp.teams.service import TeamSetup
from webapp.text import search_key

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


class Large:
    """A challenge of two teams with many members. The organiser is its first captain and may pick all of them."""

    def __init__(self, app: Flask, members: int, picked: int = 0) -> None:
        self.group = make_group()
        self.runners = crowd(self.group, members)
        today = clock().today("UTC")
        spec = ChallengeSpec("Draft", today + timedelta(days=3), today + timedelta(days=20), 24)
        begin_write()
        teams = TeamSetup(TeamMode.PICKED, ["Red", "Blue"], self.runners[:2])
        self.challenge = service.create_challenge(self.group, spec, teams, clock().now())
        db.session.commit()
        self.entries = list(
            db.session.scalars(select(Entry.id).where(Entry.challenge_id == self.challenge.id).order_by(Entry.id))
        )
        self.pick(picked)
        self.browser = Browser(app)
        self.browser.sign_in_as(db.session.get_one(Runner, self.runners[0]))
        self.path = f"/g/{self.group.slug}/c/{self.challenge.id}"

    def pick(self, count: int) -> None:
        """Have the first `count` after the captains picked, as the captains would in turn."""
        teams, chosen = [team.id for team in self.challenge.teams], self.entries[2 : 2 + count]
        on_turn = [team_on_turn(number, teams) for number in range(1, count + 1)]
        picks = [
            {"challenge_id": self.challenge.id, "number": number, "team_id": team, "entry_id": entry}
            for number, (team, entry) in enumerate(zip(on_turn, chosen, strict=True), start=1)
        ]
        if picks:
            first = self.challenge.starts_on
            stints = [{"entry_id": pick["entry_id"], "team_id": pick["team_id"], "from_date": first} for pick in picks]
            db.session.execute(insert(Pick), picks)
            db.session.execute(insert(TeamStint), stints)
            balance_service.leave_draft_pool(chosen)
            db.session.commit()

    def page(self, rest: str = "draft") -> str:
        answer = self.browser.get(f"{self.path}/{rest}")
        assert answer.status_code == 200
        return answer.text


def crowd(group: Group, count: int) -> list[int]:
    """Put members called "Runner 0001" and so on into a group; the first is its organiser."""
    now = clock().now()
    names = [f"Runner {n:04}" for n in range(1, count + 1)]
    made = insert(Runner).returning(Runner.id)
    runners = sorted(db.session.scalars(made, [{"name": name, "created_at": now} for name in names]))
    theirs = [{"group_id": group.id, "runner_id": runner} for runner in runners]
    roles = ["organiser", *["member"] * (count - 1)]
    rows = [{**ids, "role": role, "joined_at": now} for ids, role in zip(theirs, roles, strict=True)]
    db.session.execute(insert(Membership), rows)
    given = {"text_version": GROUP_CONSENT_VERSION, "given_at": now}
    shown = [{"shown_name": name, "search_name": search_key(name)} for name in names]
    db.session.execute(insert(Consent), [{**ids, **given, **name} for ids, name in zip(theirs, shown, strict=True)])
    db.session.commit()
    return runners
