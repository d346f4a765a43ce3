"""Name the table of breaks by the word of the pages. Rows and their numbers stay as they are.

Revision: b3e7a1c9f054
After: 4d8f1c6b03e2
"""

import sqlalchemy as sa
from alembic import op

revision = "b3e7a1c9f054"
down_revision = "4d8f1c6b03e2"
branch_labels = None
depends_on = None

COLUMNS = "id, runner_id, starts_on, ends_on, is_marked"


def upgrade() -> None:
    _create("runner_break")
    _move("pause", "runner_break")


def downgrade() -> None:
    _create("pause")
    _move("runner_break", "pause")


# A renamed table would keep the names of its constraints, which SQLite cannot change: so its rows move to a new one.


def _create(table: str) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("is_marked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f(f"ck_{table}_forward")),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f(f"fk_{table}_runner_id_runner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("runner_id", "starts_on", name=op.f(f"uq_{table}_runner_id_starts_on")),
    )
    op.create_index(f"ix_{table}_ends_on", table, ["ends_on"])


def _move(old: str, new: str) -> None:
    op.execute(f"INSERT INTO {new} ({COLUMNS}) SELECT {COLUMNS} FROM {old}")  # noqa: S608  # names of this file
    op.drop_table(old)
    if op.get_bind().dialect.name == "postgresql":
        highest = f"(SELECT coalesce(max(id), 0) + 1 FROM {new})"  # noqa: S608  # a name of this file
        op.execute(f"SELECT setval(pg_get_serial_sequence('{new}', 'id'), {highest}, false)")
