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
    problems,
    with_all_columns,
)
from core.upsert import Upsert
from customers.aliases import KNOWN_AS
from customers.kinds.about_customers import (
    add_unknown_customers,
    changed_customers,
    protected,
    take_out,
)
from customers.models import FeedbackKind
from customers.services import rows_of_others

# The lowest and the highest score of a survey.
SCALES = {FeedbackKind.NPS: (0, 10), FeedbackKind.CSAT: (1, 5)}


@dataclass(frozen=True)
class FeedbackAnswers(ImportKind):
    """Answers to surveys, reviews and posts. The text is encrypted before any table."""

    key: ClassVar[str] = "feedback"
    title: ClassVar[str] = "Survey answers and reviews"
    table: ClassVar[str] = "customers_feedback"
    further_tables: ClassVar[tuple[str, ...]] = ("customers_customer",)
    columns: ClassVar[tuple[Column, ...]] = (
        Column("customer_id", "text", "who said it", needed=True, longest=LONGEST_KEY),
        Column("kind", "text", "nps, csat, review or post", needed=True),
        Column("at", "timestamp", "when", needed=True),
        Column("score", "integer", "NPS 0 to 10, CSAT 1 to 5, or a review's own"),
        Column("text", "text", "what was written, kept encrypted", personal=True),
    )

    def refine(self, rows: pl.DataFrame, context: LoadContext) -> tuple[pl.DataFrame, pl.DataFrame]:
        full = with_all_columns(rows, self.columns).with_columns(pl.col("kind").str.to_lowercase())
        found = _problems(full)
        good = full.join(found.select("row"), on="row", how="anti")
        return protected(good, ("text",)).select("row", *self.staging_columns()), found

    def staging_columns(self) -> dict[str, str]:
        return {
            "customer_id": "text",
            "kind": "text",
            "at": "timestamptz",
            "score": "smallint",
            "text": "bytea",
            "personal_marks": "jsonb",
        }

    def enter(self, cursor: Cursor, context: LoadContext) -> Entered:
        unknown = add_unknown_customers(cursor, context.load_id)
        cursor.execute(
            "CREATE TEMPORARY TABLE resolved_feedback ON COMMIT DROP AS SELECT s.row,"
            " c.id AS customer_id, s.kind, s.at, s.score, s.text, s.personal_marks"
            f" FROM {STAGING} s JOIN {KNOWN_AS} c ON c.customer_id = s.customer_id"
        )
        synthetic = ("is_synthetic", "true" if context.options.get("synthetic") else "false")
        counts = Upsert(
            resolved="resolved_feedback",
            target=self.table,
            key=("customer_id", "kind", "at"),
            values=("score", "personal_marks"),
            merged=("personal_marks",),
            unseen=("text",),
            load_id=context.load_id,
            named_by="at",
            person="t.customer_id",
            on_insert=(synthetic,),
            on_change=(synthetic,),
        ).run(cursor)
        return counts.entered(
            customers=changed_customers(cursor, self.table, context.load_id),
            notes={"unknown_customers": unknown},
        )

    def undo(self, cursor: Cursor, load_id: int) -> dict[str, int]:
        return take_out(cursor, self.table, load_id)

    def undo_blocked_by(self, cursor: Cursor, load_id: int) -> str | None:
        return rows_of_others(load_id=load_id)


def _problems(rows: pl.DataFrame) -> pl.DataFrame:
    """The first that applies to each row."""
    known = ", ".join(FeedbackKind.values)
    unknown = rows.filter(~pl.col("kind").is_in(FeedbackKind.values))
    found = [problems(unknown, "kind", "no kind of answer of ours", f"use one of {known}")]
    for kind, (lowest, highest) in SCALES.items():
        inside = pl.col("score").is_between(lowest, highest).fill_null(value=False)
        wrong = rows.filter((pl.col("kind") == kind) & ~inside)
        scale = f"{lowest} to {highest}"
        found.append(
            problems(wrong, "score", f"{kind.upper()} goes from {scale}", "give the score as asked")
        )
    unasked = pl.col("kind").is_in([FeedbackKind.REVIEW, FeedbackKind.POST])
    silent = rows.filter(unasked & pl.col("score").is_null() & pl.col("text").is_null())
    found.append(problems(silent, "text", "neither a score nor a text", "give one of them"))
    return pl.concat(found)
