"""Rows of a staging table into a target by natural key: new, changed, identical or duplicate.

Loads work one at a time, so what is looked up here cannot change before it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from core.bulk import read_query
from core.bulk_indexes import indexes_built_after
from core.contracts.import_kind import PROBLEM_SCHEMA, STAGING, Cursor, Entered, no_problems
from core.undo import NOBODY, keep_before

CONFLICT = "an earlier row of this file says something else under the same key"
CONFLICT_REMEDY = "keep one of the two rows"
# Temporary tables that a run leaves: rows that met one of the target, and later ones of a key.
MET, LATER = "upsert_met", "upsert_later"


@dataclass(frozen=True)
class Upsert:
    """``resolved`` is a temporary table: row, key columns, value columns, in the target's types.

    A value that is NULL in the file leaves what stands in the target.
    """

    resolved: str
    target: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    load_id: int
    # The column of the file that tells its rows apart: a conflict names it and its value.
    named_by: str
    # Those of the values that are objects: the file's entries go over those that stand there.
    merged: tuple[str, ...] = ()
    # Columns that only a new row gets, as SQL.
    on_insert: tuple[tuple[str, str], ...] = ()
    # Columns set beside the values when a row changes, as SQL.
    on_change: tuple[tuple[str, str], ...] = ()
    key_is_unique: bool = False
    # Values that are written but cannot be compared: ciphertexts differ each time.
    unseen: tuple[str, ...] = ()
    # New rows that are most of the table are written before its indexes; for tables without foreign
    # keys of their own, which would still have to be looked up.
    indexes_after: bool = False
    # A further difference between a row r and its target t, as SQL.
    differs_too: str = "false"
    # Whom a row t of the target is about, as SQL: an erasure looks for them in the undo journal.
    person: str = NOBODY

    def run(self, cursor: Cursor) -> "UpsertCounts":
        """Sort the rows out and write them. Leaves the temporary table ``upsert_met``."""
        duplicate, conflicts = (0, no_problems()) if self.key_is_unique else self._dedupe(cursor)
        cursor.execute("DROP TABLE IF EXISTS upsert_met")
        cursor.execute(
            f"CREATE TEMPORARY TABLE upsert_met ON COMMIT DROP AS"
            f" SELECT r.row, t.id, t.load_id, ({self._differs()}) AS differs"
            f" FROM {self.resolved} r JOIN {self.target} t ON {self._same_key('r', 't')}"
        )
        cursor.execute("SELECT count(*) FILTER (WHERE differs), count(*) FROM upsert_met")
        changed, met = cursor.fetchone()
        if changed:
            self._change(cursor)
        loaded = self._insert(cursor, met)
        return UpsertCounts(loaded, changed, met - changed, duplicate, conflicts)

    def _dedupe(self, cursor: Cursor) -> tuple[int, pl.DataFrame]:
        """Keep the first row of each key; later ones are duplicates, or conflicts."""
        cursor.execute("DROP TABLE IF EXISTS upsert_later")
        same = " AND ".join(f"f.{v} IS NOT DISTINCT FROM s.{v}" for v in self.values) or "true"
        cursor.execute(
            f"CREATE TEMPORARY TABLE upsert_later ON COMMIT DROP AS"
            f" SELECT s.row, ({same}) AS same FROM"
            f" (SELECT *, min(row) OVER (PARTITION BY {', '.join(self.key)}) AS first_row"
            f"  FROM {self.resolved}) s"
            f" JOIN {self.resolved} f ON f.row = s.first_row WHERE s.row > s.first_row"
        )
        cursor.execute("SELECT count(*) FROM upsert_later WHERE same")
        duplicate = cursor.fetchone()[0]
        # Read before the rows go: the resolved table may be the staging table itself.
        conflicts = self._conflicts()
        cursor.execute(f"DELETE FROM {self.resolved} r USING upsert_later l WHERE r.row = l.row")
        return duplicate, conflicts

    def _conflicts(self) -> pl.DataFrame:
        rows = read_query(
            f"SELECT s.row, s.{self.named_by}::text FROM upsert_later l"
            f" JOIN {STAGING} s ON s.row = l.row WHERE NOT l.same ORDER BY s.row",
            {"row": pl.Int64(), "value": pl.String()},
        )
        return rows.select(
            "row",
            pl.lit(self.named_by).alias("column"),
            pl.col("value").fill_null(""),
            pl.lit(CONFLICT).alias("reason"),
            pl.lit(CONFLICT_REMEDY).alias("remedy"),
        ).cast(PROBLEM_SCHEMA)

    def _change(self, cursor: Cursor) -> None:
        keep_before(
            cursor,
            table=self.target,
            rows="SELECT id FROM upsert_met WHERE differs",
            load_id=self.load_id,
            person=self.person,
        )
        plain = [v for v in (*self.values, *self.unseen) if v not in self.merged]
        settings = [f"{v} = coalesce(r.{v}, t.{v})" for v in plain]
        settings += [f"{v} = t.{v} || r.{v}" for v in self.merged]
        settings += [f"{name} = {expression}" for name, expression in self.on_change]
        cursor.execute(
            f"UPDATE {self.target} t SET {', '.join(settings)}, load_id = %s"
            f" FROM {self.resolved} r JOIN upsert_met m ON m.row = r.row AND m.differs"
            f" WHERE t.id = m.id",
            [self.load_id],
        )

    def _insert(self, cursor: Cursor, met: int) -> int:
        columns = [*self.key, *self.values, *self.unseen]
        names = [*columns, *(name for name, _ in self.on_insert), "load_id"]
        chosen = [*(f"r.{c}" for c in columns), *(expression for _, expression in self.on_insert)]
        new = "WHERE NOT EXISTS (SELECT FROM upsert_met m WHERE m.row = r.row)" if met else ""
        with indexes_built_after(table=self.target, rows=self._many_new(cursor, met)):
            cursor.execute(
                f"INSERT INTO {self.target} ({', '.join(names)})"
                f" SELECT {', '.join(chosen)}, %s FROM {self.resolved} r {new} ORDER BY r.row",
                [self.load_id],
            )
            loaded: int = cursor.rowcount
        return loaded

    def _many_new(self, cursor: Cursor, met: int) -> int:
        """How many rows are new, where that matters."""
        if not self.indexes_after:
            return 0
        cursor.execute(f"SELECT count(*) FROM {self.resolved}")
        many: int = cursor.fetchone()[0]
        return many - met

    def _differs(self) -> str:
        tests = [
            f"NOT t.{v} @> r.{v}"
            if v in self.merged
            else f"(r.{v} IS NOT NULL AND t.{v} IS DISTINCT FROM r.{v})"
            for v in self.values
        ]
        return " OR ".join([*tests, self.differs_too])

    def _same_key(self, left: str, right: str) -> str:
        return " AND ".join(f"{left}.{k} = {right}.{k}" for k in self.key)


def turn_away(
    cursor: Cursor, judged: str, reasons: Mapping[str, tuple[str, str, str]]
) -> pl.DataFrame:
    """Take the rows out of a judged table whose ``wrong`` names a reason; a problem for each.

    ``reasons`` are the column at fault, what is wrong and the remedy. Call it before the upsert.
    """
    columns = sorted({column for column, _, _ in reasons.values()})
    rows = read_query(
        f"SELECT j.row, j.wrong, {', '.join(f's.{c}::text' for c in columns)} FROM {judged} j"
        f" JOIN {STAGING} s ON s.row = j.row WHERE j.wrong IS NOT NULL ORDER BY j.row",
        {"row": pl.Int64(), "wrong": pl.String(), **dict.fromkeys(columns, pl.String())},
    )
    cursor.execute(f"DELETE FROM {judged} WHERE wrong IS NOT NULL")
    told = [
        {"row": row["row"], "column": column, "value": row[column], "reason": why, "remedy": remedy}
        for row in rows.iter_rows(named=True)
        for column, why, remedy in [reasons[row["wrong"]]]
    ]
    return pl.DataFrame(told, schema=PROBLEM_SCHEMA)


@dataclass(frozen=True)
class UpsertCounts:
    loaded: int
    changed: int
    identical: int
    duplicate: int
    conflicts: pl.DataFrame

    def entered(self, *further: pl.DataFrame, **told: Any) -> Entered:
        """What a kind answers with: these counts, further problems, and what else it knows."""
        return Entered(
            loaded=self.loaded,
            changed=self.changed,
            identical=self.identical,
            duplicate=self.duplicate,
            conflicts=pl.concat([*further, self.conflicts]),
            **told,
        )


def rows_by_sort(cursor: Cursor) -> dict[str, list[int]]:
    """{new, changed …: first row numbers} of the upsert before, in the transaction that it ran in.

    Nothing where none ran.
    """
    if not _stands(cursor, MET):
        return {}
    twice = _stands(cursor, LATER)
    later = f"AND NOT EXISTS (SELECT FROM {LATER} l WHERE l.row = s.row)" if twice else ""
    new = (
        f"SELECT s.row FROM {STAGING} s"
        f" WHERE NOT EXISTS (SELECT FROM {MET} m WHERE m.row = s.row) {later}"
    )
    return {
        "loaded": _first(cursor, new) if _stands(cursor, STAGING) else [],
        "changed": _first(cursor, f"SELECT row FROM {MET} WHERE differs"),
        "identical": _first(cursor, f"SELECT row FROM {MET} WHERE NOT differs"),
        "duplicate": _first(cursor, f"SELECT row FROM {LATER} WHERE same") if twice else [],
    }


def _first(cursor: Cursor, rows: str) -> list[int]:
    cursor.execute(f"{rows} ORDER BY row LIMIT 20")
    return [row for (row,) in cursor.fetchall()]


def _stands(cursor: Cursor, table: str) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"pg_temp.{table}"])
    return bool(cursor.fetchone()[0])
