"""Rejected rows: given out under the file's own headers, put right, and brought back alone."""

import codecs
import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from django.db import transaction

from accounts.models import User
from core.downloads import csv_line
from core.errors import Conflict
from ingestion.drafts import begin_draft, fix_values, try_draft
from ingestion.given_out import REPORT_COLUMNS
from ingestion.joined import cell_of, headers_said
from ingestion.models import Draft, Load, Reject
from ingestion.named_by_address import BY_ADDRESS
from ingestion.parsing import opened
from ingestion.selectors import problems
from runs.models import RunState

# Of a load's options, those about its values; how its own file is written, and what it should hold
# in all, is not said of its corrected rows.
OF_THE_VALUES = ("decimal", "date_format", "time_zone", "synthetic", "shift", BY_ADDRESS)

# {glossary name: {value as the report shows it: what to read instead}}
Fixes = Mapping[str, Mapping[str, str]]


def rejects_csv(load: Load) -> Iterator[bytes]:
    """The rejected rows as a file: line number, the row's own cells, what is wrong and the remedy.

    A row that is wrong in several cells says so in one line. A spreadsheet opens it as it opened
    the file itself: by its semicolons where it has them, and by the mark that says UTF-8. What it
    would take for a formula is guarded, and read without its guard when it comes back.
    """
    delimiter = ";" if load.notes.get("delimiter") == ";" else ","
    rows = raw_rows(load)
    headers = [name for name in rows.columns if name != "row"]
    cells = {row: values for row, *values in rows.iter_rows()}
    yield codecs.BOM_UTF8 + csv_line(["row", *headers, *REPORT_COLUMNS], delimiter)
    for row, found in _by_row(load).items():
        values = cells.get(row, [""] * len(headers))
        said = [
            "; ".join(dict.fromkeys(getattr(reject, name) for reject in found))
            for name in ("column", "value", "reason", "remedy")
        ]
        yield csv_line([row, *("" if v is None else v for v in values), *said], delimiter)


def raw_rows(load: Load, rows: set[int] | None = None) -> pl.DataFrame:
    """The rejected rows of a load as its file has them, as texts; empty where the file is gone.

    What a download of rejected rows says beside them, where the file is one, is not among them.
    """
    wanted = rows if rows is not None else set(_by_row(load))
    if not Path(load.file_path).exists():
        return pl.DataFrame({"row": []}, schema={"row": pl.Int64})
    file = opened(Path(load.file_path), load.mapping.get("options", {}))
    headers = file.look.columns
    parts = [pl.DataFrame(schema={"row": pl.Int64, **dict.fromkeys(headers, pl.String)})]
    for batch in file.raw():
        found = batch.rows.filter(pl.col("row").is_in(sorted(wanted)))
        parts.append(found.select("row", pl.col(headers).cast(pl.String)))
        unread = [_cut([one.row, *(one.cells or ())], len(headers)) for one in batch.unread]
        parts.append(pl.DataFrame(unread, schema=parts[0].schema, orient="row"))
    found = pl.concat(parts).filter(pl.col("row").is_in(sorted(wanted))).sort("row")
    return found.drop(REPORT_COLUMNS, strict=False)


def _cut(cells: list[Any], width: int) -> list[Any]:
    """The cells of a row that has too many or too few, under as many names as there are."""
    return [*cells[: width + 1], *[None] * (width + 1 - len(cells))]


def fixes_in_file(load: Load, fixes: Fixes) -> dict[str, dict[str, str]]:
    """The fixes under the values that the file itself holds, which a report may show otherwise."""
    meant: dict[str, dict[str, str]] = {name: dict(values) for name, values in fixes.items()}
    cells = raw_rows(load)
    for name, values in fixes.items():
        headers = headers_said(load.mapping.get("columns", {}).get(name)) or [name]
        if not set(headers) <= set(cells.columns):
            continue
        whole = cells.select("row", cell_of(headers).fill_null("").str.strip_chars().alias(name))
        said = dict(whole.rows())
        for reject in Reject.objects.filter(load=load, column=name, value__in=list(values)):
            if reject.row in said:
                meant[name][said[reject.row]] = values[reject.value]
    return meant


def fix_and_try(*, load: Load, fixes: Fixes, actor: User | None = None, send: bool = True) -> Load:
    """Read the file of a dry run again with these values put right, in every cell like them."""
    if load.draft is None:
        raise Conflict("The file of this dry run was thrown away. Bring it in again.")
    draft = fix_values(draft=load.draft, fixes=fixes_in_file(load, fixes))
    return try_draft(draft=draft, actor=actor, send=send)


def load_corrected(
    *, load: Load, fixes: Fixes, actor: User | None = None, send: bool = True
) -> Load:
    """Load those rejected rows of an import that have a fix, with it."""
    meant = fixes_in_file(load, fixes)
    rows = {reject.row for reject in problems(load) if reject.value in fixes.get(reject.column, {})}
    cells = raw_rows(load, rows)
    out = io.StringIO()
    csv.writer(out).writerows([cells.columns, *cells.iter_rows()])
    with transaction.atomic():
        file = io.BytesIO(out.getvalue().encode())
        draft = bring_back(load=load, upload=file, file_name=_name(load), actor=actor)
        draft = fix_values(draft=draft, fixes=meant)
    return try_draft(draft=draft, dry_run=False, actor=actor, send=send)


@transaction.atomic
def bring_back(*, load: Load, upload: BinaryIO, file_name: str, actor: User | None = None) -> Draft:
    """A draft of a load's rejected rows, corrected: the same source and mapping, its own file."""
    if load.dry_run or load.run.state != RunState.SUCCEEDED or load.undone_at:
        raise Conflict(f"Import {load.pk} is not in the record; there is nothing to complete.")
    draft = begin_draft(upload=upload, file_name=file_name, actor=actor)
    options = load.mapping.get("options", {})
    draft.kind, draft.source, draft.preset = load.kind, load.source, load.preset
    draft.profile, draft.corrects = None, load
    draft.mapping = {
        **load.mapping,
        "options": {name: said for name, said in options.items() if name in OF_THE_VALUES},
    }
    draft.known_by = load.draft.known_by if load.draft else {}
    draft.save()
    return draft


def _name(load: Load) -> str:
    return f"Corrected rows of {load.file_name}"


def _by_row(load: Load) -> dict[int, list[Reject]]:
    found: dict[int, list[Reject]] = defaultdict(list)
    for reject in problems(load):
        found[reject.row].append(reject)
    return found
