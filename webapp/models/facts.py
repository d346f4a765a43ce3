"""Facts: what happened and is told to runners."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.models.columns import OpenWord
from webapp.models.words import FactKind

_IS_WAITING = "fanned_out_at IS NULL"


class Fact(Base):
    """One thing that happened, written in the transaction in which it happens. Its kind and key name it.

    It holds ids and numbers, and never a name, a title or a text: these are read when it is shown or sent.
    """

    __tablename__ = "fact"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        # What the fan-out has still to do.
        Index("ix_fact_waiting", "id", sqlite_where=text(_IS_WAITING), postgresql_where=text(_IS_WAITING)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FactKind] = mapped_column(OpenWord(FactKind, 30))
    key: Mapped[str] = mapped_column(String(80))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), index=True)
    challenge_id: Mapped[int | None] = mapped_column(ForeignKey("challenge.id", ondelete="CASCADE"), index=True)
    group_run_id: Mapped[int | None] = mapped_column(ForeignKey("group_run.id", ondelete="CASCADE"), index=True)
    # The one reader; None: the audience of the kind.
    runner_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    # The other runner, whom it names. Erasing them erases the fact.
    about_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="CASCADE"), index=True)
    # The runner who did it, and so is not told.
    by_id: Mapped[int | None] = mapped_column(ForeignKey("runner.id", ondelete="SET NULL"), index=True)
    # Ids, metres, dates as ISO writes them.
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    happened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    # The readers up to this id have their notification.
    fanned_out_to: Mapped[int] = mapped_column(default=0)
    # When all of them had it.
    fanned_out_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Since when it is no longer true. Recording it again makes it true again.
    withdrawn_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
