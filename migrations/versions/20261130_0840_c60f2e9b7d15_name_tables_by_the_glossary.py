"""Name tables and columns by the glossary.

A team's stint, an initial import, a full resync and a bucket of a board have one word each. Rows stay as they are.

Revision: c60f2e9b7d15
After: 2f6c9a71d8e4
"""

import sqlalchemy as sa
from alembic import op

revision = "c60f2e9b7d15"
down_revision = "2f6c9a71d8e4"
branch_labels = None
depends_on = None

# Table -> columns, each with its former name and its present one.
COLUMNS = {
    "connection": [
        ("looked_at", "last_full_resync_at"),
        ("next_look_at", "next_full_resync_at"),
        ("look_asked_at", "full_resync_asked_at"),
        ("pulling_until", "syncing_until"),
    ],
    "entry": [("habit_m", "usual_longest_m"), ("fixed_at", "baseline_snapshot_at")],
    "placement": [("cell", "bucket"), ("before_cell", "before_bucket")],
}


def upgrade() -> None:
    _drop_connection_indexes("looked_at", "next_look_at")
    for table, columns in COLUMNS.items():
        for old, new in columns:
            _rename_column(table, old, new)
    _create_connection_indexes("last_full_resync_at", "next_full_resync_at")
    _create_stints("team_stint", "stint_forward")
    _move("team_spell", "team_stint", "id, entry_id, team_id, from_date, to_date")
    _number_from_the_highest("team_stint")
    _create_imports("initial_import", "runs_ingested")
    _move("first_pull", "initial_import", "runner_id, state, pages_read, runs_taken_in, asked_at, ended_at, problem")
    _create_tallies("bucket_tally", "bucket")
    _move("cell_tally", "bucket_tally", "challenge_id, ordering, cell, entries, total")


def downgrade() -> None:
    _create_tallies("cell_tally", "cell")
    _move("bucket_tally", "cell_tally", "challenge_id, ordering, bucket, entries, total")
    _create_imports("first_pull", "runs_taken_in")
    _move("initial_import", "first_pull", "runner_id, state, pages_read, runs_ingested, asked_at, ended_at, problem")
    _create_stints("team_spell", "spell_forward")
    _move("team_stint", "team_spell", "id, entry_id, team_id, from_date, to_date")
    _number_from_the_highest("team_spell")
    _drop_connection_indexes("last_full_resync_at", "next_full_resync_at")
    for table, columns in COLUMNS.items():
        for old, new in columns:
            _rename_column(table, new, old)
    _create_connection_indexes("looked_at", "next_look_at")


def _rename_column(table: str, old: str, new: str) -> None:
    # In place on both databases, indexes included. A batch would copy the table, and lose the order of an index.
    op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")


def _drop_connection_indexes(last: str, due: str) -> None:
    for index in (f"ix_connection_{last}", f"ix_connection_state_{due}"):
        op.drop_index(index, table_name="connection")


def _create_connection_indexes(last: str, due: str) -> None:
    op.create_index(f"ix_connection_{last}", "connection", [last])
    op.create_index(f"ix_connection_state_{due}", "connection", ["state", due])


# A renamed table would keep the names of its constraints, which SQLite cannot change: so its rows move to a new one.


def _move(old: str, new: str, columns: str) -> None:
    """Move all rows to `new`, whose columns stand in the order of `columns`, and drop `old`."""
    op.execute(f"INSERT INTO {new} SELECT {columns} FROM {old}")  # noqa: S608  # names of this file
    op.drop_table(old)


def _number_from_the_highest(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        highest = f"(SELECT coalesce(max(id), 0) + 1 FROM {table})"  # noqa: S608  # a name of this file
        op.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {highest}, false)")


def _create_stints(table: str, check: str) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=True),
        sa.CheckConstraint("to_date IS NULL OR to_date >= from_date", name=op.f(f"ck_{table}_{check}")),
        _cascade(table, "entry_id", "entry"),
        _cascade(table, "team_id", "team"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("entry_id", "from_date", name=op.f(f"uq_{table}_entry_id_from_date")),
    )
    op.create_index(f"ix_{table}_team_id", table, ["team_id"])


def _create_imports(table: str, runs: str) -> None:
    op.create_table(
        table,
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("pages_read", sa.Integer(), nullable=False),
        sa.Column(runs, sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'reading', 'done', 'failed')", name=op.f(f"ck_{table}_state_known")),
        _cascade(table, "runner_id", "runner"),
        sa.PrimaryKeyConstraint("runner_id", name=op.f(f"pk_{table}")),
    )
    op.create_index(f"ix_{table}_state_asked_at", table, ["state", "asked_at"])


def _create_tallies(table: str, bucket: str) -> None:
    op.create_table(
        table,
        sa.Column("challenge_id", sa.Integer(), nullable=False),
        sa.Column("ordering", sa.String(length=6), nullable=False),
        sa.Column(bucket, sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        _cascade(table, "challenge_id", "challenge"),
        sa.PrimaryKeyConstraint("challenge_id", "ordering", bucket, name=op.f(f"pk_{table}")),
    )


def _cascade(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete="CASCADE")
