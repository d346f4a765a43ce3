"""What the directory of groups is searched by. All of it is derived from what groups tell of themselves."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from webapp.extensions import Base
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
