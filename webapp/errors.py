"""Error pages: what happened, and what to do. Requests for JSON get JSON."""

import logging
from dataclasses import dataclass

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from gunicorn.http.errors import ParseException
from redis import RedisError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError
from werkzeug.exceptions import HTTPException, NotFound

from webapp.db import db

log = logging.getLogger(__name__)


class Problem(Exception):
    """An error to show to the reader: `title`, `message`, and a link for the next step.

    A subclass names one problem: it sets the three below, and a caller may say more in its own message.
    """

    title = ""
    message = ""
    status = 400

    def __init__(
        self, title: str = "", message: str = "", *, status: int | None = None, link: tuple[str, str] | None = None
    ) -> None:
        super().__init__(title or self.title)
        self.title, self.message = title or self.title, message or self.message
        self.status, self.link = status or self.status, link


class NotUnderstood(Problem):
    """The request contains something that none of our forms sends."""

    title = "That did not come through"
    message = "Please go back, reload the page and try once more."


@dataclass(frozen=True, slots=True)
class ErrorWords:
    title: str
    message: str


WORDS = {
    400: ErrorWords("That did not come through", "Please go back, reload the page and try once more."),
    404: ErrorWords("Nothing here", "This page does not exist, or it belongs to a group that you are not part of."),
    405: ErrorWords("That does not work here", "Please go back and use the buttons on the page."),
    413: ErrorWords("Too large", "That is more than we accept at once."),
    429: ErrorWords("A little too fast", "Please wait a minute and try again."),
    500: ErrorWords("Something broke on our side", "It has been noted. Nothing of yours was lost; please try again."),
    503: ErrorWords("Back in a moment", "Something we need is not answering. Please try again in a minute."),
}


def not_found() -> NotFound:
    """Return the 404 for strangers: a missing page and a page that is not theirs look the same."""
    return NotFound()


def init_app(app: Flask) -> None:
    """Register an answer for every failure of a request."""
    app.register_error_handler(Problem, _problem)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ParseException, _malformed)
    app.register_error_handler(DBAPIError, _database_away)
    app.register_error_handler(RedisError, _redis_away)
    for gone in (ObjectDeletedError, StaleDataError):
        app.register_error_handler(gone, _gone_meanwhile)
    app.register_error_handler(Exception, _unforeseen)


def page(
    status: int, title: str, message: str, link: tuple[str, str] | None = None, *, what_to_do: str | None = None
) -> ResponseReturnValue:
    """Render an error, as JSON if JSON was asked for. `link` is (words, address)."""
    if request.path.endswith(".json") or request.accept_mimetypes.best == "application/json":
        return jsonify(error=title, message=message), status
    words = {"title": title, "message": message, "what_to_do": what_to_do}
    return render_template("error.html", link=link, **words), status


def _problem(error: Problem) -> ResponseReturnValue:
    return page(error.status, error.title, error.message, error.link)


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return page(400, "This page was open too long", "Nothing was changed. Please reload it and send the form again.")


def _malformed(_error: ParseException) -> ResponseReturnValue:
    """Answer a body whose chunks are broken: gunicorn reads it, and finds that, only when a view asks for it."""
    return _page_of(400)


def _http(error: HTTPException) -> ResponseReturnValue | HTTPException:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    words = WORDS.get(status, ErrorWords(error.name, WORDS[400].message))
    response = make_response(page(status, words.title, words.message))
    for name, value in error.get_headers():
        if name in ("Retry-After", "Allow"):
            response.headers[name] = value
    return response


def _database_away(error: DBAPIError) -> ResponseReturnValue:
    _discard_transaction()
    # The database does not answer, others lock it for longer than a request can wait, or it ended one of two deadlocked
    # transactions. The same request may well succeed in a minute.
    if error.connection_invalidated or isinstance(error, OperationalError):
        log.error("the database does not answer: %s", type(error.orig).__name__)
        return _page_of(503)
    return _unforeseen(error)


def _redis_away(error: RedisError) -> ResponseReturnValue:
    log.error("Redis does not answer: %s", error)
    return _page_of(503)


def _gone_meanwhile(_error: Exception) -> ResponseReturnValue:
    """Answer for a row that another request deleted after this one had read it, such as an account just erased."""
    _discard_transaction()
    # The row may be that of the signed-in runner, so the page reads them again.
    g.pop("current_runner", None)
    return _page_of(404)


def _page_of(status: int) -> ResponseReturnValue:
    return page(status, WORDS[status].title, WORDS[status].message)


def _unforeseen(error: Exception) -> ResponseReturnValue:
    _discard_transaction()
    log.exception("unexpected error", exc_info=error)
    return _page_of(500)


def _discard_transaction() -> None:
    # The error page reads the signed-in runner again, which a broken transaction would refuse.
    db.session.rollback()
