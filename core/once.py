"""Answers that a request is given once, so that everything on a page is of the same moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

Answer = TypeVar("Answer")

# What the request at hand has been answered; None outside of requests, where nothing is kept.
_answered: ContextVar[dict[Any, Any] | None] = ContextVar("answered", default=None)


def asked_once(question: Callable[[], Answer]) -> Callable[[], Answer]:
    """A question without arguments that a request asks the database once."""

    @wraps(question)
    def ask() -> Answer:
        answered = _answered.get()
        if answered is None:
            return question()
        if ask not in answered:
            answered[ask] = question()
        kept: Answer = answered[ask]
        return kept

    return ask


def ask_again(question: Callable[[], Any]) -> None:
    """What it asks for was changed within the request."""
    answered = _answered.get()
    if answered is not None:
        answered.pop(question, None)


@contextmanager
def one_moment() -> Iterator[None]:
    """Within it each such question is asked once."""
    token = _answered.set({})
    try:
        yield
    finally:
        _answered.reset(token)
