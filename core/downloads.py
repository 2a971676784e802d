"""Tables that leave the house as files."""

import csv
import io
import re
from collections.abc import Iterable

from django.http import StreamingHttpResponse

# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
# An amount with its sign is no formula, whatever its decimal sign.
SIGNED = re.compile(r"[+-]\d[\d.,]*")


def csv_line(cells: Iterable[object], delimiter: str = ",") -> bytes:
    """One line, its texts guarded."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerow([guarded(cell) for cell in cells])
    return out.getvalue().encode()


def csv_download(rows: Iterable[bytes], name: str) -> StreamingHttpResponse:
    """A CSV that is sent while it is made; ``name`` is the file's, without its ending."""
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def guarded(cell: object) -> object:
    """Text that begins like a formula gets an apostrophe before it, and stays text.

    So does one that begins so behind apostrophes of its own: ``unguarded`` takes one off again.
    """
    if not isinstance(cell, str) or SIGNED.fullmatch(cell):
        return cell
    return f"'{cell}" if cell.lstrip("'").startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """The text as it was before it was guarded."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA) else cell
