"""What each process caches for all viewers."""

from threading import Barrier, Thread

from flask import Flask

from webapp.cache import MAX_ENTRIES, cached


def test_a_value_is_computed_once_under_its_key(app: Flask) -> None:
    computed: list[int] = []
    for _ in range(3):
        assert cached(("board", 1), lambda: computed.append(1)) is None
    assert computed == [1]
    assert cached(("board", 2), lambda: "another version") == "another version"


def test_the_values_least_used_make_room(app: Flask) -> None:
    for number in range(MAX_ENTRIES + 1):
        cached(number, lambda: "first")
    assert cached(MAX_ENTRIES, lambda: "again") == "first"
    assert cached(0, lambda: "again") == "again"


def test_two_threads_that_miss_at_once_wait_for_no_one(app: Flask) -> None:
    both_compute, found = Barrier(2, timeout=10), list[int]()

    def compute() -> int:
        return both_compute.wait()

    def ask() -> None:
        with app.app_context():
            found.append(cached("slow", compute))

    threads = [Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [0, 1]
