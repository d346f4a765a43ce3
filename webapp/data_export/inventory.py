"""Everything that is stored about a runner, kind by kind. The page, both copies, receipts and docs are made from it.

A new kind of row is an entry here, next to its like. The copy's columns are a promise: more may follow at the end of a
kind, none changes its meaning or goes without a new `rules.FORMAT`.
"""

from collections.abc import Mapping

from webapp.data_export import (
    accountability_kinds,
    challenge_kinds,
    decision_kinds,
    group_kinds,
    group_run_kinds,
    notification_kinds,
    runner_kinds,
)
from webapp.data_export.kinds import Kind

_MODULES = (
    runner_kinds,
    group_kinds,
    challenge_kinds,
    decision_kinds,
    notification_kinds,
    group_run_kinds,
    accountability_kinds,
)
# In the order of the copy.
INVENTORY: Mapping[str, Kind] = {kind.key: kind for module in _MODULES for kind in module.KINDS}
# As the page shows them.
SECTIONS = (
    "You",
    "Strava",
    "What you ran",
    "Groups",
    "Group runs",
    "Accountability",
    "Challenges",
    "Fairness",
    "What is final",
    "Who went past whom",
)
