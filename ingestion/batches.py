"""A file as rows that may enter and rows that may not, batch by batch: memory is bounded whatever
the size of the file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from core.ahead import Ahead
from core.contracts.columns import Column
from core.contracts.import_kind import ImportKind, LoadContext
from core.spool import Spool
from customers.aliases import BY_OLD_ID, old_ids
from ingestion.cleaning import Typed, infer_further, typed_rows
from ingestion.control_totals import FileMoney, money_in, money_ruled, money_said
from ingestion.cut_short import without_cut_short
from ingestion.erasing import turned_away, without_erased, without_their_texts
from ingestion.guessing import NumberSigns, Signs, with_comma_remedy
from ingestion.limits import within_limits
from ingestion.mapping import Mapping, apply_mapping
from ingestion.named_by_address import Addresses
from ingestion.nobodies import without_nobodies
from ingestion.parsing import NO_ROWS, KeptFile, Parsed, UnreadableFile, opened, whole
from ingestion.rule_book import checked_rules
from ingestion.rule_run import RULED, RuleRun, without_own


@dataclass(frozen=True)
class Cleaned:
    """``staged`` rows may enter; ``problems`` say why the others may not."""

    staged: Spool
    problems: pl.DataFrame
    read: int
    # Rows that a cleaning rule left out because the file says them twice.
    repeated: pl.Series
    # Where the kind has money.
    money: FileMoney | None
    notes: dict[str, Any]
    # {customer_id: e-mail address} of customers whom the file calls by it.
    addresses: dict[str, str]


@dataclass(frozen=True)
class Part:
    """A batch: how many rows it has and what of it could not be read, those that are to be cleaned,
    and those of people who were erased, or who are nobody.
    """

    parsed: Parsed
    rows: pl.DataFrame
    erased: pl.DataFrame
    # Problems of the erased, without any text.
    problems: pl.DataFrame


@dataclass(frozen=True)
class CleanPart:
    staged: pl.DataFrame
    problems: pl.DataFrame
    repeated: pl.Series
    said: pl.DataFrame | None
    ruled: pl.DataFrame | None


class Reading:
    """One file on its way through parsing, mapping, rules, types and the kind's own look."""

    def __init__(
        self, file: KeptFile, kind: ImportKind, mapping: Mapping, context: LoadContext
    ) -> None:
        self._file, self._kind, self._mapping, self._context = file, kind, mapping, context
        self.rules = RuleRun(checked_rules(kind, mapping.rules), kind, context)
        self.signs = NumberSigns(kind.columns, context.options, file.notes.get("delimiter"))
        self.addresses = Addresses(context)
        self.ignored: list[str] = []
        self.computed: list[str] | None = None
        self._further: list[str] = []
        self._merged, self.by_old_id = old_ids(), 0

    def parts(self) -> Iterator[Part]:
        """What a further column holds is told by all of its values: such a file is one batch."""
        if self._kind.keeps_further_columns:
            yield self._part(whole(self._file))
            return
        with Ahead(self._file.batches()) as batches:
            yield from map(self._part, batches)

    def _part(self, parsed: Parsed) -> Part:
        rows, self.ignored = apply_mapping(
            self.rules.with_own(parsed.rows), self._kind, self._mapping
        )
        rows = self.addresses.taken_from(rows)
        further = self._further_of(rows)
        if self.computed is None:
            self.computed = self._kind.computed_here(further)
        self._further = [name for name in further if name not in self.computed]
        rows = rows.drop(self.computed)
        admitted, erased = without_erased(rows)
        admitted, nobodies = without_nobodies(admitted, self._kind)
        admitted, cut = without_cut_short(admitted)
        problems = pl.concat([erased, nobodies, cut])
        theirs = rows.filter(pl.col("row").is_in(problems["row"].implode()))
        return Part(parsed, admitted, theirs, problems)

    def learn(self) -> None:
        """Let the rules that learn from the file see all of it first."""
        self.rules.learn(
            lambda: (part.rows for part in self.parts()), lambda rows: self._typed(rows).rows
        )

    def cleaned(self, part: Part) -> CleanPart:
        cells = self.rules.cells(part.rows)
        self.signs.see(cells.rows)
        typed = self._typed(cells.rows)
        values = self.rules.values(typed.rows)
        held, beyond = within_limits(values.rows, cells.rows, self._kind)
        staged, refused = self._kind.refine(held, self._context)
        if self._merged and "customer_id" in staged.columns:
            self.by_old_id += int(staged["customer_id"].is_in(self._merged).sum())
        delimiter = self._file.notes.get("delimiter")
        problems = [
            without_their_texts(part.parsed.problems, delimiter),
            part.problems, cells.problems, typed.problems, values.problems, beyond, refused,
        ]  # fmt: skip
        said = ruled = None
        if self._kind.sum_column:
            untyped = cells.rows.filter(pl.col("row").is_in(typed.problems["row"].implode()))
            unread = money_said([untyped, *cells.aside, part.erased], self._kind, self._context)
            said = pl.concat([money_in(typed.rows, self._kind, self._context), unread])
            ruled = money_ruled(typed.rows, values.rows, self._kind, self._context)
        repeated = pl.concat([cells.repeated, values.repeated])
        return CleanPart(staged, pl.concat(problems), repeated, said, ruled)

    def _further_of(self, rows: pl.DataFrame) -> list[str]:
        """Columns that the kind does not declare and keeps."""
        known = {"row", *(column.name for column in self._kind.columns)}
        return [name for name in without_own(rows).columns if name not in known]

    def _typed(self, rows: pl.DataFrame) -> Typed:
        """Declared columns by their type, further ones by what they hold or are known to be."""
        further, kind = self._further, self._kind
        inferred = infer_further(rows, further, self._context)
        texts = [name for name in further if inferred.schema[name] == pl.String]
        numbers = kind.known_numbers(texts) if texts else []
        inferred = inferred.with_columns(rows[name] for name in numbers)
        known = [Column(name, "decimal", "a number in earlier files") for name in numbers]
        return typed_rows(inferred, [*kind.columns, *known], self._context)


