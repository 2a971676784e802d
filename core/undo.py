"""The undo journal: rows as they were before a load changed them, and how they come back.

Whoever changes a row on behalf of a load calls ``keep_before`` first, for all rows at once, and
writes the load's id into the rows. A row whose load_id is the load's, and which is not in its
journal, is one that the load brought in.
"""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Count, F, Func, JSONField, Max, QuerySet, TextField, Value
from django.db.models.fields.reverse_related import ForeignObjectRel

from core.contracts.import_kind import Cursor
from core.encryption import decrypt
from core.fields import EncryptedTextField
from core.locks import hold_lock
from core.models import RowBefore

LOCK = "core.undo"
NOBODY = "NULL::bigint"
MANY = 1_000
KEEP = """
    INSERT INTO core_rowbefore (load_id, of_table, row_id, load_before, customer_pk, before)
    SELECT %s, %s, t.id, t.load_id, {person}, to_jsonb(t) FROM {table} t
    WHERE t.id IN ({rows}) AND t.load_id IS DISTINCT FROM %s
"""
# Only rows that carry the load's number still. The sum keeps a planner that knows nothing yet of a
# fresh load from looking through all of its rows for each row of the journal.
PUT_BACK = """
    UPDATE {table} t SET {settings} FROM (
        SELECT r.* FROM core_rowbefore j JOIN {table} o ON o.id = j.row_id AND o.load_id + 0 = %s
        CROSS JOIN LATERAL jsonb_populate_record(o, j.before) r
        WHERE j.load_id = %s AND j.of_table = %s AND j.before IS NOT NULL
    ) b WHERE t.id = b.id
"""
TAKE_OUT = "DELETE FROM {table} WHERE {condition}"
HANGING = "{column} IN (SELECT id FROM {table} WHERE {condition})"
WITHOUT_ROW = """
    DELETE FROM core_rowbefore j
    WHERE of_table = %s AND NOT EXISTS (SELECT FROM {table} t WHERE t.id = j.row_id)
"""
OF_CUSTOMER = "SELECT id FROM {table} WHERE id = ANY(%s) AND customer_id = %s"
GIVE_BACK = "UPDATE {table} SET customer_id = %s WHERE id = %s AND customer_id = %s"


@dataclass(frozen=True)
class ChangedLater:
    """How many rows of one table, written by one load, a later one has changed since."""

    load_id: int
    table: str
    rows: int


def keep_before(
    cursor: Cursor, *, table: str, rows: str, load_id: int, person: str = NOBODY
) -> int:
    """Keep rows of a table that a load is about to change, each the first time; how many.

    ``rows`` is a query for their ids. ``person`` says whom a row t is about, as SQL.
    """
    cursor.execute(KEEP.format(table=table, rows=rows, person=person), [load_id, table, load_id])
    kept = cursor.rowcount
    if kept >= MANY:
        # Else who plans an undo takes this load for one that changed nothing.
        cursor.execute("ANALYZE core_rowbefore (load_id, of_table, row_id)")
    return kept


def brought_in(alias: str, table: str, load_id: int) -> str:
    """A condition, as SQL: the load brought this row in, and did not merely change it."""
    return (
        f"({alias}.load_id = {load_id:d} AND NOT EXISTS (SELECT FROM core_rowbefore kept"
        f" WHERE kept.load_id = {load_id:d} AND kept.of_table = '{table}'"
        f" AND kept.row_id = {alias}.id))"
    )


def put_back(cursor: Cursor, *, load_id: int) -> dict[str, int]:
    """Let the rows that a load changed be what they were, and clear its journal; {table: rows}."""
    restored = {}
    for table in kept_rows(load_id):
        settings = ", ".join(f'"{name}" = b."{name}"' for name in _columns(cursor, table))
        cursor.execute(PUT_BACK.format(table=table, settings=settings), [load_id, load_id, table])
        restored[table] = cursor.rowcount
    RowBefore.objects.filter(load_id=load_id).delete()
    return restored


def take_out(cursor: Cursor, *, model: type[models.Model], condition: str) -> int:
    """Delete rows of a table with all that goes with them, in the database and table by table: a
    large load brings hundreds of thousands. How many rows of the table itself."""
    table = model._meta.db_table
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel) and relation.on_delete is models.CASCADE:
            hanging = HANGING.format(column=relation.field.column, table=table, condition=condition)
            take_out(cursor, model=relation.related_model, condition=hanging)
    cursor.execute(TAKE_OUT.format(table=table, condition=condition))
    return cursor.rowcount


def hold_journals() -> None:
    """Whoever reads a journal to put it back, and whoever thins it out, wait for each other."""
    hold_lock(LOCK)


def kept_rows(load_id: int) -> dict[str, int]:
    """{table: how many of its rows a load has changed}."""
    counted = RowBefore.objects.filter(load_id=load_id).values_list("of_table")
    return dict(counted.annotate(rows=Count("pk")).order_by("of_table"))


