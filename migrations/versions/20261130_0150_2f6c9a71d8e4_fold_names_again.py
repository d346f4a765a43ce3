"""Fold the stored names again, by Unicode's table of look-alikes.

Names in small capitals, Coptic, Cherokee, Armenian and other scripts are now one with the names that they look like.
Of two members of a group whose names became one by that, the first one keeps theirs. The later one is shown with a
number behind the name ("Ana Ruiz 2") from now on, until they choose another or their name on Strava changes; the
group's log has it. The same for names that only the application itself uses ("An organiser").

Revision: 2f6c9a71d8e4
After: 8c2e4d17fa60
"""

import hashlib
import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

import regex
import sqlalchemy as sa
from alembic import op

revision = "2f6c9a71d8e4"
down_revision = "8c2e4d17fa60"
branch_labels = None
depends_on = None

CONSENT = sa.table(
    "consent", *(sa.column(name) for name in (
        "id", "group_id", "runner_id", "name_style", "shown_name", "search_name", "name_key", "withdrawn_at"
    ))
)  # fmt: skip
CHALLENGE = sa.table("challenge", sa.column("group_id"), sa.column("version"))
LOG = sa.table(
    "audit_line", sa.column("group_id"), sa.column("at", sa.DateTime(timezone=True)), sa.column("action"),
    sa.column("subject_id"), sa.column("words"),
)  # fmt: skip


def upgrade() -> None:
    # Without keys first: a new key may be the old one of somebody who is still to come.
    op.execute(CONSENT.update().values(name_key=None))
    shown = sa.select(CONSENT).where(CONSENT.c.withdrawn_at.is_(None), CONSENT.c.shown_name != "")
    taken: dict[int, set[str]] = {}
    for consent in op.get_bind().execute(shown.order_by(CONSENT.c.group_id, CONSENT.c.id)).all():
        others = taken.setdefault(consent.group_id, set())
        name = free_name(consent.shown_name, consent.name_style == "alias", others)
        key = folded(name)
        others.add(key)
        names = {"shown_name": name, "search_name": search_key(name), "name_key": key}
        op.execute(CONSENT.update().where(CONSENT.c.id == consent.id).values(**names))
        if name != consent.shown_name:
            _tell(consent.group_id, consent.runner_id, f"{consent.shown_name} is now {name}")


def downgrade() -> None:
    # The former keys were coarser, so these do as well: each is still the only one of its group.
    pass


def _tell(group_id: int, runner_id: int, words: str) -> None:
    line = {"at": datetime.now(UTC), "action": "name_settled", "subject_id": runner_id, "words": words}
    op.execute(LOG.insert().values(group_id=group_id, **line))
    # Pages keep parts of boards by version, names included.
    op.execute(CHALLENGE.update().where(CHALLENGE.c.group_id == group_id).values(version=CHALLENGE.c.version + 1))


# The rules of names as they are on the day of this migration. They stay as they are, whatever the application does
# later: a migration has to give the same result for ever. The table of look-alikes is a file that never changes.

TABLE = Path(__file__).parents[2] / "webapp" / "data" / "look_alikes_17.txt"
NAMELESS = "A runner"
STAND_INS = (
    "a former member", "A hidden runner", NAMELESS, "A member", "An organiser",
    "a member who keeps their longest run to themselves", "You",
)  # fmt: skip
SHOWN_LONGEST, KEY_LONGEST, DIGEST_LONGEST = 120, 240, 32
LOOKS = {
    character: look
    for look, characters in (
        line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("# ")
    )
    for character in characters
}
ONE_OF_EACH = str.maketrans({**dict(zip("0134578", "oleastb", strict=True)), "i": "l", "|": "l", "m": "rn"})


def free_name(name: str, is_chosen: bool, taken: Collection[str]) -> str:
    """Return the name, or with the first number behind it that makes it free."""
    numbered = (f"{_cut(name, SHOWN_LONGEST - len(f' {number}'))} {number}" for number in count(2))
    kept_back = {_without_article(words) for words in STAND_INS} if is_chosen or name != NAMELESS else set()
    tried = chain([name], numbered)
    return next(one for one in tried if folded(one) not in taken and _without_article(one) not in kept_back)


def folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.translate(str.maketrans("ϲϹ", "cC")))
    has_latin = any(map(_is_latin, plain))
    looks = "".join(_look(character, has_latin) for character in plain)
    seen = (one for one in unicodedata.normalize("NFKD", looks.casefold()) if unicodedata.category(one)[0] in "LNS")
    figures = "".join(str(unicodedata.decimal(character, character)) for character in seen)
    key = figures.translate(ONE_OF_EACH) or name
    digest = hashlib.sha256(key.encode()).hexdigest()[:DIGEST_LONGEST]
    return key if len(key) <= KEY_LONGEST else key[: KEY_LONGEST - DIGEST_LONGEST] + digest


def search_key(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(character for character in letters if not unicodedata.combining(character))
    return " ".join(unicodedata.normalize("NFC", plain).split())[:KEY_LONGEST]


def _without_article(words: str) -> str:
    first, _, rest = words.strip().partition(" ")
    return folded(rest if rest and folded(first) in ("a", "an", "the") else words)


def _is_latin(character: str) -> bool:
    return unicodedata.name(character, "").startswith("LATIN ")


def _look(character: str, has_latin: bool) -> str:
    small, capital = character.casefold(), character.upper()
    if len(small) > 1:
        return small
    forms = (capital, small)
    if has_latin:
        forms = (small, capital) if _is_latin(character) else (character, small, capital)
    return next((LOOKS[form] for form in forms if form in LOOKS), small)


def _cut(text: str, most: int) -> str:
    kept = ""
    for character in regex.findall(r"\X", text):
        if len(kept) + len(character) > most:
            break
        kept += character
    return kept.strip()
