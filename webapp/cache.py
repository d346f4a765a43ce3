"""What all viewers of a board share, kept in each process by version: a few boards, the latest used."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast

from flask import current_app

T = TypeVar("T")

PARTS_KEPT = 64


class Kept:
    """Values by key, the least lately used forgotten first. Two threads that miss at once both make the value."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = Lock()
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of `key`, made now if it is not here."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return cast(T, self._values[key])
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """Return what this process keeps under `key`; the key has to name the version."""
    store: Kept = current_app.extensions.setdefault("board_parts", Kept(PARTS_KEPT))
    return store.get(key, make)
