"""What the first rows of a file let one think: the layout, how it is written, its columns."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from core.contracts.import_kind import ImportKind
from core.selectors import organisation
from customers.addresses_as_ids import ADDRESS
from ingestion.date_forms import fitting_forms, is_iso
from ingestion.guessing import Signs, signs
from ingestion.joined import Said, headers_said
from ingestion.known_kinds import kind_named, kinds
from ingestion.mapping import usual_rules
from ingestion.models import Profile
from ingestion.presets import GENERIC, PRESETS
from ingestion.previews import Preview, quick_look
from ingestion.proposals import (
    DAYS,
    NUMBER,
    NUMBERS,
    Proposal,
    looks_like_days,
    looks_like_numbers,
    proposals,
    proposed_kind,
    proposed_preset,
)
from ingestion.rule_book import checked_rules

# What one has to look at, where something is not certain.
WORDS = {
    "encoding": "A guess: look whether the letters are right",
    "delimiter": "A guess: look whether the columns are apart",
    "header_line": "A guess: look whether the names are names",
    "header_lines": "A guess: look whether the names are names",
    "sheet": "A guess: there are several sheets with rows",
    "member": "A guess: the archive holds several files",
}
# All that a number has beside its digits and signs: a currency, brackets, gaps.
AROUND_NUMBERS = re.compile(r"[^\d.,+-]")
AMOUNTS = "amounts"
NO_FORM = "None of these forms reads the dates: a rule can say how they are written"


def first_thoughts(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a new draft, by a kept profile, else a known layout, else the header.

    ``options`` say which table of the file is meant, where it holds several.
    """
    look = quick_look(path, dict(options))
    thoughts = _thoughts(look)
    mapping = thoughts.get("mapping", {})
    if options:
        mapping = {**mapping, "options": {**mapping.get("options", {}), **options}}
    return {**thoughts, "mapping": mapping, "headers": look.headers}


def _thoughts(look: Preview) -> dict[str, Any]:
    profile = profile_for(look.headers)
    if profile:
        return {
            "kind": profile.kind,
            "source": profile.source,
            "preset": profile.preset,
            "mapping": profile.mapping,
            "profile": profile,
        }
    preset, kind = proposed_preset(look.headers)
    ordered = sorted(kinds().values(), key=lambda one: one.key != "order_lines")
    kind = kind or proposed_kind(ordered, look.headers).key
    return {"kind": kind, "preset": preset}


def profile_for(headers: Sequence[str]) -> Profile | None:
    """The profile kept for this header, whatever the order of its columns; the latest used."""
    same = [p for p in Profile.objects.all() if sorted(p.headers) == sorted(headers)]
    return max(same, key=lambda p: p.used_at or p.created_at, default=None)


def columns_proposed(kind: str, preset: str, look: Preview) -> dict[str, Proposal]:
    """The known layout's columns where the file has them, and others by header and content."""
    layout = PRESETS[preset or GENERIC]
    known = {
        name: Proposal(name, header, f"As in {layout.title}", sure=True)
        for name, header in layout.columns.get(kind, {}).items()
        if header in look.headers
    }
    if known:
        return known
    return proposals(kind_named(kind), look.sample)


def options_proposed(
    kind: str, preset: str, look: Preview
) -> tuple[dict[str, Any], dict[str, str]]:
    """({option: what the first rows show}, {option: why one has to look at it})."""
    found = columns_proposed(kind, preset, look)
    doubts = {
        option: WORDS.get(option, finding.words)
        for option, finding in look.findings.items()
        if not finding.sure
    }
    options: dict[str, Any] = dict(look.detected)
    shown = _decimal_sign(kind, found, look)
    options["decimal"] = "," if shown.comma else "."
    if shown.uncertain:
        doubts["decimal"] = "A guess: the numbers can be read both ways"
    dates = _Dates() if dates_are_ruled(kind, preset) else _dates_shown(kind, found, look)
    if dates.forms:
        options["date_format"] = dates.forms[0]
    if len(dates.forms) > 1:
        doubts["date_format"] = "A guess: day and month can be read both ways"
    if dates.unread:
        doubts["date_format"] = NO_FORM
    shop = {"time_zone": organisation().time_zone}
    return {**shop, **PRESETS[preset or GENERIC].options, **options}, doubts


def dates_are_ruled(kind: str, preset: str) -> bool:
    """Whether the preset has a rule that says how dates are written."""
    plugin = kind_named(kind)
    rules = PRESETS[preset or GENERIC].rules.get(kind, plugin.usual_rules)
    return any(rule.reads_dates for rule in checked_rules(plugin, rules))


def _decimal_sign(kind: str, found: dict[str, Proposal], look: Preview) -> Signs:
    columns = [column for column in kind_named(kind).columns if column.name in found]
    sample = look.sample
    # What is no number at all says nothing about the sign.
    rows = pl.DataFrame(
        {
            c.name: [
                AROUND_NUMBERS.sub("", v).rstrip("-") if NUMBER.match(v.strip()) else ""
                for v in sample[found[c.name].header]
            ]
            for c in columns
        }
    )
    return signs(rows, columns, {}, look.detected.get("delimiter"))


@dataclass(frozen=True)
class _Dates:
    """``forms`` that read them, the likeliest first, empty where the year leads or there are none;
    ``unread``: there are dates that no form reads.
    """

    forms: Sequence[str] = ()
    unread: bool = False


def _dates_shown(kind: str, found: dict[str, Proposal], look: Preview) -> _Dates:
    """By the first column of days that shows a form."""
    unread = False
    for column in kind_named(kind).columns:
        if column.dtype in DAYS and column.name in found:
            values = look.sample[found[column.name].header]
            if forms := fitting_forms(values):
                return _Dates(forms)
            unread |= looks_like_days(values) and not is_iso(values)
    return _Dates(unread=unread)


def rules_proposed(
    kind: str, preset: str, columns: Mapping[str, Said], look: Preview
) -> list[dict[str, Any]]:
    """With the usual rules one for each column of numbers that a rule has to read, because they
    bear a currency or brackets; empty where none has to be added.
    """
    plugin = kind_named(kind)
    usual = usual_rules(plugin, preset)
    added = [
        {"rule": AMOUNTS, "column": name} for name in marked_columns(plugin, columns, look, usual)
    ]
    return [*usual, *added] if added else []


def marked_columns(
    kind: ImportKind,
    columns: Mapping[str, Said],
    look: Preview,
    rules: Sequence[Mapping[str, Any]],
) -> list[str]:
    """Those of numbers that bear a currency or brackets, which none of the rules reads."""
    read = {rule.get("column") for rule in rules if rule["rule"] == AMOUNTS}
    return [
        column.name
        for column in kind.columns
        if column.dtype in NUMBERS
        and column.name not in read
        and any(_is_marked(look.sample.get(h, [])) for h in headers_said(columns.get(column.name)))
    ]


def names_by_address(columns: Mapping[str, Said], look: Preview) -> bool:
    """Whether the column that is to be customer_id holds e-mail addresses."""
    (header,) = headers_said(columns.get("customer_id")) or [""]
    filled = [value.strip() for value in look.sample.get(header, []) if value.strip()]
    return 2 * sum(bool(ADDRESS.fullmatch(value)) for value in filled) > len(filled)


def _is_marked(values: Sequence[str]) -> bool:
    filled = [value.strip() for value in values if value.strip()]
    marked = any(NUMBER.match(value) and AROUND_NUMBERS.search(value) for value in filled)
    return marked and looks_like_numbers(filled)
