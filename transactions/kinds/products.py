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
    with_all_columns,
)
from core.formats import whole
from core.upsert import Upsert
from transactions.kinds.order_undo import lines_naming_products
from transactions.services import mark_mirror_stale

VALUES = ("name", "department", "category", "brand", "price_minor")


@dataclass(frozen=True)
class Products(ImportKind):
    """What the shop sells, one row per product."""

    key: ClassVar[str] = "products"
    title: ClassVar[str] = "Products"
    table: ClassVar[str] = "transactions_product"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("sku", "text", "the shop's own product number", needed=True, longest=LONGEST_KEY),
        Column("name", "text", "what it is called"),
        Column("department", "text", "department"),
        Column("category", "text", "category"),
        Column("brand", "text", "brand"),
        Column("price", "money", "list price"),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns).rename({"price": "price_minor"})
        return full.select("row", *self.staging_columns()), no_problems()

    def staging_columns(self) -> dict[str, str]:
        return {"sku": "text", **dict.fromkeys(VALUES, "text"), "price_minor": "bigint"}

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        cursor.execute(f"UPDATE {STAGING} SET name = coalesce(name, '')")
        counts = Upsert(
            resolved=STAGING,
            target=self.table,
            key=("sku",),
            values=VALUES,
            load_id=context.load_id,
            named_by="sku",
            on_change=(("is_placeholder", "false"),),
            differs_too="t.is_placeholder",
        ).run(cursor)
        mark_mirror_stale(products=True)
        return counts.entered(
            customers=None if counts.changed else [],
        )

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        cursor.execute("DELETE FROM transactions_product WHERE load_id = %s", [load_id])
        deleted = cursor.rowcount
        mark_mirror_stale(products=True)
        return {"transactions_product": deleted}

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        count = lines_naming_products(cursor, load_id)
        return f"{whole(count)} order lines name its products" if count else None
