"""The runner whom the audit looks at."""

from tests.scoring.conftest import ana, november

__all__ = ["ana", "november"]  # fixtures that scoring's own tests share
