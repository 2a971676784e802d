from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from core.contracts.columns import Column
from core.contracts.import_kind import (
    STAGING,
    Cursor,
    Entered,
    ImportKind,
    LoadContext,
    no_problems,
)
from core.upsert import Upsert


@dataclass(frozen=True)
class Shelves(ImportKind):
    """A kind of an app that ingestion has never heard of."""

    key: ClassVar[str] = "shelves"
    title: ClassVar[str] = "Shelves"
    table: ClassVar[str] = "testapp_shelf"
    columns: ClassVar[tuple[Column, ...]] = (
        Column("code", "text", "which shelf", needed=True),
        Column("height", "integer", "in centimetres", needed=True),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        return rows.select("row", "code", "height"), no_problems()

    def staging_columns(self) -> dict[str, str]:
        return {"code": "text", "height": "integer"}

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        counts = Upsert(
            resolved=STAGING,
            target=self.table,
            key=("code",),
            values=("height",),
            load_id=context.load_id,
            named_by="code",
        ).run(cursor)
        return Entered(**vars(counts))

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        cursor.execute("DELETE FROM testapp_shelf WHERE load_id = %s", [load_id])
        return {"testapp_shelf": cursor.rowcount}

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        return None
