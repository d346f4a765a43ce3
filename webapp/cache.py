"""What viewers of a page share, cached in each process for a limited time: values by version, HTML by its content."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

from cachetools import TTLCache
from flask import current_app

T = TypeVar("T")

MAX_ENTRIES = 256
# A row of a board takes about 1.7 kB.
MAX_ROWS = 10_000
# After an erasure the key is another one; the old value stays in memory for no longer than this.
LIFETIME_S = 600

_MISSING = object()


class _Store:
    """At most `size` values by key. Two threads that miss at once may both compute the value."""

    def __init__(self, size: int) -> None:
        self._lock = Lock()
        self._values: TTLCache[Hashable, Any] = TTLCache(size, LIFETIME_S)

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        with self._lock:
            self._values.expire()
            found = self._values.get(key, _MISSING)
        if found is not _MISSING:
            return cast(T, found)
        value = make()
        with self._lock:
            self._values[key] = value
        return value


def cached(key: Hashable, make: Callable[[], T]) -> T:
    """Return what this process has under `key`, computed now if it has nothing; the key names the version."""
    return _store("cache", MAX_ENTRIES).get(key, make)


def cached_row(content: Hashable, make: Callable[[], T]) -> T:
    """Return what this process has made of `content`, made now if it has nothing.

    The key is everything that the value shows. So it needs no version, and a change of a run leaves most rows valid.
    """
    return _store("rows", MAX_ROWS).get(content, make)


def _store(name: str, size: int) -> _Store:
    found: _Store | None = current_app.extensions.get(name)
    return found or current_app.extensions.setdefault(name, _Store(size))
