"""Name the events of Strava by the glossary, since the inbox is now the page of notifications.

A renamed table would keep the names of its constraints, which SQLite cannot change: so its rows move to a new one.

Revision: c1e95b07d3a4
After: 5a7c0e93d1b8
"""

import sqlalchemy as sa
from alembic import op

revision = "c1e95b07d3a4"
down_revision = "5a7c0e93d1b8"
branch_labels = None
depends_on = None

COLUMNS = "id, runner_id, received_at, object_type, object_id, aspect, updates, event_time, small, retry_at, done_at"


def upgrade() -> None:
    _move("inbox_event", "stored_event")


def downgrade() -> None:
    _move("stored_event", "inbox_event")


def _move(old: str, new: str) -> None:
    """Move all rows to a new table, in the order in which they came, and drop the old one."""
    _create(new)
    op.execute(f"INSERT INTO {new} ({COLUMNS}) SELECT {COLUMNS} FROM {old} ORDER BY id")  # noqa: S608  # names of this file
    op.drop_table(old)
    if op.get_bind().dialect.name == "postgresql":
        highest = f"(SELECT coalesce(max(id), 0) + 1 FROM {new})"  # noqa: S608  # a name of this file
        op.execute(f"SELECT setval(pg_get_serial_sequence('{new}', 'id'), {highest}, false)")


def _create(table: str) -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("object_type", sa.String(length=10), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("aspect", sa.String(length=10), nullable=False),
        sa.Column("updates", sa.JSON(), nullable=False),
        sa.Column("event_time", moment, nullable=False),
        sa.Column("small", sa.Boolean(), nullable=False),
        sa.Column("retry_at", moment, nullable=True),
        sa.Column("done_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f(f"fk_{table}_runner_id_runner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_runner_id_done_at", table, ["runner_id", "done_at"])
    op.create_index(f"ix_{table}_done_at_received_at", table, ["done_at", "received_at"])
