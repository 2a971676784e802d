"""A few rows of each sort that a dry run found, by their numbers: the text stays in the file."""

from collections.abc import Collection
from dataclasses import replace

from django.db import connection

from core.contracts.import_kind import Entered
from core.spool import Spool
from core.upsert import rows_by_sort

EXAMPLES = "examples"
MANY = 3


def with_examples(entered: Entered, first_rows: Collection[int]) -> Entered:
    """To be asked inside the transaction of the load, while what was compared still stands.

    ``first_rows`` are the first accepted ones: where nothing was compared, all of them are new.
    """
    with connection.cursor() as cursor:
        sorts = rows_by_sort(cursor)
    if not sorts and entered.loaded:
        sorts = {"loaded": list(first_rows)}
    wrong = set(entered.conflicts["row"].to_list())
    found = {
        sort: [row for row in rows if row not in wrong][:MANY]
        for sort, rows in sorts.items()
        if getattr(entered, sort)
    }
    return replace(entered, notes={**entered.notes, EXAMPLES: found})


def first_rows(staged: Spool) -> list[int]:
    """The numbers of the first rows that may enter."""
    first = next(iter(staged), None)
    return [] if first is None else first["row"].head(MANY).to_list()
