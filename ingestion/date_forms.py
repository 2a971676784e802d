"""In which forms the dates of a file may be written, told by its first values."""

from collections.abc import Sequence
from itertools import product

import polars as pl

DAYS = {
    "%Y-%m-%d": "2026-01-31",
    "%d.%m.%Y": "31.01.2026",
    "%d/%m/%Y": "31/01/2026",
    "%m/%d/%Y": "01/31/2026",
    "%d-%m-%Y": "31-01-2026",
    "%m-%d-%Y": "01-31-2026",
    "%Y/%m/%d": "2026/01/31",
    "%d.%m.%y": "31.01.26",
    "%d/%m/%y": "31/01/26",
    "%m/%d/%y": "01/31/26",
    "%Y%m%d": "20260131",
    "%d %b %Y": "31 Jan 2026",
    "%b %d, %Y": "Jan 31, 2026",
}
TIMES = {
    "": "",
    " %H:%M": " 18:30",
    " %H:%M:%S": " 18:30:00",
    " %Hh%M": " 18h30",
    " %I:%M %p": " 06:30 PM",
    " %I:%M:%S %p": " 06:30:00 PM",
}
FORMS = {
    day + time: shown + clock
    for (day, shown), (time, clock) in product(DAYS.items(), TIMES.items())
}
# What is read without a word about it.
ISO = r"^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?([+-]\d{2}:?\d{2}|Z))?)?$"
WORTH = 0.6


def is_iso(values: Sequence[str]) -> bool:
    return bool(pl.Series(values, dtype=pl.String).str.strip_chars().str.contains(ISO).all())


def fitting_forms(values: Sequence[str]) -> list[str]:
    """The forms that read most of these values, those that read the most first.

    More than one at the top means that the file does not say whether day or month comes first.
    """
    cells = pl.Series(values, dtype=pl.String).str.strip_chars()
    cells = cells.filter(cells != "")
    if cells.is_empty() or is_iso(cells.to_list()):
        return []
    read = {form: _read(cells, form) for form in FORMS}
    most = max(read.values())
    return [form for form, many in read.items() if many == most and many >= WORTH * cells.len()]


def _read(cells: pl.Series, form: str) -> int:
    """How many it reads; a year of two digits is no year of four."""
    days = cells.str.to_datetime(form, time_unit="us", strict=False, exact=True)
    return int((days.dt.year() >= 1900).sum())
