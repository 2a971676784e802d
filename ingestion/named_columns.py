"""Which column of a file was read as which of ours, and how one came to think so."""

from dataclasses import dataclass
from typing import Any

from core.formats import spelt
from ingestion.joined import Said, headers_said
from ingestion.known_kinds import kinds
from ingestion.models import Load


@dataclass(frozen=True)
class NamedColumn:
    """A column of ours, the file's, and how one came to think so; ``guess`` waits for a look."""

    ours: str
    theirs: str
    how: str = ""
    guess: bool = False


def named_columns(load: Load) -> dict[str, Any]:
    known = load.draft.known_by if load.draft else {}
    names = [
        NamedColumn(
            ours,
            " + ".join(headers_said(theirs)),
            known.get(ours, ""),
            known.get(ours, "").startswith("Guess"),
        )
        for ours, theirs in _in_order(load)
        if headers_said(theirs)
    ]
    guesses = sum(name.guess for name in names)
    finding = "Which column is which"
    if guesses:
        are = "is a guess" if guesses == 1 else "are guesses"
        finding = f"{spelt(guesses).capitalize()} of {spelt(len(names))} columns {are}"
    return {"names": names, "names_finding": finding}


def _in_order(load: Load) -> list[tuple[str, Said]]:
    """The mapping in the order of the kind's columns; a database keeps none of its own."""
    kind = kinds().get(load.kind)
    order = {column.name: at for at, column in enumerate(kind.columns)} if kind else {}
    said = load.mapping.get("columns", {}).items()
    return sorted(said, key=lambda pair: order.get(pair[0], len(order)))
