"""What the processes of `tests.fault_injection.forks` do."""

from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.models.words import RsvpAnswer
from webapp.rsvps.service import WantedAnswer, accept_offer, answer_run
from webapp.sync.token_service import access_token


def use_token(runner_id: int, refused: str = "") -> str:
    """Return the token to call Strava with; `refused` is one that it does not take."""
    return access_token(runner_id, clock(), refused=refused or None)


def answer_group_run(run_id: int, runner_id: int, answer: str) -> str:
    """Answer a group run as a member; return what the answer is then."""
    with write_transaction():
        return answer_run(run_id, runner_id, WantedAnswer(RsvpAnswer(answer)), clock().now()).answer


def accept_place(run_id: int, runner_id: int) -> str:
    """Take the place that is held for a member; return what their answer is then."""
    with write_transaction():
        return accept_offer(run_id, runner_id, clock().now()).answer
