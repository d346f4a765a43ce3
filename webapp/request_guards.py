"""Checks of every request: what no page and no database can handle is corrected or refused here."""

import re
import secrets
from collections.abc import Callable
from typing import IO, Any, TypeVar

import flask
from flask import Flask
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter, Map

from webapp import logs
from webapp.db import MAX_ID
from webapp.errors import Problem

View = TypeVar("View", bound=Callable[..., Any])

# Of a request to a view that accepts a picture: 5 MB, and the other fields of the form.
MAX_PICTURE_REQUEST_BYTES = 5 * 1024 * 1024 + 256 * 1024
HOST = re.compile(r"([\w-]{1,63}(\.[\w-]{1,63}){0,30}\.?|\[[0-9a-f:.]{2,60}\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
# The field that holds a picture in each form that has one.
PICTURE_FIELD = "picture"


class PictureTooLarge(Problem):
    """A picture has more bytes than we accept."""

    title = "This picture is too large"
    message = "A picture may have 5 MB at most. Go back and choose a smaller one: what you typed is still there."
    status = 413


class IdConverter(IntegerConverter):
    """The number of a row. A number too large for a database matches no address, so it gets a 404."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=MAX_ID)


class FieldsAndFiles(FormDataParser):
    """Reads forms as ours are: named texts and a picture. Parts without a name are left out, and all other files.

    A form would take a file for the text of the field that it is named after.
    """

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Return what is left of the stream, the fields and the pictures."""
        rest, form, files = super().parse(stream, mimetype, content_length, options)
        # The parser promises names, and gives None for a part without one.
        named, pictures = self._named(form), [(PICTURE_FIELD, file) for file in files.getlist(PICTURE_FIELD)]
        return rest, named, self.cls(pictures)

    def _named(self, parts: MultiDict[str, Any]) -> Any:
        return self.cls([(name, part) for name, part in parts.items(multi=True) if name is not None])


class Fields(FieldsAndFiles):
    """Reads forms of named texts. Files are left out."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Return the rest of the stream, the fields, and no files."""
        rest, form, _ = super().parse(stream, mimetype, content_length, options)
        return rest, form, self.cls()


def accepts_pictures(view: View) -> View:
    """Let a view have pictures and a larger request than all others; its form checks what was sent."""
    view.accepts_pictures = True  # type: ignore[attr-defined]  # `_allow_pictures` looks for it
    return view


class Request(flask.Request):
    """A request that pages can handle."""

    form_data_parser_class = Fields
    # Forms would take JSON for fields, and its lists and numbers for texts. Only the webhook reads JSON, from the
    # bytes.
    is_json = False

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        # An impossible host counts as missing: Werkzeug fails on some of them before any view runs.
        if not HOST.fullmatch(environ.get("HTTP_HOST", "")):
            environ.pop("HTTP_HOST", None)
        super().__init__(environ, *args, **kwargs)


def init_app(app: Flask) -> None:
    """Register the checks for every request. Call it before the first route is added."""
    app.request_class = Request
    app.url_map.converters["int"] = IdConverter
    # Before anything reads the form, as the check of its token does.
    app.before_request(_allow_pictures)
    app.before_request(_name)
    app.teardown_request(lambda _error: logs.set_context())
    app.before_request(_refuse_zeros)


def _name() -> None:
    """Add the request's id to every log line. The path is never logged: that of the webhook is secret."""
    logs.set_context(
        request=secrets.token_hex(4), endpoint=flask.request.endpoint, runner=lambda: flask.session.get("runner")
    )


def _allow_pictures() -> None:
    request = flask.request
    view = flask.current_app.view_functions.get(request.endpoint or "")
    if request.method == "POST" and getattr(view, "accepts_pictures", False):
        request.max_content_length = MAX_PICTURE_REQUEST_BYTES
        request.form_data_parser_class = FieldsAndFiles
        if (request.content_length or 0) > MAX_PICTURE_REQUEST_BYTES:
            raise PictureTooLarge


def _refuse_zeros() -> None:
    # PostgreSQL accepts no text with a zero character, not even in a comparison.
    if b"%00" in flask.request.query_string:
        raise BadRequest
