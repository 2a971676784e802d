"""The contract of a file format: how a file becomes batches of rows, and loses somebody's rows.

A format reads; what the columns mean is the kind's and the mapping's. Everything it yields is
bounded, whatever the size of the file, and the same bytes with the same options give the same rows.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import polars as pl

BATCH_ROWS = 250_000
# A preview shows so many rows.
FIRST_ROWS = 50
# How a column without a name is called until it is left out, and the number that it has.
NAMELESS = "nameless__"
# A note in a Parquet file that another file has become: the number of its first row.
FIRST_ROW = "first_row"


class Unread(NamedTuple):
    """A row that could not be taken apart. ``cells`` None: too long to be looked through."""

    row: int
    column: str
    cells: tuple[str, ...] | None
    text: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Batch:
    """``rows``: ``row`` and the file's columns, in one schema through all batches of a file."""

    rows: pl.DataFrame
    unread: tuple[Unread, ...] = ()


def sliced(rows: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Parts of about one size, none larger than BATCH_ROWS; at least one, be it empty."""
    parts = max(-(-rows.height // BATCH_ROWS), 1)
    size = max(-(-rows.height // parts), 1)
    yield from list(rows.iter_slices(size)) or [rows]


@dataclass(frozen=True)
class Finding:
    """What was found out about how the file is written, as an option would say it.

    Not ``sure``: somebody must confirm it, by giving the option; ``words`` say what it is about.
    """

    option: str
    value: Any
    sure: bool = True
    words: str = ""
    others: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Look:
    """A quick look: the columns in their order, the first rows, and what was found out.

    ``above``: number and cells of the lines over the rows, header included. ``nameless``: in words,
    the columns that have no name.
    """

    rows: pl.DataFrame
    findings: tuple[Finding, ...] = ()
    above: tuple[tuple[int, tuple[str, ...]], ...] = ()
    nameless: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        return [n for n in self.rows.columns if n != "row" and not n.startswith(NAMELESS)]

    def found(self, option: str) -> Any:
        return next((each.value for each in self.findings if each.option == option), None)


@dataclass(frozen=True)
class FileFormat(ABC):
    """One way to write a table into a file. Options are dataclass fields; None: find it out."""

    key: ClassVar[str]
    title: ClassVar[str]
    # How names of such files end, with the dot.
    endings: ClassVar[tuple[str, ...]]

    @classmethod
    @abstractmethod
    def recognises(cls, head: bytes) -> float:
        """How sure it is that a file that begins so is of this format: 0 to 1.

        By the bytes alone: names lie, and what was kept has none.
        """

    @abstractmethod
    def look(self, path: Path) -> Look:
        """Raises a child of Refused, with the way out, where the file cannot be read as a whole."""

    @abstractmethod
    def batches(self, path: Path) -> Iterator[Batch]:
        """All rows in their order, at most BATCH_ROWS in a batch. Rows without a value may lack."""

    def holds_more(self, path: Path) -> bool:
        """Whether the file holds tables beside the one that is read; written anew, it does not."""
        return False

    @abstractmethod
    def write_without(self, path: Path, rows: set[int], draft: Path) -> None:
        """Write the file anew without what stands in these rows; the others keep their numbers."""
