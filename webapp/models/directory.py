"""What the directory of groups is searched by. All of it is derived from what groups tell of themselves."""

from sqlalchemy import ForeignKey, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base
from webapp.models.columns import known, word
from webapp.models.words import FitKind
from webapp.text import MAX_SEARCH_WORD

# Words are looked for by their beginning, which an index can do only where they are ordered by their bytes.
_WORD = String(MAX_SEARCH_WORD).with_variant(String(MAX_SEARCH_WORD, collation="C"), "postgresql")


class DirectoryWord(Base):
    """A word that a listed group is found by, as `text.search_words` writes it."""

    __tablename__ = "directory_word"

    word: Mapped[str] = mapped_column(_WORD, primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    # Is it a word of the group's area?
    in_area: Mapped[bool]


class GroupFit(Base):
    """At least `step` members of a listed group are in this band, of those who want to be counted.

    Bands and steps are those of `directory.fit_rules`. The exact number is stored nowhere.
    """

    __tablename__ = "group_fit"
    __table_args__ = (known("kind", FitKind),)

    group_id: Mapped[int] = mapped_column(ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[FitKind] = mapped_column(word(FitKind, 10), primary_key=True)
    band: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    step: Mapped[int] = mapped_column(SmallInteger)
