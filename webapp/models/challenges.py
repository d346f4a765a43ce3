"""A challenge of one group, its teams, and who takes part in it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Base, UtcDateTime
from webapp.models.columns import Rules, known, word
from webapp.rulebook.lifecycle import closes_at
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.ruleset import RuleSet
from webapp.rulebook.windows import Frame


class Series(Base):
    """A challenge that renews: each month or week another one is made from it, days before it begins."""

    __tablename__ = "series"
    __table_args__ = (
        known("frame", Frame),
        known("team_mode", TeamMode),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    frame: Mapped[Frame] = mapped_column(word(Frame, 5))
    rules: Mapped[RuleSet] = mapped_column(Rules)
    grace_hours: Mapped[int] = mapped_column(default=24)
    team_mode: Mapped[TeamMode] = mapped_column(word(TeamMode, 8), default=TeamMode.NONE)
    late_counts_whole: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Do teams stay together, or are new teams made each time?
    keeps_teams: Mapped[bool] = mapped_column(default=False)
    # Days before its first date at which the next challenge is made.
    lead_days: Mapped[int] = mapped_column(default=7)
    # The first date of the challenge that is to be made next.
    next_on: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SeriesSkip(Base):
    """A month or week that a series leaves out."""

    __tablename__ = "series_skip"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    starts_on: Mapped[date] = mapped_column(Date, primary_key=True)


class SeriesChoice(Base):
    """A member's own choice whether to be entered in the challenges of a series; without one they are."""

    __tablename__ = "series_choice"

    series_id: Mapped[int] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"), primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True, index=True)
    enters: Mapped[bool]


class ChallengeLeaver(Base):
    """A runner who left a challenge with teams: if they come back, they do not join for the first time.

    Kept until the challenge is frozen.
    """

    __tablename__ = "challenge_leaver"

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), primary_key=True, index=True)


class Challenge(Base):
    """A contest over a window of local dates, both ends in."""

    __tablename__ = "challenge"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="window_forward"),
        known("team_mode", TeamMode),
        # One per series and start, however often the job runs.
        UniqueConstraint("series_id", "starts_on"),
        Index("ix_challenge_group_id_starts_on", "group_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    grace_hours: Mapped[int] = mapped_column(default=24)
    # When an organiser closed it before its grace time was over.
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The rule set, and how often it was changed since.
    rules: Mapped[RuleSet] = mapped_column(Rules, default=RuleSet())
    edition: Mapped[int] = mapped_column(default=1, server_default="1")
    # The rule set by which the published board was derived; it differs while a change is being derived.
    shown_rules: Mapped[RuleSet | None] = mapped_column(Rules)
    # A change of rules is being derived: the board stays as it was until every entry is derived.
    is_changing: Mapped[bool] = mapped_column(default=False, server_default=false())
    team_mode: Mapped[TeamMode] = mapped_column(word(TeamMode, 8), default=TeamMode.NONE, server_default=TeamMode.NONE)
    # Does a runner who joins late for the first time bring the whole window to their team?
    late_counts_whole: Mapped[bool] = mapped_column(default=False, server_default=false())
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # When its totals became facts: after the grace time, once everybody was read a last time or a day was waited for.
    frozen_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    # How many entries could not be read a last time; None before it is frozen.
    unread: Mapped[int | None]
    # The checksum over the frozen results (webapp.results), in hexadecimal.
    checksum: Mapped[str | None] = mapped_column(String(64))
    # The version of the published board. One job at a time moves it, so pages and their parts can be cached by version.
    version: Mapped[int] = mapped_column(default=0)
    # The group's date for which the board was published.
    as_of: Mapped[date | None] = mapped_column(Date)
    # Overtakes from this date on are to be derived again; None when they are up to date.
    overtakes_from: Mapped[date | None] = mapped_column(Date)
    # The spread of the teams by recent mileage, in thousandths of a per cent of their mean: as they are, and of random
    # teams. Only for challenges too large for a page to compute it. None if it was not computed, or nothing was run.
    spread: Mapped[int | None]
    lot_spread: Mapped[int | None]

    teams: Mapped[list["Team"]] = relationship(order_by="Team.position", passive_deletes=True)

    @property
    def closes_at(self) -> datetime:
        """Return when late runs stop counting."""
        return closes_at(self.ends_on, self.grace_hours, self.closed_at)


class Team(Base):
    """A team of one challenge."""

    __tablename__ = "team"
    __table_args__ = (UniqueConstraint("challenge_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int]
    # The runner who picks for it, if captains pick.
    captain_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"))


class Entry(Base):
    """A runner in a challenge."""

    __tablename__ = "entry"
    __table_args__ = (
        UniqueConstraint("challenge_id", "runner_id"),
        Index("ix_entry_challenge_id_waiting_m", "challenge_id", "waiting_m", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    # The runner's target, in the unit of the measure.
    target: Mapped[int | None]
    # Facts from the ledger before the first date, fixed when the challenge begins: the mean of a week in the unit of
    # the measure, over how many weeks, and whether it is the runner's own or the group's median; the longest run, in
    # metres.
    baseline: Mapped[int | None]
    baseline_weeks: Mapped[int | None]
    baseline_own: Mapped[bool | None]
    usual_longest_m: Mapped[int | None]
    baseline_snapshot_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # While it waits to be picked: its place in the draft pool, by the recent metres that the group may see of the
    # runner, or `balance_service.HIDDEN`. None for all others.
    waiting_m: Mapped[int | None]

    stints: Mapped[list["TeamStint"]] = relationship(order_by="TeamStint.from_date", passive_deletes=True)


class TeamStint(Base):
    """An entry's time in a team: from `from_date` on, to `to_date` (None: still). A run counts by its local date."""

    __tablename__ = "team_stint"
    __table_args__ = (
        UniqueConstraint("entry_id", "from_date"),
        CheckConstraint("to_date IS NULL OR to_date >= from_date", name="stint_forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"))
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), index=True)
    from_date: Mapped[date] = mapped_column(Date)
    to_date: Mapped[date | None] = mapped_column(Date)


class Pick(Base):
    """A captain's pick: the entry that joined the team as the `number`th of all, from 1."""

    __tablename__ = "pick"
    __table_args__ = (UniqueConstraint("entry_id"),)

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"))
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"))


class RuleChange(Base):
    """A change of a challenge's rules after it was made; `edition` is the one it led to."""

    __tablename__ = "rule_change"

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    before: Mapped[RuleSet] = mapped_column(Rules)
    after: Mapped[RuleSet] = mapped_column(Rules)
    reason: Mapped[str] = mapped_column(String(280))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    # Progress of deriving everybody again.
    entries: Mapped[int]
    derived: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RuleEffect(Base):
    """What a change of rules did to one entry that stood on the board: total and rank before it, and after."""

    __tablename__ = "rule_effect"

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True)
    edition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True, index=True)
    total_before: Mapped[int] = mapped_column(BigInteger)
    rank_before: Mapped[int]
    total_after: Mapped[int | None] = mapped_column(BigInteger)
    rank_after: Mapped[int | None]
