"""A column of a file: its name from the glossary, its type, and whether a file must bring it."""

from dataclasses import dataclass
from typing import Literal

LONGEST_KEY = 200

Dtype = Literal["text", "integer", "decimal", "money", "timestamp", "date", "boolean", "object"]


@dataclass(frozen=True)
class Column:
    name: str
    dtype: Dtype
    definition: str
    needed: bool = False
    # Of a text: how many characters; what an index holds must be shorter than its page.
    longest: int = 64_000
    # About a person: shown only to whoever may see personal data.
    personal: bool = False
    # What may stand in columns of their own, which a mapping joins with a space, in this order.
    parts: tuple[str, ...] = ()
