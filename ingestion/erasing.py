"""What ingestion does about people who were erased on request: none of them comes back in."""

import re

import polars as pl
from django.apps import apps
from django.db import models, transaction
from django.db.models import Count

from core.contracts.import_kind import no_problems, problems
from customers.addresses_as_ids import ids_of_addresses
from customers.erased import erased_among, length, visitors_among
from customers.models import Customer
from ingestion.kept_files import ID, UNREADABLE, VISITOR, Whose, delete_file, empty_rows
from ingestion.known_kinds import kinds
from ingestion.models import Load

REASON = "erased on request"
REMEDY = "leave the person out of the file"
BETWEEN_SIGNS = re.compile(r'[^\s",:{}\[\]][^",:{}\[\]]*')
# Notes of a load: rows that an erasure took out since, by table; rows that were turned away.
ERASED, TURNED_AWAY = "erased", "turned_away"


def without_erased(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that may enter, and a problem without any text for each row of an erased person."""
    ids, visitors = _texts(rows, ID), _texts(rows, VISITOR)
    erased = erased_among(ids.unique())
    unnamed = visitors_among(visitors.filter(ids == "").unique())
    if not erased and not unnamed:
        return rows, no_problems()
    # A browser may have become somebody else's: a row that names another customer is theirs.
    theirs = ids.is_in(sorted(erased)) | ((ids == "") & visitors.is_in(sorted(unnamed)))
    return rows.filter(~theirs), _as_problems(rows.filter(theirs)["row"].to_list())


def _texts(rows: pl.DataFrame, name: str) -> pl.Series:
    """A column's cells; empty where the file lacks it."""
    if name not in rows.columns:
        return pl.Series(name, [""] * rows.height, dtype=pl.String)
    return rows[name].cast(pl.String).str.strip_chars().fill_null("")


def without_their_texts(found: pl.DataFrame, delimiter: str | None) -> pl.DataFrame:
    """Problems of rows whose cells cannot be told apart: nothing is written down of the erased."""
    if not length():
        return found
    cells = {
        row: {cell.strip() for cell in text.split(delimiter or ",")} | _values_in(text)
        for row, text in found.select("row", pl.col("value").fill_null("")).iter_rows()
    }
    cells = {row: said | set(ids_of_addresses(said).values()) for row, said in cells.items()}
    erased = erased_among({cell for said in cells.values() for cell in said})
    theirs = [row for row, said in cells.items() if said & erased]
    if not theirs:
        return found
    return pl.concat([found.filter(~pl.col("row").is_in(theirs)), _as_problems(theirs)])


def _values_in(text: str) -> set[str]:
    """What stands between the signs of a JSON object that is not whole."""
    return set(BETWEEN_SIGNS.findall(text)) if text.startswith("{") else set()


def turned_away(found: pl.DataFrame) -> dict[str, int]:
    """The note of a load that turned erased people away."""
    many = int((found["reason"] == REASON).sum())
    return {TURNED_AWAY: many} if many else {}


def _as_problems(rows: list[int]) -> pl.DataFrame:
    return problems(pl.DataFrame({"row": rows, ID: [""] * len(rows)}), ID, REASON, REMEDY)


def empty_kept_file(load: Load) -> None:
    """Take the rows of erased people out of the kept file of a load that turned them away."""
    if not load.notes.get(TURNED_AWAY):
        return
    try:
        empty_rows(load, Whose(meant=erased_among, visitors=visitors_among))
    except UNREADABLE:
        # It was read a moment ago; whatever has become of it since, no text of theirs stays.
        delete_file(load)


@transaction.atomic
def note_erased_rows(customer_pk: int) -> int:
    """Write down beside each load how many of its rows an erasure is about to take out.

    An undo compares what a load brought in with what is there. Returns how many rows.
    """
    found: dict[int, dict[str, int]] = {}
    for model in _loaded_models():
        rows = model._default_manager.filter(**{_path_to_customer(model): customer_pk})
        counted = rows.order_by().values("load_id").annotate(rows=Count("pk"))
        for load_id, many in counted.values_list("load_id", "rows"):
            found.setdefault(load_id, {})[model._meta.db_table] = many
    for load in Load.objects.select_for_update().filter(pk__in=found):
        before = load.notes.get(ERASED, {})
        now = {table: before.get(table, 0) + many for table, many in found[load.pk].items()}
        load.notes[ERASED] = {**before, **now}
        load.save(update_fields=["notes"])
    return sum(many for tables in found.values() for many in tables.values())


def _loaded_models() -> list[type[models.Model]]:
    """The models that the rows of any kind become and that belong to a customer."""
    tables = {table for kind in kinds().values() for table in (kind.table, *kind.further_tables)}
    ours = [model for model in apps.get_models() if model._meta.db_table in tables]
    return [model for model in ours if _path_to_customer(model)]


def _path_to_customer(model: type[models.Model]) -> str:
    """How a filter names the customer of a row; empty where there is none."""
    if model is Customer:
        return "pk"
    for field in model._meta.fields:
        target = field.related_model if field.many_to_one else None
        if target is Customer:
            return field.name
        further = _path_to_customer(target) if target else ""
        if further:
            return f"{field.name}__{further}"
    return ""
