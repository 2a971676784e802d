"""Answers that a request is given once, so that everything on a page is of the same moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Answer = TypeVar("Answer")
Asked = ParamSpec("Asked")

# What the request at hand has been answered; None outside of requests, where nothing is kept.
_answered: ContextVar[dict[Any, Any] | None] = ContextVar("answered", default=None)


def asked_once(question: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """A question that a request asks the database once for each of the things it is asked about."""

    @wraps(question)
    def ask(*things: Asked.args, **named: Asked.kwargs) -> Answer:
        answered = _answered.get()
        if answered is None:
            return question(*things, **named)
        of_this = answered.setdefault(ask, {})
        about = (*things, *sorted(named.items()))
        if about not in of_this:
            of_this[about] = question(*things, **named)
        kept: Answer = of_this[about]
        return kept

    return ask


def ask_again(question: Callable[..., Any]) -> None:
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
