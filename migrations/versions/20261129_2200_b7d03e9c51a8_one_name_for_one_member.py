"""Give each member of a group a name that no other member has, and never a Strava number.

The folded name of each consent is kept, once per group. Existing namesakes get the name that the automatic rule gives:
whoever joined first keeps theirs. Accounts that were called after their Strava number have no name from now on. Each
change is in the group's log, without the number.

Revision: b7d03e9c51a8
After: c4e81b60a7d3
"""

import unicodedata
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import chain, count

import regex
import sqlalchemy as sa
from alembic import op

revision = "b7d03e9c51a8"
down_revision = "c4e81b60a7d3"
branch_labels = None
depends_on = None

CONSENT = sa.table(
    "consent", *(sa.column(name) for name in (
        "id", "group_id", "runner_id", "name_style", "shown_name", "search_name", "name_key", "withdrawn_at"
    ))
)  # fmt: skip
RUNNER = sa.table("runner", sa.column("id"), sa.column("name"))
CONNECTION = sa.table("connection", sa.column("runner_id"), sa.column("athlete_id"))
CHALLENGE = sa.table("challenge", sa.column("group_id"), sa.column("version"))
LOG = sa.table(
    "audit_line", sa.column("group_id"), sa.column("at", sa.DateTime(timezone=True)), sa.column("action"),
    sa.column("subject_id"), sa.column("words"),
)  # fmt: skip


