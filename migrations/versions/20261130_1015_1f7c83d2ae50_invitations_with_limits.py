"""Let invite links have a role, an end and a number of uses, and add the role of a run leader.

A group's link becomes its first invitation, without limits: its address keeps working. Who joined by a link is counted
from its uses, so that no counter can be wrong.

Revision: 1f7c83d2ae50
After: f1c7d9e3b842
"""

import sqlalchemy as sa
from alembic import op

revision = "1f7c83d2ae50"
down_revision = "f1c7d9e3b842"
branch_labels = None
depends_on = None

OLD_ROLES = "role IN ('organiser', 'captain', 'coach', 'member')"
NEW_ROLES = "role IN ('organiser', 'captain', 'coach', 'run_leader', 'member')"


def upgrade() -> None:
    _create_tables()
    moved = "SELECT id, invite, 'member', created_at FROM running_group WHERE invite IS NOT NULL"
    op.execute(f"INSERT INTO invitation (group_id, token, role, created_at) {moved}")  # names of this file
    with op.batch_alter_table("running_group") as table:
        table.drop_constraint("uq_running_group_invite", type_="unique")
        table.drop_column("invite")
    _allow_roles(NEW_ROLES)


def downgrade() -> None:
    op.execute("UPDATE membership SET role = 'member' WHERE role = 'run_leader'")
    _allow_roles(OLD_ROLES)
    with op.batch_alter_table("running_group") as table:
        table.add_column(sa.Column("invite", sa.String(40), nullable=True))
        table.create_unique_constraint("uq_running_group_invite", ["invite"])
    op.execute("""UPDATE running_group SET invite = (SELECT token FROM invitation WHERE id = (SELECT max(id)
        FROM invitation WHERE group_id = running_group.id AND role = 'member' AND revoked_at IS NULL
        AND expires_at IS NULL AND max_uses IS NULL))""")
    op.drop_table("invitation_use")
    op.drop_table("invitation")


def _allow_roles(roles: str) -> None:
    with op.batch_alter_table("membership") as table:
        table.drop_constraint(op.f("ck_membership_role_known"), type_="check")
        table.create_check_constraint(op.f("ck_membership_role_known"), roles)


def _create_tables() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("max_uses", sa.Integer(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(NEW_ROLES, name=op.f("ck_invitation_role_known")),
        sa.CheckConstraint("max_uses > 0", name=op.f("ck_invitation_max_uses_positive")),
        _key("invitation", "group_id", "running_group", "CASCADE"),
        _key("invitation", "created_by", "runner", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token", name=op.f("uq_invitation_token")),
    )
    op.create_table(
        "invitation_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("runner_id", sa.Integer(), nullable=True),
        sa.Column("seat_request_id", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _key("invitation_use", "invitation_id", "invitation", "CASCADE"),
        _key("invitation_use", "runner_id", "runner", "SET NULL"),
        _key("invitation_use", "seat_request_id", "seat_request", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_use")),
        sa.UniqueConstraint("seat_request_id", name=op.f("uq_invitation_use_seat_request_id")),
    )
    for table, columns in (
        ("invitation", ("group_id", "created_by")),
        ("invitation_use", ("invitation_id", "runner_id")),
    ):
        for column in columns:
            op.create_index(f"ix_{table}_{column}", table, [column])


def _key(table: str, column: str, other: str, on_delete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=on_delete)
