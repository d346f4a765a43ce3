"""What the processes of `tests.fault_injection.forks` do."""

from webapp.extensions import clock
from webapp.sync.token_service import access_token


def use_token(runner_id: int, refused: str = "") -> str:
    """Return the token to call Strava with; `refused` is one that it does not take."""
    return access_token(runner_id, clock(), refused=refused or None)
