"""A column of a file: its name from the glossary, its type, and whether a file must bring it."""

from dataclasses import dataclass
from typing import Literal

Dtype = Literal["text", "integer", "decimal", "money", "timestamp", "date", "boolean"]


@dataclass(frozen=True)
class Column:
    name: str
    dtype: Dtype
    definition: str
    needed: bool = False
