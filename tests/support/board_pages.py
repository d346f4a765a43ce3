"""The pages of a challenge, as its members read them."""

from flask.testing import FlaskClient

from tests.support.boards import Made


def address(made: Made, tail: str = "") -> str:
    return f"/g/{made.group.slug}/c/{made.challenge.id}{tail}"


def get(client: FlaskClient, made: Made, tail: str = "", viewer: int = 0) -> str:
    sign_in(client, made.runners[viewer])
    answer = client.get(address(made, tail))
    assert answer.status_code == 200, answer.text
    return answer.text


def sign_in(client: FlaskClient, runner_id: int) -> None:
    with client.session_transaction() as session:
        session["runner"], session["epoch"] = runner_id, 0
