"""How the field of a challenge stood at the end of each date, for its replay."""

from datetime import date

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base


class RoadTally(Base):
    """How many of those who show their days had a total on one step of the road, above the start, after a date.

    Where each of them stood follows from their day scores. A board of one page has no tallies, because its replay names
    everybody. The tallies of a challenge go at once when one of those in them shows less or leaves, and are derived
    again with its overtakes.
    """

    __tablename__ = "road_tally"

    challenge_id: Mapped[int] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), primary_key=True)
    local_date: Mapped[date] = mapped_column(Date, primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entries: Mapped[int]
