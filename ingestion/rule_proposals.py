"""Cleaning rules that the first rows of a file speak for; somebody adds them, or does not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.contracts.import_kind import ImportKind
from ingestion.guesses import AMOUNTS, marked_columns
from ingestion.joined import Said, headers_said
from ingestion.previews import Preview

CANCELLED, PLAIN = re.compile(r"C\d+"), re.compile(r"\d+")
EXAMPLES = 2


@dataclass(frozen=True)
class ProposedRule:
    """``fields``: what its form would be sent with, by name."""

    words: str
    verb: str
    rule: str
    options: Mapping[str, str]

    @property
    def fields(self) -> dict[str, str]:
        return {f"{self.rule}-{name}": value for name, value in self.options.items()}


def proposed_rules(
    kind: ImportKind,
    columns: Mapping[str, Said],
    look: Preview,
    said: Sequence[Mapping[str, Any]],
) -> list[ProposedRule]:
    """None that works already; what stands is left as it is."""
    numbers = [_numbers(name, columns, look) for name in marked_columns(kind, columns, look, said)]
    return [*_cancellations(columns, look, said), *numbers]


def _cancellations(
    columns: Mapping[str, Said], look: Preview, said: Sequence[Mapping[str, Any]]
) -> list[ProposedRule]:
    orders = _values("order_id", columns, look)
    cancelled = next(filter(CANCELLED.fullmatch, orders), "")
    plain = next(filter(PLAIN.fullmatch, orders), "")
    known = any(one["rule"] == "returns" and one.get("by") == "prefix" for one in said)
    if known or not (cancelled and plain):
        return []
    words = (
        f"Order numbers like {cancelled} stand beside such as {plain}: lines of those"
        " that begin with C look like cancellations."
    )
    options = {"by": "prefix", "prefix": "C", "then": "returned"}
    return [ProposedRule(words, "Count them as returned", "returns", options)]


def _numbers(name: str, columns: Mapping[str, Said], look: Preview) -> ProposedRule:
    shown = list(dict.fromkeys(_values(name, columns, look)))[:EXAMPLES]
    words = f"{name} is written like {' and '.join(shown)}, which no rule here reads."
    options = {"column": name, "decimal": "as the mapping says"}
    return ProposedRule(words, f"Read {name} so", AMOUNTS, options)


def _values(name: str, columns: Mapping[str, Said], look: Preview) -> list[str]:
    found = [v for header in headers_said(columns.get(name)) for v in look.sample.get(header, [])]
    return [value.strip() for value in found if value.strip()]
