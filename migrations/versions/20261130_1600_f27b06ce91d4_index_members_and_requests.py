"""Index what lists of members and of requests to join are ordered by.

Their pages sorted all members of the group, and counted all requests, so they took longer the larger the group was.

Revision: f27b06ce91d4
After: a1c7e40f92d6
"""

import sqlalchemy as sa
from alembic import op

revision = "f27b06ce91d4"
down_revision = "a1c7e40f92d6"
branch_labels = None
depends_on = None

GIVEN = {f"{dialect}_where": sa.text("withdrawn_at IS NULL") for dialect in ("sqlite", "postgresql")}


def upgrade() -> None:
    op.drop_index("ix_consent_group_id_search_name", table_name="consent")
    op.create_index("ix_consent_members", "consent", ["group_id", "search_name", "id", "level", "runner_id"], **GIVEN)
    op.create_index("ix_membership_group_id_role", "membership", ["group_id", "role", "runner_id"])
    op.create_index("ix_join_request_group_id_state_asked_at", "join_request", ["group_id", "state", "asked_at"])


def downgrade() -> None:
    op.drop_index("ix_join_request_group_id_state_asked_at", table_name="join_request")
    op.drop_index("ix_membership_group_id_role", table_name="membership")
    op.drop_index("ix_consent_members", table_name="consent")
    op.create_index("ix_consent_group_id_search_name", "consent", ["group_id", "search_name"])