def changed_later(load_id: int) -> list[ChangedLater]:
    """Which loads changed what this one wrote: they are to be undone before it."""
    later = RowBefore.objects.filter(load_before=load_id).values_list("load_id", "of_table")
    counted = later.annotate(rows=Count("pk")).order_by("load_id", "of_table")
    return [ChangedLater(*row) for row in counted]


def forget_person(customer_pk: int) -> int:
    """Take a person out of all journals, after their rows have left the record; how many rows.

    A row that was theirs before a load gave it to somebody else then counts as that load's own:
    without the load it would have been erased.
    """
    forgotten, _ = RowBefore.objects.filter(customer_pk=customer_pk).delete()
    tables = RowBefore.objects.order_by("of_table").values_list("of_table", flat=True).distinct()
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(WITHOUT_ROW.format(table=table), [table])
            forgotten += cursor.rowcount
    return forgotten


def told_of(customer_pk: int) -> list[dict[str, Any]]:
    """What is kept about a person, ready to be handed out: what is encrypted is read, what is there
    for look-ups only is left out."""
    found = {model._meta.db_table: model for model in apps.get_models()}
    rows = RowBefore.objects.filter(customer_pk=customer_pk, before__isnull=False).order_by("pk")
    return [
        {
            "table": row.of_table,
            "replaced_by_import": row.load_id,
            **_readable(found[row.of_table], row.before),
        }
        for row in rows
    ]


def _readable(model: type[models.Model], before: dict[str, Any]) -> dict[str, Any]:
    told = {}
    for field in model._meta.concrete_fields:
        value = before.get(field.column)
        if isinstance(field, EncryptedTextField):
            # Postgres writes bytes into JSON as a backslash, an x and hexadecimal digits.
            value = value and decrypt(bytes.fromhex(value.removeprefix("\\x")))
        elif field.name == "personal_marks" or field.name.endswith("_index"):
            continue
        told[field.column] = value
    return told


def thin_out(load_id: int) -> int:
    """Keep of a load's journal only that rows were changed, not what they said; how many rows."""
    hold_journals()
    kept = RowBefore.objects.filter(load_id=load_id, before__isnull=False)
    return kept.update(before=None, customer_pk=None)


def _columns(cursor: Cursor, table: str) -> list[str]:
    """The columns of a table that a row can be given, its id aside."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' AND attname <> 'id' ORDER BY attnum",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def newest_kept() -> int:
    """The number of the row that was kept last."""
    return RowBefore.objects.aggregate(newest=Max("pk"))["newest"] or 0


def repoint_kept(*, source_pk: int, target_pk: int) -> list[list[Any]]:
    """Rows as they were before a load, of one customer, become another's; [number, table, row id].

    An undo of the load then gives them to whoever the customer is by now. Called once their rows
    have moved: what was kept of a row that stayed with the source stays with it.
    """
    theirs = RowBefore.objects.filter(customer_pk=source_pk, before__customer_id=source_pk)
    found = theirs.order_by("of_table", "pk").values_list("pk", "of_table", "row_id")
    kept = []
    for table, rows in groupby(found, key=lambda row: row[1]):
        some = [list(row) for row in rows]
        stayed = _of_customer(table, [row_id for _, _, row_id in some], source_pk)
        kept += [row for row in some if row[2] not in stayed]
    _give(RowBefore.objects.filter(pk__in=[pk for pk, _, _ in kept]), target_pk)
    return kept


def repoint_kept_back(
    *, kept: list[list[Any]], moved: dict[str, list[int]], since: int, source_pk: int,
    target_pk: int,
) -> None:  # fmt: skip
    """The way back: those rows, and what loads kept ``since`` of the ``moved`` {table: row ids}."""
    held = RowBefore.objects.filter(customer_pk=target_pk, before__customer_id=target_pk)
    numbers = [pk for pk, _, _ in kept]
    there = set(RowBefore.objects.filter(pk__in=numbers).values_list("pk", flat=True))
    _give(held.filter(pk__in=there), source_pk)
    for table, rows in moved.items():
        _give(held.filter(pk__gt=since, of_table=table, row_id__in=rows), source_pk)
    with connection.cursor() as cursor:
        # Those that an undo has put back since are rows of the tables again.
        for pk, table, row in kept:
            if pk not in there:
                cursor.execute(GIVE_BACK.format(table=table), [source_pk, row, target_pk])


def _of_customer(table: str, rows: list[int], customer_pk: int) -> set[int]:
    """Which of the rows are a customer's now."""
    with connection.cursor() as cursor:
        cursor.execute(OF_CUSTOMER.format(table=table), [rows, customer_pk])
        return {pk for (pk,) in cursor.fetchall()}


def _give(rows: QuerySet[RowBefore], customer_pk: int) -> None:
    whose = Func(
        F("before"), Value(["customer_id"], ArrayField(TextField())),
        Value(customer_pk, JSONField()), function="jsonb_set", output_field=JSONField(),
    )  # fmt: skip
    rows.update(before=whose, customer_pk=customer_pk)
