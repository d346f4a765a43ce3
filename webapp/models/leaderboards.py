"""The published board: one consistent set of rows per version, from which any page and any rank is a short read.

Ranks are not stored, since one run would move thousands of them. Entries lie in buckets in the order of the board;
the number of entries in each bucket is kept, so that a rank or the start of a page is a sum over buckets and a short
count within one (`ranking.bucket_of` says how entries fall into buckets).
"""

from sqlalchemy import BigInteger, ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base


class Placement(Base):
    """An entry on the board: its total when the board was published, and its total up to the day before."""

    __tablename__ = "placement"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    # A copy of the entry's, so that a page need not read the entries. It is deleted with the entry.
    runner_id: Mapped[int]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id", ondelete="SET NULL"), index=True)
    total: Mapped[int] = mapped_column(BigInteger)
    before: Mapped[int] = mapped_column(BigInteger)
    days: Mapped[int]
    bucket: Mapped[int]
    before_bucket: Mapped[int]
    # Do others see the rank alone? Such an entry stands behind those of the same total, with a rank of its own.
    rank_only: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Metres to the nearest strictly greater total; None for the leaders, for those at zero, and where only
    # entries that show their rank alone have that total.
    gap: Mapped[int | None] = mapped_column(BigInteger)


Index(
    "ix_placement_order",
    Placement.challenge_id,
    Placement.bucket,
    Placement.total.desc(),
    Placement.rank_only,
    Placement.entry_id,
)
Index("ix_placement_before", Placement.challenge_id, Placement.before_bucket, Placement.before)
Index("ix_placement_gap", Placement.challenge_id, Placement.gap, Placement.entry_id)


class BucketTally(Base):
    """How many entries are in a bucket of the order by `total` ("now") or `before` ("before"), and their sum."""

    __tablename__ = "bucket_tally"

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True)
    order: Mapped[str] = mapped_column("ordering", String(6), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True)
    entries: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    # How many of the entries have a total that others do not see.
    rank_only: Mapped[int] = mapped_column(default=0, server_default="0")


class TeamPlacement(Base):
    """A team on the board: its sum, its members now, and how many brought it at least one counting run.

    Its score is `score` divided by `score_of`, kept apart since averages are compared as fractions.
    """

    __tablename__ = "team_placement"

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), index=True)
    # A large team runs more than 2,147,483 km.
    total: Mapped[int] = mapped_column(BigInteger)
    members: Mapped[int]
    active: Mapped[int]
    met: Mapped[int] = mapped_column(default=0, server_default="0")
    score: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    score_of: Mapped[int] = mapped_column(default=1, server_default="1")
    # How many who brought something show their rank alone. If there is one, the figures of the team are not shown.
    rank_only: Mapped[int] = mapped_column(default=0, server_default="0")


class TeamPart(Base):
    """What the entries of one stretch of ids bring to a team, so that one run re-derives a stretch and not a team."""

    __tablename__ = "team_part"
    __table_args__ = (Index("ix_team_part_challenge_id_part", "challenge_id", "part"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"))
    total: Mapped[int] = mapped_column(BigInteger)
    members: Mapped[int]
    active: Mapped[int]
    met: Mapped[int] = mapped_column(default=0, server_default="0")
    rank_only: Mapped[int] = mapped_column(default=0, server_default="0")
