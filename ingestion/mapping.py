"""Which column of the file is which of the glossary's, and how the file is written."""

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import polars as pl

from core.contracts.cleaning_rule import OWN
from core.contracts.import_kind import ImportKind
from core.errors import Refused
from ingestion.cleaning import check_options
from ingestion.given_out import REPORT_COLUMNS
from ingestion.joined import Said, cell_of, headers_said
from ingestion.named_by_address import BY_ADDRESS
from ingestion.parsing import format_options
from ingestion.presets import GENERIC, PRESETS
from ingestion.rule_book import checked_rules

# What the cells mean; how the file is written is said by the options of its format.
CELL_OPTIONS = (
    "decimal", "date_format", "time_zone", "synthetic", "shift", "expected_rows", "expected_sum",
    BY_ADDRESS,
)  # fmt: skip


class UnknownPreset(Refused):
    code = "unknown_preset"
    remedy = "Name one of the presets, and bring the file in again."


class BadMapping(Refused):
    code = "bad_mapping"
    remedy = "Correct the mapping, and bring the file in again."


class MissingColumn(Refused):
    code = "missing_column"
    remedy = "Rename the column in the file, or name it in the mapping."


@dataclass(frozen=True)
class Mapping:
    """``columns``: glossary name → source column as somebody said it, or several of them to be
    joined; empty: left out.

    ``options``: how the file is written. ``fixes``: glossary name → value of the file → what is
    read instead of it, wherever the whole cell is that value.
    """

    columns: dict[str, Said]
    options: dict[str, Any]
    # Cleaning rules, each {"rule": key, its options}; ingestion.rule_book checks them.
    rules: list[dict[str, Any]] = field(default_factory=list)
    fixes: dict[str, dict[str, str]] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        """What a load keeps of it."""
        fixes = {"fixes": self.fixes} if self.fixes else {}
        return {"columns": self.columns, "options": self.options, "rules": self.rules, **fixes}


