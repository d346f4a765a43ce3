"""Checks of every request: what no page and no database can handle is corrected or refused here."""

import re
import secrets
from typing import IO, Any

import flask
from flask import Flask
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter, Map

from webapp import logs

HOST = re.compile(r"([\w-]{1,63}(\.[\w-]{1,63}){0,30}\.?|\[[0-9a-f:.]{2,60}\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
LARGEST_ID = 2**31 - 1


class IdConverter(IntegerConverter):
    """The number of a row. A number too large for a database matches no address, so it gets a 404."""

    regex = r"[0-9]{1,10}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_ID)


class Fields(FormDataParser):
    """Parses forms like ours: named texts. Parts without a name and files are left out."""

    def parse(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str] | None = None
    ) -> tuple[IO[bytes], MultiDict[str, str], MultiDict[str, FileStorage]]:
        """Return the rest of the stream, the fields, and no files."""
        rest, form, _ = super().parse(stream, mimetype, content_length, options)
        # The parser promises names, and gives None for a part without one.
        named: Any = [(name, text) for name, text in form.items(multi=True) if name is not None]
        return rest, self.cls(named), self.cls()


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
    app.before_request(_name)
    app.teardown_request(lambda _error: logs.set_context())
    app.before_request(_refuse_zeros)


def _name() -> None:
    """Add the request's id to every log line. The path is never logged: that of the webhook is secret."""
    logs.set_context(
        request=secrets.token_hex(4), endpoint=flask.request.endpoint, runner=lambda: flask.session.get("runner")
    )


def _refuse_zeros() -> None:
    # PostgreSQL accepts no text with a zero character, not even in a comparison.
    if b"%00" in flask.request.query_string:
        raise BadRequest
