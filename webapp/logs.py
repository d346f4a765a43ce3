"""The form of log lines in all processes: time, level, logger, message, and the ids that the line is about.

Ids of requests, jobs and runners are added to every line that is written during their work. Secrets are removed from
the finished line, wherever they came from. It imports no framework, because the small scheduler uses it, too.
"""

import json
import logging
import logging.config
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

# Other libraries log only what is wrong; these also log what they do.
TALKATIVE = ("webapp", "jobs", "integrations", "rq", "gunicorn.error")
HIDDEN = "[hidden]"
# Fields that libraries add and nobody needs: our own fields name the job.
NOT_SHOWN = frozenset({*RESERVED_ATTRS, "arguments", "kwargs", "func", "queue", "job_id"})
# Characters that would move a terminal's cursor or change its colours.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default=MappingProxyType({}))


def set_context(**ids: Any) -> None:
    """Add these ids, and no others, to every line from here on. An id that is a function is called for each line."""
    _about.set(ids)


@contextmanager
def about(**ids: Any) -> Iterator[None]:
    """Add these ids to every line inside the block, besides those that are added already."""
    before = _about.set({**_about.get(), **ids})
    try:
        yield
    finally:
        _about.reset(before)


def about_whom(record: logging.LogRecord) -> bool:
    """Add the ids of the current work to a record. A filter that passes everything."""
    for name, value in _about.get().items():
        known = value() if callable(value) else value
        if known is not None and name not in record.__dict__:
            record.__dict__[name] = known
    return True


class _Discreet:
    secrets: Sequence[str] = ()

    def hide(self, line: str) -> str:
        for secret in self.secrets:
            line = line.replace(secret, HIDDEN)
        return line


class Text(_Discreet, logging.Formatter):
    """Lines for people: the message, then name=value. Further text of a line is indented below it."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self.secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        first, *more = super().format(record).splitlines() or [""]
        extra = [f"{name}={_short(value)}" for name, value in sorted(record.__dict__.items()) if _is_shown(name)]
        line = "\n    ".join([" ".join([first, *extra]), *more])
        return self.hide(CONTROL.sub(lambda found: repr(found[0])[1:-1], line))


class Json(_Discreet, JsonFormatter):
    """Lines for programs: one object each."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        names = {"levelname": "level", "name": "logger"}
        super().__init__(
            ["levelname", "name", "message"], rename_fields=names, timestamp="time", reserved_attrs=[*NOT_SHOWN]
        )
        self.secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return self.hide(super().format(record))


FORMATTERS: Mapping[str, type[Text] | type[Json]] = {"text": Text, "json": Json}


def _is_shown(name: str) -> bool:
    return name not in NOT_SHOWN and not name.startswith("_")


def _short(value: Any) -> str:
    text = str(value)
    return text if text.isprintable() and not set(' "=') & set(text) and text else json.dumps(text)


def dict_config(log_format: str, secrets: Sequence[str] = ()) -> dict[str, Any]:
    """Return the configuration of the logs for `logging.config`."""
    ours: dict[str, Any] = {"level": "INFO", "handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"one": {"()": FORMATTERS[log_format], "secrets": secrets}},
        "filters": {"about": {"()": lambda: about_whom}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "one", "filters": ["about"]}},
        "root": {"level": "WARNING", "handlers": ["stderr"]},
        "loggers": dict.fromkeys(TALKATIVE, ours),
    }


def start(log_format: str, secrets: Sequence[str]) -> None:
    """Set up the logs of this process, in place of what libraries have set up. For programs, at their start."""
    logging.config.dictConfig(dict_config(log_format, secrets))
