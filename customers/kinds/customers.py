from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

import polars as pl

from core.contracts.columns import LONGEST_KEY, Column
from core.contracts.import_kind import (
    STAGING,
    Cursor,
    Entered,
    ImportKind,
    LoadContext,
    problems,
    with_all_columns,
)
from core.encryption import name_indexes
from core.upsert import Upsert
from customers.aliases import BY_OLD_ID
from customers.contact_indexes import email_index, phone_index
from customers.kinds.about_customers import MOST_NAMED_CUSTOMERS, bytea, protected
from customers.kinds.by_old_ids import lead_on
from customers.services import remove_customers, rows_of_others

PERSONAL = ("name", "email", "phone", "birth_date", "address")
UNSEEN = (*PERSONAL, "email_index", "phone_index", "name_index")
VALUES = ("age_band", "region", "acquisition_channel", "joined_at")
AGE_BANDS = ((0, "under 18"), (18, "18-24"), (25, "25-34"), (35, "35-44"), (45, "45-54"),
             (55, "55-64"), (65, "65+"))  # fmt: skip
OLDEST = 120
# So many are encrypted at a time: as objects they take ten times their room in a frame.
AT_ONCE = 20_000


@dataclass(frozen=True)
class Customers(ImportKind):
    """Who the customers are. Personal fields are encrypted before they touch a table."""

    key: ClassVar[str] = "customers"
    title: ClassVar[str] = "Customers"
    table: ClassVar[str] = "customers_customer"
    usual_rules: ClassVar[tuple[dict[str, Any], ...]] = ({"rule": "similar_customers"},)
    columns: ClassVar[tuple[Column, ...]] = (
        Column(
            "customer_id",
            "text",
            "the shop's own customer number",
            needed=True,
            longest=LONGEST_KEY,
        ),
        Column("name", "text", "full name", personal=True, parts=("first_name", "last_name")),
        Column("email", "text", "e-mail address", personal=True),
        Column("phone", "text", "telephone number", personal=True),
        Column("birth_date", "date", "gives the age band, and is kept encrypted", personal=True),
        Column(
            "address",
            "text",
            "postal address",
            personal=True,
            parts=("street", "postcode", "city"),
        ),
        Column("region", "text", "region"),
        Column("acquisition_channel", "text", "where they came from"),
        Column("joined_at", "date", "customer since"),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns)
        today = context.now.date()
        born = pl.col("birth_date")
        impossible = full.filter((born > today) | (born.dt.year() < today.year - OLDEST))
        found = problems(
            impossible,
            "birth_date",
            f"lies in the future or more than {OLDEST} years ago",
            "give the true day, or leave it empty",
        )
        good = full.join(found.select("row"), on="row", how="anti").with_columns(
            _age_band(today).alias("age_band"), pl.col("birth_date").cast(pl.String)
        )
        people = good.select("customer_id", *PERSONAL)
        some = [*people.iter_slices(AT_ONCE)] or [people]
        unseen = pl.concat([_all_protected(each) for each in some])
        staged = pl.concat([good.drop(*PERSONAL), unseen], how="horizontal")
        return staged.select("row", *self.staging_columns()), found

    def staging_columns(self) -> dict[str, str]:
        return {
            "customer_id": "text",
            **dict.fromkeys(VALUES, "text"),
            "joined_at": "date",
            **dict.fromkeys(UNSEEN, "bytea"),
            "name_index": "bytea[]",
            "personal_marks": "jsonb",
        }

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        led_on = lead_on(cursor, PERSONAL)
        synthetic = "true" if context.options.get("synthetic") else "false"
        counts = Upsert(
            resolved=STAGING,
            target=self.table,
            key=("customer_id",),
            values=VALUES,
            unseen=UNSEEN,
            load_id=context.load_id,
            named_by="customer_id",
            indexes_after=True,
            person="t.id",
            on_insert=(("personal_marks", "r.personal_marks"), ("is_synthetic", synthetic)),
            on_change=(
                ("personal_marks", "t.personal_marks || r.personal_marks"),
                ("is_synthetic", synthetic),
                ("is_placeholder", "false"),
            ),
            differs_too="t.is_placeholder OR NOT t.personal_marks @> r.personal_marks",
        ).run(cursor)
        cursor.execute("SELECT id FROM customers_customer WHERE load_id = %s", [context.load_id])
        changed = sorted(row[0] for row in cursor.fetchall())
        few = changed if len(changed) <= MOST_NAMED_CUSTOMERS else None
        return counts.entered(customers=few, notes={BY_OLD_ID: led_on})

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        return {"customers_customer": remove_customers(load_id=load_id)}

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        return rows_of_others(load_id=load_id)


def _age_band(today: date) -> pl.Expr:
    """Whole years on the day of the import; a birthday later in the year has not been yet."""
    born = pl.col("birth_date")
    not_yet = (born.dt.month() > today.month) | (
        (born.dt.month() == today.month) & (born.dt.day() > today.day)
    )
    age = today.year - born.dt.year() - not_yet.cast(pl.Int32)
    band = pl.lit(None, pl.String)
    for youngest, name in AGE_BANDS:
        band = pl.when(age >= youngest).then(pl.lit(name)).otherwise(band)
    return band


def _all_protected(people: pl.DataFrame) -> pl.DataFrame:
    """Ciphertexts, look-up keys and marks, in Postgres' text form for bytea."""
    emails, phones = people["email"].to_list(), people["phone"].to_list()
    keys = {
        "email_index": [bytea(email_index(text)) if text else None for text in emails],
        "phone_index": [bytea(phone_index(text)) if text else None for text in phones],
        "name_index": list(map(_bytea_array, name_indexes(people["name"].to_list()))),
    }
    keyed = people.with_columns(pl.Series(k, values, pl.String) for k, values in keys.items())
    return protected(keyed, PERSONAL).drop("customer_id")


def _bytea_array(found: list[bytes] | None) -> str | None:
    return None if found is None else "{" + ",".join(f'"\\\\x{i.hex()}"' for i in found) + "}"
