"""The cleaning rules of one load at work: they learn from the file, then see each batch of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from core.contracts.cleaning_rule import (
    CHANGED,
    EXAMPLES,
    FLAGGED,
    HIDDEN,
    LEFT_OUT,
    OWN,
    REPEATED,
    WHOLE_ROW,
    CleaningRule,
    Effect,
    Outcome,
    RuleContext,
)
from core.contracts.import_kind import ImportKind, LoadContext, no_problems

Batches = Callable[[], Iterable[pl.DataFrame]]
# The note of a load with {what rules did: rows to which they did it}.
RULED = "ruled"
NO_ROWS = pl.Series("row", [], dtype=pl.Int64)
REJECTED = "rejected"
COUNTED = (CHANGED, FLAGGED, REPEATED, LEFT_OUT, REJECTED)


@dataclass(frozen=True)
class Ruled:
    """``rows`` go on. ``aside`` are those that do not, as each rule left them; ``repeated`` are
    the row numbers of those of them that the file says twice, ``problems`` tell of the others.
    """

    rows: pl.DataFrame
    problems: pl.DataFrame
    repeated: pl.Series
    aside: list[pl.DataFrame]


@dataclass
class Tally:
    """What one rule has done so far."""

    rule: CleaningRule
    learnt: Any = None
    before: int = 0
    after: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    examples: list[dict[str, Any]] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)

    def count(self, what: str, rows: int) -> None:
        if rows:
            self.counts[what] = self.counts.get(what, 0) + rows

    def show(self, examples: Iterable[dict[str, Any]]) -> None:
        self.examples = [*self.examples, *examples][:EXAMPLES]


class RuleRun:
    """Ask it in this order: ``with_own`` columns, ``learn``, then for each batch ``cells`` and,
    once the cells are typed, ``values``; ``told`` is what the report says.
    """

    def __init__(self, rules: list[CleaningRule], kind: ImportKind, context: LoadContext) -> None:
        columns = {column.name: column for column in kind.columns}
        self._context = RuleContext(context, columns)
        self._tallies = [Tally(rule) for rule in rules]
        # {what rules did: how many rows they did it to}, whichever and however many rules.
        self._rows: dict[str, int] = dict.fromkeys(COUNTED, 0)
        # The same of the batch at hand, as row numbers.
        self._of_batch: dict[str, list[pl.Series]] = {}

    def with_own(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The file's rows with what rules read of it beside the glossary's columns."""
        rules = [tally.rule for tally in self._tallies]
        headers = {name for rule in rules for name in rule.of_the_file()}
        for tally in self._tallies:
            tally.lacks = [n for n in tally.rule.of_the_file() if n not in rows.columns]
        own = [pl.col(name).alias(f"{OWN}{name}") for name in headers if name in rows.columns]
        whole = rows.drop("row").hash_rows().alias(WHOLE_ROW)
        wanted = [whole] if any(rule.compares_whole_rows() for rule in rules) else []
        return rows.with_columns(*own, *wanted)

    def learn(self, batches: Batches, typed: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
        """One pass over the file for each stage that has something to learn, none otherwise."""
        self._learn("cells", batches())
        if any(t.rule.learns for t in self._of("values")):
            read = (typed(self._quietly("cells", rows)) for rows in batches())
            self._learn("values", read)

    def cells(self, rows: pl.DataFrame) -> Ruled:
        return self._apply("cells", rows)

    def values(self, rows: pl.DataFrame) -> Ruled:
        """Rows without the columns that only rules have read."""
        ruled = self._apply("values", rows)
        for what, found in self._of_batch.items():
            self._rows[what] += pl.concat(found).n_unique()
        self._of_batch = {}
        return Ruled(without_own(ruled.rows), ruled.problems, ruled.repeated, ruled.aside)

    def counted(self) -> dict[str, int]:
        """{what was done: rows to which at least one rule did it}."""
        return {name.replace(" ", "_"): rows for name, rows in self._rows.items()}

    def told(self) -> list[dict[str, Any]]:
        """A line of the report for each rule: rows before and after, what it did, examples."""
        return [self._line(tally) for tally in self._tallies]

    def _line(self, tally: Tally) -> dict[str, Any]:
        rule = tally.rule
        lacks = f"the file has no column {', '.join(tally.lacks)}" if tally.lacks else ""
        return {
            "rule": rule.key,
            "title": rule.title,
            "column": ", ".join((*rule.reads(), *rule.of_the_file())),
            "learnt": lacks or rule.learnt_words(tally.learnt, self._context),
            "rows_before": tally.before,
            "rows_after": tally.after,
            **{name.replace(" ", "_"): tally.counts.get(name, 0) for name in COUNTED},
            "examples": tally.examples,
        }

    def _of(self, stage: str) -> list[Tally]:
        return [tally for tally in self._tallies if tally.rule.stage == stage]

    def _learn(self, stage: str, batches: Iterable[pl.DataFrame]) -> None:
        learning = [tally for tally in self._of(stage) if tally.rule.learns]
        kept: list[list[pl.DataFrame]] = [[] for _ in learning]
        if not learning:
            return
        for rows in batches:
            for tally, frames in zip(learning, kept, strict=True):
                frames.append(tally.rule.keeps(rows))
        for tally, frames in zip(learning, kept, strict=True):
            whole = pl.concat(frames, how="vertical_relaxed") if frames else pl.DataFrame()
            tally.learnt = tally.rule.learn(whole, self._context)

    def _quietly(self, stage: str, rows: pl.DataFrame) -> pl.DataFrame:
        for tally in self._of(stage):
            rows = tally.rule.apply(rows, tally.learnt, self._context).rows
        return rows

    def _apply(self, stage: str, rows: pl.DataFrame) -> Ruled:
        problems, repeated, aside = [no_problems()], [NO_ROWS], []
        for tally in self._of(stage):
            outcome = tally.rule.apply(rows, tally.learnt, self._context)
            self._note(tally, rows, outcome)
            if outcome.problems is not None:
                problems.append(outcome.problems)
            if outcome.repeated is not None:
                repeated.append(outcome.repeated.cast(pl.Int64))
            if outcome.rows.height < rows.height:
                aside.append(rows.join(outcome.rows.select("row"), on="row", how="anti"))
            rows = outcome.rows
        return Ruled(rows, pl.concat(problems), pl.concat(repeated), aside)

    def _note(self, tally: Tally, rows: pl.DataFrame, outcome: Outcome) -> None:
        tally.before += rows.height
        tally.after += outcome.rows.height
        for what in (CHANGED, FLAGGED, REPEATED, LEFT_OUT):
            of_it = [effect for effect in outcome.effects if effect.what == what]
            self._count(tally, what, _rows_of(of_it).unique())
            tally.show(example for effect in of_it for example in effect.examples)
        if outcome.problems is not None:
            left_out = _rows_of([e for e in outcome.effects if e.what == LEFT_OUT])
            refused = outcome.problems.filter(~pl.col("row").is_in(left_out.implode()))
            self._count(tally, REJECTED, refused["row"].unique())
            tally.show(self._refused(line) for line in refused.head(EXAMPLES).to_dicts())

    def _count(self, tally: Tally, what: str, rows: pl.Series) -> None:
        tally.count(what, rows.len())
        if rows.len():
            self._of_batch.setdefault(what, []).append(rows.cast(pl.Int64))

    def _refused(self, problem: dict[str, Any]) -> dict[str, Any]:
        """An example of a row that the rule rejected."""
        hidden = self._context.hides(problem["column"]) and problem["value"]
        return {
            "row": problem["row"],
            "column": problem["column"],
            "before": HIDDEN if hidden else problem["value"] or "",
            "after": f"rejected: {problem['reason']}",
        }


def without_own(rows: pl.DataFrame) -> pl.DataFrame:
    own = [name for name in rows.columns if name.startswith(OWN)]
    return rows.drop(own) if own else rows


def _rows_of(effects: list[Effect]) -> pl.Series:
    return pl.concat([NO_ROWS, *(effect.rows.alias("row") for effect in effects)])
