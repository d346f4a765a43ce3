"""Give each member of a group a name that no other member has, and never a Strava number.

The folded name of each consent is kept, once per group. Existing namesakes get the name that the automatic rule gives:
whoever joined first keeps theirs. Accounts that were called after their Strava number have no name from now on. Each
change is in the group's log, without the number.

Revision: b7d03e9c51a8
After: c4e81b60a7d3
"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from webapp.groups.rules import search_key
from webapp.names import folded, free_name

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
