"""What a group tells those who are not in it. Nothing here comes from a run."""

from datetime import date, datetime, time

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import ordered_by_bytes


class GroupProfile(Base):
    """What a group tells of itself, and to whom. A group without a row tells nothing to anybody but its members."""

    __tablename__ = "group_profile"
    # All that finding and ordering a page of the directory reads.
    __table_args__ = (
        Index("ix_group_profile_directory", "listed", "sort_name", "group_id", "fits", "quickest", "slowest"),
    )

    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True)
    # In the directory of this installation, for everybody who is signed in.
    listed: Mapped[bool] = mapped_column(default=False)
    # A page for everybody, signed in or not, which search engines may show.
    public: Mapped[bool] = mapped_column(default=False)
    # Town or part of town, as typed. No coordinates are kept.
    area: Mapped[str] = mapped_column(String(80), default="")
    # The usual paces in seconds per km, the quicker one first; both or neither.
    quickest: Mapped[int | None]
    slowest: Mapped[int | None]
    # The usual distances in metres, the shorter one first; both or neither.
    shortest_m: Mapped[int | None]
    farthest_m: Mapped[int | None]
    beginners: Mapped[bool] = mapped_column(default=False)
    languages: Mapped[str] = mapped_column(String(120), default="")
    # The group's name as `text.search_key` writes it: the directory is in this order.
    sort_name: Mapped[str] = mapped_column(ordered_by_bytes(240), default="")
    # The Monday of the week for which members were last counted, and their number, in steps of `directory.fit_rules`.
    counted_for: Mapped[date | None]
    size_step: Mapped[int] = mapped_column(SmallInteger, default=0)
    # How many members are in each band, as `directory.fit_rules` writes it.
    fits: Mapped[str] = mapped_column(ordered_by_bytes(22), default="0" * 22)
    # Members who switched "Fits me" on up to then are counted.
    fits_up_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The Monday of the last count with a member who has gone since; nobody is counted for some weeks.
    withdrawn_for: Mapped[date | None]


class MeetingTime(Base):
    """When and where a group usually meets, by the clock of its own zone. Monday is 0."""

    __tablename__ = "meeting_time"

    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True)
    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    starts_at: Mapped[time] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(String(120), default="")


class GroupPicture(Base):
    """A group's picture as JPEG, whole and small, made by us from what was uploaded and without what that carried."""

    __tablename__ = "group_picture"

    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True)
    # Of the whole picture; a part of its address.
    digest: Mapped[str] = mapped_column(String(32))
    width: Mapped[int]
    height: Mapped[int]
    whole: Mapped[bytes] = mapped_column(LargeBinary)
    small: Mapped[bytes] = mapped_column(LargeBinary)
