"""A Strava that lists what a test says, page by page, and lets something happen between two pages."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from werkzeug import Request, Response
from werkzeug.serving import make_server

from tests.support.rows import Row


class PagedStrava:
    """`pages` are the pages of the list; before the answer of page n, `before[n]` is called. Single rows: `singles`.

    `refusals[n]` is what page n answers once, status and body, before it is what it should be.
    """

    def __init__(self) -> None:
        self.base = ""
        self.pages: list[list[Row]] = []
        self.singles: dict[int, Row] = {}
        self.before: dict[int, Callable[[], object]] = {}
        self.refusals: dict[int, tuple[int, Any]] = {}
        self.calls: list[str] = []

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        name = request.path.rsplit("/", 1)[-1]
        page = int(request.args["page"]) if name == "activities" else 0
        self.calls.append(f"page {page}" if page else f"activity {name}")
        found: Any = self._page(page) if page else self.singles.get(int(name))
        status, body = self.refusals.pop(page, (404 if found is None else 200, found))
        answer = Response(json.dumps(body), status=status, mimetype="application/json")
        return answer(environ, start_response)

    def _page(self, number: int) -> list[Row]:
        self.before.pop(number, lambda: None)()
        return self.pages[number - 1] if number <= len(self.pages) else []


@contextmanager
def paged_strava() -> Iterator[PagedStrava]:
    strava = PagedStrava()
    server = make_server("127.0.0.1", 0, strava, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    strava.base = f"http://127.0.0.1:{server.server_port}"
    yield strava
    server.shutdown()
    thread.join()
    server.server_close()
