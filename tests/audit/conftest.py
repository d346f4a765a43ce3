"""The runner of the audit's tests."""

from tests.scoring.conftest import ana, november

__all__ = ["ana", "november"]  # fixtures that scoring's own tests share
