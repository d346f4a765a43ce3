"""What a notification says."""

from dataclasses import dataclass

from webapp.models.words import FactKind


@dataclass(frozen=True, slots=True)
class Message:
    """A notification in words, for one reader, as things are now.

    `link` is a path of this site. `where`: the group and the challenge that it is about, "" for neither.
    """

    notification_id: int
    kind: FactKind
    subject: str
    text_lines: tuple[str, ...]
    link: str
    link_text: str
    where: str