def upgrade() -> None:
    op.add_column("consent", sa.Column("name_key", sa.String(240)))
    numbered = _forget_numbers()
    _settle_names(numbered)
    op.create_index("ix_consent_group_id_name_key", "consent", ["group_id", "name_key"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_consent_group_id_name_key", table_name="consent")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_column("name_key")


def _forget_numbers() -> set[int]:
    """Leave accounts that are called after their Strava number without a name; return the runners."""
    number = sa.literal("Runner ") + sa.cast(CONNECTION.c.athlete_id, sa.String)
    called_so = (
        sa.select(RUNNER.c.id).join(CONNECTION, CONNECTION.c.runner_id == RUNNER.c.id).where(RUNNER.c.name == number)
    )
    runners = set(op.get_bind().scalars(called_so))
    for runner_id in runners:
        op.execute(RUNNER.update().where(RUNNER.c.id == runner_id).values(name=""))
    return runners


def _settle_names(numbered: set[int]) -> None:
    shown = (
        sa.select(CONSENT, RUNNER.c.name)
        .join(RUNNER, RUNNER.c.id == CONSENT.c.runner_id)
        .where(CONSENT.c.withdrawn_at.is_(None))
        .order_by(CONSENT.c.group_id, CONSENT.c.id)
    )
    taken: dict[int, set[str]] = {}
    for consent in op.get_bind().execute(shown).all():
        others = taken.setdefault(consent.group_id, set())
        name = free_name(consent.name, consent.name_style, consent.shown_name, others)
        others.add(folded(name))
        names = {"shown_name": name, "search_name": search_key(name), "name_key": folded(name)}
        op.execute(CONSENT.update().where(CONSENT.c.id == consent.id).values(**names))
        if name != consent.shown_name:
            words = "" if consent.runner_id in numbered else f"{consent.shown_name} is now {name}"
            _tell(consent.group_id, consent.runner_id, words)


def _tell(group_id: int, runner_id: int, words: str) -> None:
    line = {"at": datetime.now(UTC), "action": "name_settled", "subject_id": runner_id, "words": words}
    op.execute(LOG.insert().values(group_id=group_id, **line))
    # Pages keep parts of boards by version, names included.
    op.execute(CHALLENGE.update().where(CHALLENGE.c.group_id == group_id).values(version=CHALLENGE.c.version + 1))


# The rules of names as they were on the day of this migration. They stay as they are, whatever the application does
# later: a migration has to give the same result for ever.

FORMER, HIDDEN_NAME, NAMELESS = "a former member", "A hidden runner", "A runner"
ALIAS_LONGEST, SHOWN_LONGEST, SEARCH_LONGEST = 40, 120, 240
JOINERS, BLANKS = "\u200c\u200d", "\u115f\u1160\u2800\u3164\uffa0"
LOOK_ALIKES = str.maketrans(
    "0134578" + "i|ıǀӏ" + "аврсекмнотухіјѕԛԝ" + "αβεζηικμνορτυχ" + "øłđðħŧɑɡ",
    "oleastb" + "lllll" + "abpcekmhotyxljsqw" + "abezhlkmnoptyx" + "olddhtag",
)


def free_name(full: str, style: str, alias: str, taken: Collection[str]) -> str:
    first = _shown_name(full, style, alias)
    kept_back = {folded(words) for words in (FORMER, HIDDEN_NAME, NAMELESS)}
    if first == NAMELESS and style != "alias":
        kept_back.remove(folded(NAMELESS))
    longer = _longer_names(full) if style == "initial" else iter(())
    numbered = _numbered(first, ALIAS_LONGEST if style == "alias" else SHOWN_LONGEST)
    tried = chain([first], longer, numbered)
    return next(name for name in tried if (key := folded(name)) not in kept_back and key not in taken)


def folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    seen = (character for character in plain if unicodedata.category(character)[0] in "LNS")
    digits = "".join(str(unicodedata.decimal(character, character)) for character in seen)
    return _shortened(digits.translate(LOOK_ALIKES) or name)


def _shortened(key: str) -> str:
    # Names longer than the column may differ in their last letters only.
    return key if len(key) <= SEARCH_LONGEST else key[: SEARCH_LONGEST // 2] + key[-SEARCH_LONGEST // 2 :]


def search_key(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return _tidy("".join(character for character in letters if not unicodedata.combining(character)))[:SEARCH_LONGEST]


def _shown_name(full: str, style: str, alias: str) -> str:
    if style == "alias":
        return _cut(_tidy(alias), SHOWN_LONGEST)
    name = _cleaned(full)
    if not any(unicodedata.category(character)[0] in "LNS" for character in name):
        return NAMELESS
    return _cut(name if style == "full" else _with_initial(name), SHOWN_LONGEST)


def _with_initial(full: str) -> str:
    first, last = _parts(full)
    return f"{first} {last[0]}." if last else first


def _longer_names(full: str) -> Iterator[str]:
    first, last = _parts(_cleaned(full))
    for length in range(2, len(last)):
        yield _cut(f"{first} {''.join(last[:length])}.", SHOWN_LONGEST)


def _numbered(name: str, longest: int) -> Iterator[str]:
    for number in count(2):
        yield f"{_cut(name, longest - len(f' {number}'))} {number}"


def _parts(full: str) -> tuple[str, list[str]]:
    first, *others = full.split() or [""]
    with_letters = [letters for word in others if (letters := _letters(word))]
    if _letters(first) or not with_letters:
        return first, with_letters[-1] if with_letters else []
    name, _, rest = full.partition(" ")
    front, last = _parts(rest)
    return f"{name} {front}", last


def _letters(word: str) -> list[str]:
    found = regex.findall(r"\X", word)
    places = [n for n, character in enumerate(found) if unicodedata.category(character[0]).startswith("L")]
    return found[places[0] : places[-1] + 1] if places else []


def _cut(text: str, most: int) -> str:
    kept = ""
    for character in regex.findall(r"\X", text):
        if len(kept) + len(character) > most:
            break
        kept += character
    return kept.strip()


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _cleaned(text: str) -> str:
    return _tidy("".join(character if _harmless(character) else " " for character in text))


def _harmless(character: str) -> bool:
    category = unicodedata.category(character)
    return character in JOINERS or not (category.startswith("C") or category in ("Zl", "Zp") or character in BLANKS)