def clean(
    path: Path,
    kind: ImportKind,
    mapping: Mapping,
    context: LoadContext,
    tell: Callable[[int], None] = lambda read: None,
) -> Cleaned:
    """Read the file, type its cells, and let rules and the kind look at whole rows.

    ``tell`` hears after each batch how many rows have been read so far.
    """
    file = opened(path, mapping.options)
    reading = Reading(file, kind, mapping, context)
    reading.learn()
    staged, done, read = Spool(), [], 0
    for part in reading.parts():
        cleaned = reading.cleaned(part)
        staged.put(cleaned.staged.select("row", *kind.staging_columns()))
        done.append(replace(cleaned, staged=cleaned.staged.clear()))
        read += part.parsed.read
        tell(read)
    if not read:
        raise UnreadableFile(NO_ROWS)
    shown = reading.signs.shown()
    problems = with_comma_remedy(pl.concat([each.problems for each in done]), shown.comma)
    repeated = pl.concat([each.repeated for each in done])
    said = [each.said for each in done if each.said is not None]
    ruled = [each.ruled for each in done if each.ruled is not None]
    return Cleaned(
        staged=staged,
        problems=problems,
        read=read,
        repeated=repeated,
        money=FileMoney(pl.concat(said), pl.concat(ruled), repeated) if said else None,
        notes=_notes(file, reading, shown, problems),
        addresses=reading.addresses.known,
    )


def _notes(
    file: KeptFile, reading: Reading, shown: Signs, problems: pl.DataFrame
) -> dict[str, Any]:
    """What the report says besides."""
    computed, told = reading.computed or [], reading.rules.told()
    return {
        **file.notes,
        "ignored_columns": [*file.nameless, *reading.ignored, *computed],
        **({"computed_here": computed} if computed else {}),
        **({"guessed": shown.uncertain} if shown.uncertain else {}),
        **turned_away(problems),
        **({BY_OLD_ID: reading.by_old_id} if reading.by_old_id else {}),
        **({"rules": told, RULED: reading.rules.counted()} if told else {}),
    }
