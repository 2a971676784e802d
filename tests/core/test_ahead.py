"""What is made ahead of its taker comes in order, and no more of it than was said."""

import threading
from collections.abc import Iterator

import pytest

from core.ahead import AHEAD, Ahead


def counting(made: list[int], most: int) -> Iterator[int]:
    for number in range(most):
        made.append(number)
        yield number


def test_items_come_in_order_from_another_thread():
    threads = []

    def items() -> Iterator[int]:
        for number in range(10):
            threads.append(threading.current_thread())
            yield number

    with Ahead(items()) as taken:
        assert list(taken) == list(range(10))
    assert threading.main_thread() not in threads
    assert not threads[0].is_alive()


def test_whoever_leaves_early_stops_the_making():
    made: list[int] = []
    with Ahead(counting(made, 1_000)) as taken:
        assert next(taken) == 0
    assert len(made) <= 1 + AHEAD


def test_what_fails_in_making_is_raised_in_taking():
    def items() -> Iterator[int]:
        yield 1
        raise OSError("the disk is full")

    with Ahead(items()) as taken:
        assert next(taken) == 1
        with pytest.raises(OSError, match="the disk is full"):
            next(taken)