def chosen_mapping(*, kind: ImportKind, preset: str, mapping: dict[str, Any] | None) -> Mapping:
    """The preset's mapping for a kind, with the given one over it. Refuses what it cannot mean."""
    if preset and preset not in PRESETS:
        near = get_close_matches(preset, PRESETS, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        known = ", ".join(PRESETS)
        raise UnknownPreset(
            f"There is no preset {preset!r}.{hint} Presets are: {known}.",
            fields={"preset": f"one of {known}"},
        )
    base = PRESETS[preset or GENERIC]
    said = _checked(kind, mapping or {})
    rules = (mapping or {}).get("rules", usual_rules(kind, preset))
    options = {**base.options, **said["options"]}
    if any(rule.reads_dates for rule in checked_rules(kind, rules)):
        if "date_format" in said["options"]:
            raise BadMapping("The form of dates is said twice: by date_format, and by a rule.")
        options.pop("date_format", None)
    columns = {**base.columns.get(kind.key, {}), **said["columns"]}
    return Mapping(columns, options, list(rules), said["fixes"])


def confirmed_options(mapping: dict[str, Any], notes: dict[str, Any]) -> dict[str, Any]:
    """Whoever goes on from a dry run with these notes has seen its guess, and says it is right."""
    confirmed = {"decimal": "."} if notes.get("guessed") else {}
    return {**mapping.get("options", {}), **confirmed}


def usual_rules(kind: ImportKind, preset: str) -> list[dict[str, Any]]:
    """The cleaning rules of a mapping that names none."""
    return list(PRESETS[preset or GENERIC].rules.get(kind.key, kind.usual_rules))


def apply_mapping(
    rows: pl.DataFrame, kind: ImportKind, mapping: Mapping
) -> tuple[pl.DataFrame, list[str]]:
    """The file's columns under the glossary's names, and the columns that are left out.

    A name that nobody mapped is found by its header, whatever its case. Refuses where a needed one
    is missing, naming the nearest header. What only cleaning rules read stays as it is.
    """
    own = [name for name in rows.columns if name.startswith(OWN)]
    headers = [n for n in rows.columns if n not in ("row", *own, *REPORT_COLUMNS)]
    by_fold = {header.strip().casefold(): header for header in headers}
    found: dict[str, list[str]] = {}
    for column in kind.columns:
        if column.name in mapping.columns:
            said = headers_said(mapping.columns[column.name])
            _refuse_absent(column.name, said, headers)
        else:
            said = headers_said(by_fold.get(column.name))
        if said:
            found[column.name] = said
    _refuse_missing(kind, found, headers)
    used = {header for several in found.values() for header in several}
    further = [header for header in headers if header not in used]
    left_out = {name for name, said in mapping.columns.items() if not headers_said(said)}
    kept = [h for h in further if h not in left_out] if kind.keeps_further_columns else []
    renamed = rows.select(
        "row",
        *(cell_of(sources).alias(name) for name, sources in found.items()),
        *(header for header in kept if header not in found),
        *own,
    )
    renamed = renamed.with_columns(
        _fixed(renamed, name, values) for name, values in mapping.fixes.items() if name in found
    )
    return renamed, [header for header in further if header not in kept]


def _fixed(rows: pl.DataFrame, name: str, values: dict[str, str]) -> pl.Expr:
    """The column with whole values replaced; the empty value stands for an empty cell."""
    cell = pl.col(name) if rows.schema[name] == pl.String else pl.col(name).cast(pl.String)
    said = cell.fill_null("").str.strip_chars()
    instead = said.replace_strict(list(values), list(values.values()), default=None)
    return pl.coalesce(instead, cell).alias(name)


def _refuse_absent(name: str, said: list[str], headers: list[str]) -> None:
    for header in said:
        if header not in headers:
            raise MissingColumn(
                f"The mapping names {header!r}, which the file has not.{_near(header, headers)}",
                fields={name: header},
            )


def _refuse_missing(kind: ImportKind, found: dict[str, list[str]], headers: list[str]) -> None:
    for column in kind.columns:
        if column.needed and column.name not in found:
            raise MissingColumn(
                f"The column {column.name} is missing.{_near(column.name, headers)}"
                " Rename it, or map it.",
                fields={column.name: "missing"},
            )
    for choice in kind.needed_one_of:
        if not any(all(name in found for name in group) for group in choice):
            wanted = ", or ".join(" and ".join(group) for group in choice)
            first = choice[0][0]
            raise MissingColumn(
                f"The column {first} is missing: needed is {wanted}.{_near(first, headers)}",
                fields={first: "missing"},
            )


def _near(name: str, headers: list[str]) -> str:
    near = get_close_matches(name, headers, n=1, cutoff=0.3)
    return f" The nearest is {near[0]!r}." if near else f" The file has: {', '.join(headers)}."


def _checked(kind: ImportKind, mapping: dict[str, Any]) -> dict[str, dict[str, Any]]:
    if not isinstance(mapping, dict) or set(mapping) - {"columns", "options", "rules", "fixes"}:
        raise BadMapping(
            'A mapping is {"columns": {name: source column}, "options": {…}, "rules": […],'
            ' "fixes": {…}}.'
        )
    columns, options = mapping.get("columns", {}), mapping.get("options", {})
    fixes = mapping.get("fixes", {})
    if not all(isinstance(part, dict) for part in (columns, options, fixes, *fixes.values())):
        raise BadMapping("columns, options and fixes of a mapping are objects.")
    names = [column.name for column in kind.columns]
    for name in (*columns, *fixes):
        if name not in names:
            raise BadMapping(
                f"{kind.key} has no column {name!r}.{_near(name, names)}", fields={name: "unknown"}
            )
    _check_columns(kind, columns)
    for option in options:
        known = sorted({*CELL_OPTIONS, *format_options()})
        if option not in known:
            raise BadMapping(f"There is no option {option!r}. Options: {', '.join(known)}.")
    check_options(options)
    if "expected_sum" in options and kind.sum_column is None:
        raise BadMapping(f"{kind.key} holds no amounts, so it has no expected_sum.")
    return {"columns": columns, "options": options, "fixes": fixes}


def _check_columns(kind: ImportKind, columns: dict[str, Any]) -> None:
    """A source column is its name; of some of ours it may be a list of names."""
    joined = [column.name for column in kind.columns if column.parts]
    for name, said in columns.items():
        several = isinstance(said, list) and name in joined
        if isinstance(said, str) or (several and all(isinstance(one, str) for one in said)):
            continue
        may = f" A list joins several columns; it may stand for {' or '.join(joined)}."
        raise BadMapping(
            f"{name} is one column of the file, said by its name.{may if joined else ''}",
            fields={name: "not a column"},
        )
