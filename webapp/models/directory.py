"""What the directory of groups is searched by. All of it is derived from what groups tell of themselves."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base
from webapp.models.columns import ordered_by_bytes
from webapp.text import MAX_SEARCH_WORD


class DirectoryWord(Base):
    """A word that a listed group is found by, as `text.search_words` writes it."""

    __tablename__ = "directory_word"

    # Looked for by its beginning, which an index can do only in the order of bytes.
    word: Mapped[str] = mapped_column(ordered_by_bytes(MAX_SEARCH_WORD), primary_key=True)
    group_id: Mapped[int] = mapped_column(
        ForeignKey("running_group.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    # Is it a word of the group's area?
    in_area: Mapped[bool]
