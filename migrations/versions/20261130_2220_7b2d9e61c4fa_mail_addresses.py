"""Keep where mails to a runner go: sealed, with the digest of the link that confirms it.

Revision: 7b2d9e61c4fa
After: c1e95b07d3a4
"""

import sqlalchemy as sa
from alembic import op

revision = "7b2d9e61c4fa"
down_revision = "c1e95b07d3a4"
branch_labels = None
depends_on = None

IS_DUE = sa.text("confirm_due_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "mail_address",
        sa.Column("runner_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirm_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirm_attempts", sa.Integer(), nullable=False),
        sa.Column("confirm_digest", sa.String(length=64), nullable=True),
        sa.Column("confirm_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.String(length=30), nullable=True),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name=op.f("fk_mail_address_runner_id_runner"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("runner_id", name=op.f("pk_mail_address")),
        sa.UniqueConstraint("confirm_digest", name=op.f("uq_mail_address_confirm_digest")),
    )
    op.create_index(
        "ix_mail_address_due", "mail_address", ["confirm_due_at"], sqlite_where=IS_DUE, postgresql_where=IS_DUE
    )
    op.create_index(op.f("ix_mail_address_stopped_at"), "mail_address", ["stopped_at"])


def downgrade() -> None:
    op.drop_table("mail_address")
