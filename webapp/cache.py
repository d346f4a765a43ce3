"""What all viewers of a page share, cached in each process by version for a limited time."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

from cachetools import TTLCache
from flask import current_app

T = TypeVar("T")

MAX_ENTRIES = 256
# After an erasure the key is another one; the old value stays in memory for no longer than this.
LIFETIME_S = 600

_MISSING = object()


class _Store:
    """Values by key. Two threads that miss at once may both compute the value."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._values: TTLCache[Hashable, Any] = TTLCache(MAX_ENTRIES, LIFETIME_S)

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
    store: _Store = current_app.extensions.setdefault("cache", _Store())
    return store.get(key, make)
