"""What a merged customer lacks and the other one knows or said: filled in, and taken out again."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from core.contracts.import_kind import Cursor
from customers.models import Consent, Customer
from customers.services import personal_mark

TABLE = Customer._meta.db_table
# What is filled in where it is missing, with the columns that go with it.
FILLED = {
    "name": ("name", "name_index"),
    "email": ("email", "email_index"),
    "phone": ("phone", "phone_index"),
    "birth_date": ("birth_date",),
    "address": ("address",),
    "age_band": ("age_band",),
    "region": ("region",),
    "acquisition_channel": ("acquisition_channel",),
    "joined_at": ("joined_at",),
}
MARKED = ("name", "email", "phone", "birth_date", "address")
# The shortest time that the record tells apart.
NEXT = timedelta(microseconds=1)
# A value is known again by its hash: a ciphertext is never made twice.
HASH = "md5(to_jsonb(t) ->> %s)"


def missing(*, source: Customer, target: Customer) -> list[str]:
    """Which fields the target lacks and the source has."""
    return [
        name
        for name in FILLED
        if getattr(target, name) is None and getattr(source, name) is not None
    ]


def fill(*, source: Customer, target: Customer) -> dict[str, str]:
    """Fill them in; {field: hash of what now stands there}."""
    names = missing(source=source, target=target)
    columns = [column for name in names for column in FILLED[name]]
    if not names:
        return {}
    marks = {
        name: personal_mark(target.customer_id, name, getattr(source, name))
        for name in names
        if name in MARKED
    }
    with connection.cursor() as cursor:
        settings = ", ".join(f"{column} = s.{column}" for column in columns)
        cursor.execute(
            f"UPDATE {TABLE} t SET {settings} FROM {TABLE} s WHERE t.id = %s AND s.id = %s",
            [target.pk, source.pk],
        )
        _mark(target.pk, marks)
        return {name: _hash(cursor, target.pk, name) for name in names}


def say_no_too(*, source_pk: int, target_pk: int) -> list[int]:
    """Where the target says yes and the source no at the very same moment, the no is written down
    as said next: of the two it is the stronger. The ids of those statements.

    They carry the load of the source's statement, and go with it.
    """
    same = Consent.objects.filter(
        customer=target_pk, channel=OuterRef("channel"), purpose=OuterRef("purpose")
    )
    noes = Consent.objects.filter(
        Exists(same.filter(at=OuterRef("at"), granted=True)),
        ~Exists(same.filter(at=OuterRef("at") + NEXT)),
        customer=source_pk, granted=False,
    )  # fmt: skip
    said = [
        Consent(
            customer_id=target_pk, channel=no.channel, purpose=no.purpose, granted=False,
            at=no.at + NEXT, source=no.source, load_id=no.load_id,
        )
        for no in noes.order_by("pk")
    ]  # fmt: skip
    return [one.pk for one in Consent.objects.bulk_create(said)]


def empty(*, target: Customer, filled: dict[str, str], since: int) -> None:
    """Take out again what still stands as it was filled in, also of the row as loads since kept
    it for their undo."""
    with connection.cursor() as cursor:
        still = [name for name, as_filled in filled.items()
                 if _hash(cursor, target.pk, name) == as_filled]  # fmt: skip
        columns = [column for name in still for column in FILLED[name]]
        if columns:
            settings = ", ".join(f"{column} = NULL" for column in columns)
            cursor.execute(
                f"UPDATE {TABLE} SET {settings}, personal_marks = personal_marks - %s::text[]"
                " WHERE id = %s",
                [still, target.pk],
            )
        for name, as_filled in filled.items():
            nothing = dict.fromkeys(FILLED[name])
            cursor.execute(
                "UPDATE core_rowbefore SET before = jsonb_set(before || %s::jsonb,"
                " '{personal_marks}', (before -> 'personal_marks') - %s)"
                " WHERE of_table = %s AND row_id = %s AND id > %s AND md5(before ->> %s) = %s",
                [_json(nothing), name, TABLE, target.pk, since, name, as_filled],
            )


def _json(columns: Iterable[str]) -> str:
    return "{" + ", ".join(f'"{column}": null' for column in columns) + "}"


def _mark(pk: int, marks: dict[str, str]) -> None:
    customer = Customer.objects.only("personal_marks").get(pk=pk)
    Customer.objects.filter(pk=pk).update(personal_marks={**customer.personal_marks, **marks})


def _hash(cursor: Cursor, pk: int, name: str) -> str:
    cursor.execute(f"SELECT {HASH} FROM {TABLE} t WHERE id = %s", [name, pk])
    (found,) = cursor.fetchone()
    return found or ""
