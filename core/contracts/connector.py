"""The contract of a connector: rows read from somebody else's system, on from where one stopped.

A connector's options are dataclass fields made by ``asked`` and ``secret``; the form is made of
them. It keeps nothing between two readings: what it must remember is the cursor, a JSON object that
is stored with the rows in one transaction.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import polars as pl

from core.errors import Refused

Cursor = dict[str, Any]
# Rows that are enough to tell the columns by.
SAMPLE_ROWS = 200


class SourceRefused(Refused):
    """The other side does not answer, or not with what was agreed; the cursor stays.

    The message says what happened and the way out, in words that may be shown.
    """

    code = "source_refused"
    remedy = "Put it right as said, then read the source again: it goes on where it stopped."


@dataclass(frozen=True)
class Reach:
    """What this installation lets its connectors touch.

    ``folders`` may be read with everything below them; ``hosts`` may be called by HTTP although
    their address is internal.
    """

    folders: tuple[Path, ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a test of the connection found: a sentence, and the names of the columns."""

    says: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Batch:
    """Rows that enter together, and the cursor after them. Rows as a table, as objects or a file.

    A batch with none of them only moves the cursor on.
    """

    cursor: Cursor
    name: str = ""
    table: pl.DataFrame | None = None
    objects: tuple[dict[str, Any], ...] = ()
    file: BinaryIO | None = None

    @property
    def is_empty(self) -> bool:
        return (
            self.file is None and not self.objects and (self.table is None or not len(self.table))
        )

    def opened(self) -> BinaryIO:
        """The rows as a file that an import takes."""
        if self.file is not None:
            return self.file
        if self.table is None:
            return BytesIO(json.dumps(self.objects, default=str).encode())
        out = BytesIO()
        self.table.write_parquet(out, compression="zstd")
        out.seek(0)
        return out


@dataclass(frozen=True)
class Connector(ABC):
    """One way to read. Reading in two sittings brings the same rows as reading in one."""

    key: ClassVar[str]
    title: ClassVar[str]
    # What it reads, for somebody who chooses one.
    says: ClassVar[str]
    # Options that say which rows: with another value the cursor means nothing.
    place: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def test(self, reach: Reach) -> Found:
        """Connect and look, quickly and without reading on. Raises SourceRefused."""

    @classmethod
    def hints(cls, reach: Reach) -> dict[str, str]:
        """What an option may say here, where that depends on the installation."""
        return {}

    @abstractmethod
    def read(self, cursor: Cursor, reach: Reach) -> Generator[Batch, None, None]:
        """Batches of bounded size from the cursor to what is there now. Raises SourceRefused.

        Whatever it holds open is closed when the iterator is.
        """

    def sample(self, reach: Reach) -> Batch | None:
        """Some of its rows, to see what they look like; None where it has none.

        Raises SourceRefused. A file is small enough to be kept in memory.
        """
        few = {option.name: SAMPLE_ROWS for option in fields(self) if option.name == "batch_rows"}
        with closing(replace(self, **few).read({}, reach)) as batches:
            return next((batch for batch in batches if not batch.is_empty), None)


@dataclass(frozen=True)
class Stream(Connector):
    """What has no end: it is followed by `consume`, not read by the clock."""

    @abstractmethod
    def follow(self, cursor: Cursor, reach: Reach) -> Iterator[Batch | None]:
        """As ``read``, without an end; None where nothing came for a moment."""


def asked(
    default: Any = MISSING,
    *,
    label: str,
    help: str = "",
    least: float | None = None,
    most: float | None = None,
    long: bool = False,
    choices: Mapping[str, str] | None = None,
) -> Any:
    """An option as a form asks for it; without a default it is needed.

    ``choices``: words for each value of a Literal.
    """
    told: dict[str, Any] = {
        "label": label,
        "help": help,
        "least": least,
        "most": most,
        "long": long,
    }
    told["choices"] = dict(choices or {})
    return field(default=default, metadata=told)


def secret(*, label: str, help: str = "") -> Any:
    """An option that is kept encrypted and never shown again; empty where there is none."""
    return field(default="", metadata={"label": label, "help": help, "secret": True})


def is_secret(option: Field[Any]) -> bool:
    return bool(option.metadata.get("secret"))


def secret_names(connector: type[Connector]) -> tuple[str, ...]:
    return tuple(option.name for option in fields(connector) if is_secret(option))
