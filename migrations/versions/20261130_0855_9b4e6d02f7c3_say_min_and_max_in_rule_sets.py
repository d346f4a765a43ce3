"""Say min and max in stored rule sets, with the unit, instead of least and most.

Revision: 9b4e6d02f7c3
After: c60f2e9b7d15
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "9b4e6d02f7c3"
down_revision = "c60f2e9b7d15"
branch_labels = None
depends_on = None

# Table -> its keys, and its columns that hold a rule set.
RULE_SETS = {
    "challenge": (["id"], ["rules", "shown_rules"]),
    "series": (["id"], ["rules"]),
    "rule_change": (["challenge_id", "edition"], ["before", "after"]),
}
COUNTS = {"least_m": "min_distance_m", "least_s": "min_time_s"}
# The parameters that change, by shape.
PARAMS = {
    "streak": {"least": "min_amount"},
    "steps": {"least": "min_m"},
    "improvement": {"most": "max_percent"},
    "target_share": {"most": "max_percent"},
}


def upgrade() -> None:
    _rewrite(COUNTS, PARAMS)


def downgrade() -> None:
    _rewrite(_turned(COUNTS), {shape: _turned(names) for shape, names in PARAMS.items()})


def _turned(names: dict[str, str]) -> dict[str, str]:
    return {new: old for old, new in names.items()}


def _rewrite(counts: dict[str, str], params: dict[str, dict[str, str]]) -> None:
    for name, (keys, columns) in RULE_SETS.items():
        table = sa.table(
            name, *map(sa.column, keys), *(sa.column(each, sa.JSON(none_as_null=True)) for each in columns)
        )
        for row in op.get_bind().execute(sa.select(table)).mappings().all():
            changed = {each: _renamed(row[each], counts, params) for each in columns}
            mine = [table.c[key] == row[key] for key in keys]
            op.execute(table.update().where(*mine).values(changed))


def _renamed(
    rules: dict[str, Any] | None, counts: dict[str, str], params: dict[str, dict[str, str]]
) -> dict[str, Any] | None:
    if rules is None:
        return None
    parts = {"counts": counts, "params": params.get(rules.get("shape", ""), {})}
    return rules | {
        part: {names.get(key, key): value for key, value in rules[part].items()}
        for part, names in parts.items()
        if part in rules
    }
