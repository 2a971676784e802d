"""One column of ours that stands in several of a file: they are joined with a space."""

from collections.abc import Sequence

import polars as pl

# A source column, or several to be joined; empty: left out.
Said = str | list[str]


def headers_said(said: Said | None) -> list[str]:
    """The columns of the file that a mapping names for one of ours."""
    named = [said] if isinstance(said, str) else said or []
    return [header for header in named if header]


def as_said(headers: Sequence[str]) -> Said:
    """How a mapping writes them: one as its name, as ever."""
    return list(headers) if len(headers) > 1 else "".join(headers)


def cell_of(headers: Sequence[str]) -> pl.Expr:
    """What is read for one of ours: a single column as it is, of several what is filled."""
    if len(headers) == 1:
        return pl.col(headers[0])
    parts = [pl.col(h).cast(pl.String).str.strip_chars().replace("", None) for h in headers]
    return pl.concat_str(parts, separator=" ", ignore_nulls=True).replace("", None)
