"""Which column of a file may be which of the glossary's, and how one comes to think so."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from core.contracts.columns import LONGEST_KEY, Column
from core.contracts.import_kind import ImportKind
from ingestion.header_words import language_of, meanings, plain
from ingestion.presets import GENERIC, PRESETS

# {header: its first values as texts}
Sample = Mapping[str, Sequence[str]]

SAME, WORD, PART, CONTENT = 1000, 800, 400, 100
SHORTEST_PART = 4
# How much less a column of names is believed to hold numbers of somebody or something.
NAMELIKE = 50
NUMBERS = ("integer", "decimal", "money")
DAYS = ("timestamp", "date")
NUMBER = re.compile(r"^[(+-]?\s*[^\w\s-]?\s*[+-]?\d[\d.,'’\s]*\s*[^\w\s]?[)-]?\s*([A-Z]{3})?$")
CENTS = re.compile(r"\d[.,]\d{2}\b")
DAY = re.compile(r"^(\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{8}$|\d{1,2}\.? \w{3,9}|\w{3,9} \d{1,2})")
WORDS = re.compile(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}")
MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


@dataclass(frozen=True)
class Proposal:
    """``how`` in words; ``sure`` when nothing else in the file claims the name as well.

    ``further`` columns are joined to the first.
    """

    name: str
    header: str
    how: str
    sure: bool
    further: tuple[str, ...] = ()

    @property
    def headers(self) -> list[str]:
        return [self.header, *self.further] if self.header else []


@dataclass(frozen=True)
class _Claim:
    score: int
    name: str
    header: str
    how: str


def proposals(kind: ImportKind | type[ImportKind], sample: Sample) -> dict[str, Proposal]:
    """{glossary name: proposal}; each column of the file serves once, the best claim first."""
    meant = [name for column in kind.columns for name in (column.name, *column.parts)]
    language = language_of(meant, sample)
    claims = [c for column in kind.columns for c in _claims(column, sample, language)]
    rivals = {
        (one.name, one.header)
        for one in claims
        for other in claims
        if one.score >= WORD // 2 and other is not one and _rival(one, other)
    }
    found: dict[str, Proposal] = {}
    taken: set[str] = set()
    for claim in sorted(claims, key=lambda c: -c.score):
        if claim.name not in found and claim.header not in taken:
            sure = claim.score >= SAME or (
                claim.score > PART + 99 and (claim.name, claim.header) not in rivals
            )
            found[claim.name] = Proposal(claim.name, claim.header, claim.how, sure)
            taken.add(claim.header)
    return _with_parts(kind, found, sample, language)


def _with_parts(
    kind: ImportKind | type[ImportKind], found: dict[str, Proposal], sample: Sample, language: str
) -> dict[str, Proposal]:
    """First name and surname, where no column holds both, are the name; so with an address."""
    for column in kind.columns:
        parts = _parts(column, sample, language)
        whole = found.get(column.name)
        stands_alone = whole and whole.sure and whole.header not in parts
        taken = {p.header for p in found.values() if p.sure and p.name != column.name}
        if len(parts) < 2 or stands_alone or taken.intersection(parts):
            continue
        first, *further = parts
        found = {n: p for n, p in found.items() if p.header not in parts}
        how = f"Its parts by their names in {language}"
        found[column.name] = Proposal(column.name, first, how, True, tuple(further))
    return found


def _parts(column: Column, sample: Sample, language: str) -> list[str]:
    """The headers that mean a part of the column, in its order."""
    found = []
    for part in column.parts:
        words = meanings(part)
        said = [h for h in sample if language in words.get(plain(h), {}) and h not in found]
        found += sorted(said, key=lambda header: words[plain(header)][language])[:1]
    return found


def proposed_kind(kinds: Iterable[type[ImportKind]], headers: Sequence[str]) -> type[ImportKind]:
    """The kind whose columns are best named by the header; the first one where none is."""
    sample = dict.fromkeys(headers, ())
    return max(kinds, key=lambda kind: _fit(kind, sample))


def proposed_preset(headers: Sequence[str]) -> tuple[str, str]:
    """(preset, kind) where all needed names of a known file stand in the header; else generic."""
    best, most = (GENERIC, ""), 0
    for key, preset in PRESETS.items():
        for kind, columns in preset.columns.items():
            there = sum(header in headers for header in columns.values())
            if there >= max(4, 0.75 * len(columns)) and there > most:
                best, most = (key, kind), there
    return best


def looks_like_days(values: Sequence[str]) -> bool:
    """Most of them; a few may be dirt."""
    return 2 * sum(bool(DAY.match(value)) for value in values) > len(values)


def looks_like_numbers(values: Sequence[str]) -> bool:
    return 2 * sum(bool(NUMBER.match(value)) for value in values) > len(values)


def _fit(kind: type[ImportKind], sample: Sample) -> tuple[int, int]:
    found = proposals(kind, sample)
    needed = [column.name for column in kind.columns if column.needed]
    lacking = sum(name not in found for name in needed) + sum(
        not any(all(name in found for name in group) for group in choice)
        for choice in kind.needed_one_of
    )
    return -4 * lacking + len(found), -lacking


def _claims(column: Column, sample: Sample, language: str) -> list[_Claim]:
    words = meanings(column.name)
    found = []
    for header, values in sample.items():
        said = plain(header)
        filled = [value.strip() for value in values if value and value.strip()]
        if said == plain(column.name):
            found.append(_Claim(SAME, column.name, header, "Same name"))
        elif filled and not _may_hold(column, filled):
            continue
        elif said in words:
            spoken = language if language in words[said] else next(iter(words[said]))
            claim = _Claim(WORD - words[said][spoken], column.name, header, f"Its name in {spoken}")
            found.append(_as_number(claim, filled) if column.longest == LONGEST_KEY else claim)
        elif part := _part(said, words):
            how = f"Guess: its name holds “{part}”"
            found.append(_Claim(PART + len(part), column.name, header, how))
        elif filled and (how := _by_content(column, filled)):
            found.append(_Claim(CONTENT, column.name, header, how))
    return found


def _as_number(claim: _Claim, values: Sequence[str]) -> _Claim:
    """A number of a customer or an article has digits; what has none, or is several words, is
    rather a name, and the number stands in another column."""
    if 2 * sum(bool(WORDS.search(value)) for value in values) > len(values):
        how = f"Guess: {claim.how[0].lower()}{claim.how[1:]}, yet it holds several words"
        return replace(claim, score=PART + NAMELIKE, how=how)
    if values and not any(map(str.isdigit, "".join(values))):
        return replace(claim, score=claim.score - NAMELIKE)
    return claim


def _part(said: str, words: Mapping[str, object]) -> str:
    """The longest word that the header begins or ends with."""
    parts = [w for w in words if len(w) >= SHORTEST_PART and said.startswith(w)]
    parts += [w for w in words if len(w) >= SHORTEST_PART and said.endswith(w)]
    return max(parts, key=len, default="")


def _may_hold(column: Column, values: Sequence[str]) -> bool:
    """Whether most of the first values are what the column is for; a few may be dirt."""
    fits = [v for v in values if _fits(column, v)]
    return 2 * len(fits) > len(values)


def _fits(column: Column, value: str) -> bool:
    if column.dtype in NUMBERS:
        return bool(NUMBER.match(value))
    if column.dtype in DAYS:
        return bool(DAY.match(value))
    return column.name != "email" or bool(MAIL.match(value))


def _by_content(column: Column, values: Sequence[str]) -> str:
    if column.dtype == "timestamp" and column.needed and looks_like_days(values):
        return "Guess: it holds dates"
    if column.dtype == "money" and looks_like_numbers(values) and any(map(CENTS.search, values)):
        return "Guess: it holds amounts" if column.name == "amount" else ""
    if column.name == "email" and all(MAIL.match(value) for value in values):
        return "Guess: it holds e-mail addresses"
    return ""


def _rival(one: _Claim, other: _Claim) -> bool:
    """Another header claims the same name about as well."""
    return (
        one.name == other.name
        and one.header != other.header
        and WORD - 100 < other.score < SAME
        and WORD - 100 < one.score < SAME
        and abs(one.score - other.score) <= 1
    )
