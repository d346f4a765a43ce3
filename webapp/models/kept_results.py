"""What runners keep of challenges of groups that are gone."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base

NO_PLACE = 0


class KeptResult(Base):
    """A runner's own result in a final challenge of a group that was deleted. It names nobody, and only they see it."""

    __tablename__ = "kept_result"

    id: Mapped[int] = mapped_column(primary_key=True)
    runner_id: Mapped[int] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    group_name: Mapped[str] = mapped_column(String(80))
    challenge_name: Mapped[str] = mapped_column(String(80))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    # In the unit of the challenge's rules, which `unit` names as `RuleSet.unit` does.
    total: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(20))
    days: Mapped[int]
    # NO_PLACE where the runners had one goal together.
    rank: Mapped[int]
    # How many runners had a place in it.
    runners: Mapped[int]
