"""JSON from outside, as far as the record can keep it."""

import json
from collections.abc import Callable
from typing import Any

from core.errors import Refused
from core.middleware import NUL


class BadJson(Refused):
    code = "bad_json"


def keepable(read: Callable[[], Any]) -> Any:
    """What ``read`` reads: its nesting has an end, and Postgres can keep its text."""
    try:
        sent = read()
        if _has_nul(sent):
            raise BadJson("A text holds the character NUL, which cannot be kept. Leave it out.")
        json.dumps(sent, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise BadJson("A text holds half a character. Write it whole, or leave it out.") from error
    except RecursionError as error:
        raise BadJson("The JSON is nested without end. Make it flatter.") from error
    return sent


def _has_nul(sent: Any) -> bool:
    if isinstance(sent, str):
        return NUL in sent
    if isinstance(sent, dict):
        return any(_has_nul(part) for pair in sent.items() for part in pair)
    return isinstance(sent, list) and any(map(_has_nul, sent))
