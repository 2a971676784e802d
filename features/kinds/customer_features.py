from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from core.contracts.columns import LONGEST_KEY, Column
from core.contracts.import_kind import (
    STAGING,
    Cursor,
    Entered,
    ImportKind,
    LoadContext,
    no_problems,
    problems,
    with_all_columns,
)
from core.upsert import Upsert
from customers.aliases import KNOWN_AS
from customers.services import remove_customers, rows_of_others
from features.selectors import computed_names, imported_numbers

# Named by the glossary, so their meaning limits them; (lowest, highest).
LIMITS = {
    "recency_days": (0, 100_000),
    "purchase_frequency": (0, 1e9),
    "purchase_monetary_value": (-1e12, 1e12),
    "purchase_day_of_week": (0, 6),
}
OWN = ("row", "customer_id", "as_of")


@dataclass(frozen=True)
class CustomerFeatures(ImportKind):
    """One row per customer with features worked out elsewhere; further columns are kept too."""

    key: ClassVar[str] = "customer_features"
    title: ClassVar[str] = "Customer features"
    table: ClassVar[str] = "features_importedfeatures"
    further_tables: ClassVar[tuple[str, ...]] = ("customers_customer",)
    keeps_further_columns: ClassVar[bool] = True
    columns: ClassVar[tuple[Column, ...]] = (
        Column(
            "customer_id",
            "text",
            "the shop's own customer number",
            needed=True,
            longest=LONGEST_KEY,
        ),
        Column("as_of", "timestamp", "the moment that the values are true of; default: now"),
        Column("recency_days", "decimal", "days since the last purchase"),
        Column("purchase_frequency", "decimal", "number of orders"),
        Column("purchase_monetary_value", "decimal", "money spent"),
        Column("purchase_day_of_week", "integer", "commonest weekday, 0 is Monday"),
    )

    def computed_here(self, names: list[str]) -> list[str]:
        ours = computed_names() - {column.name for column in self.columns}
        return [name for name in names if name.strip().casefold() in ours]

    def known_numbers(self, names: list[str]) -> list[str]:
        return imported_numbers(names)

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        rows = with_all_columns(rows, self.columns[:2])
        found = [no_problems()]
        for name, (lowest, highest) in LIMITS.items():
            if name in rows.columns:
                outside = rows.filter(~pl.col(name).is_between(lowest, highest))
                limits = f"{lowest:g} to {highest:g}"
                found.append(
                    problems(outside, name, f"lies outside {limits}", "give the true number")
                )
        wrong = pl.concat(found)
        good = rows.join(wrong.select("row"), on="row", how="anti")
        features = [c for c in good.columns if c not in OWN and "__" not in c]
        values = (
            good.select(pl.struct(features).struct.json_encode())
            if features
            else good.select(pl.lit("{}"))
        )
        staged = good.select("row", "customer_id", pl.col("as_of").fill_null(context.now))
        return staged.with_columns(values.to_series().alias("values")), wrong

    def staging_columns(self) -> dict[str, str]:
        return {"customer_id": "text", "as_of": "timestamptz", "values": "jsonb"}

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        cursor.execute(
            "INSERT INTO customers_customer (customer_id, is_placeholder, load_id)"
            f" SELECT DISTINCT customer_id, true, %s::bigint FROM {STAGING}"
            " ON CONFLICT (customer_id) DO NOTHING",
            [context.load_id],
        )
        unknown = cursor.rowcount
        cursor.execute(
            "CREATE TEMPORARY TABLE resolved_features ON COMMIT DROP AS SELECT s.row,"
            " c.id AS customer_id, %s::text AS source, s.as_of,"
            " jsonb_strip_nulls(s.values) AS values"
            f" FROM {STAGING} s JOIN {KNOWN_AS} c ON c.customer_id = s.customer_id",
            [context.source],
        )
        counts = Upsert(
            resolved="resolved_features",
            target=self.table,
            key=("source", "customer_id"),
            values=("values",),
            merged=("values",),
            unseen=("as_of",),
            load_id=context.load_id,
            named_by="customer_id",
            person="t.customer_id",
        ).run(cursor)
        cursor.execute(
            "SELECT customer_id FROM features_importedfeatures WHERE load_id = %s",
            [context.load_id],
        )
        return counts.entered(
            customers=sorted(row[0] for row in cursor.fetchall()),
            notes={"unknown_customers": unknown},
        )

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        cursor.execute("DELETE FROM features_importedfeatures WHERE load_id = %s", [load_id])
        values = cursor.rowcount
        return {
            "features_importedfeatures": values,
            "customers_customer": remove_customers(load_id=load_id),
        }

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        return rows_of_others(load_id=load_id)
