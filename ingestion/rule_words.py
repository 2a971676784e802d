"""What the report says of the cleaning rules of a load."""

from typing import Any

from core.formats import counted, whole
from core.money import from_minor
from core.selectors import organisation
from ingestion.models import Load
from ingestion.rule_run import RULED

# What a rule did, as the columns of the report say it; the narrow page shows the sentence alone.
DID = {
    "changed": "changed",
    "flagged": "flagged and kept",
    "repeated": "not taken twice",
    "left_out": "left out",
    "rejected": "rejected",
}


def rule_lines(load: Load) -> list[dict[str, Any]]:
    """Each rule with what it did, and up to five examples."""
    return [
        {
            "title": line["title"],
            "column": line["column"],
            "learnt": line["learnt"],
            "before": whole(line["rows_before"]),
            "after": whole(line["rows_after"]),
            "did": _did(line),
            "examples": line["examples"],
            "examples_label": counted(len(line["examples"]), "example"),
        }
        for line in load.notes.get("rules", [])
    ]


def rules_finding(load: Load) -> str:
    """How many rows were changed, flagged …; one that two rules changed is one row.

    A load of an earlier version knows that only rule by rule.
    """
    lines = load.notes.get("rules", [])
    if not lines:
        return ""
    rules = counted(len(lines), "cleaning rule")
    if RULED not in load.notes:
        return rules
    found = [(load.notes[RULED][name], words) for name, words in DID.items()]
    said = [(rows, words) for rows, words in found if rows]
    if not said:
        return f"{rules} found nothing to change"
    (first, words), *others = said
    told = [f"{counted(first, 'row')} {words}", *(f"{whole(rows)} {did}" for rows, did in others)]
    return f"{rules}: {', '.join(told)}"


def money_ruled_words(load: Load) -> str:
    """What rules took off the amounts that entered; empty where nothing."""
    for name, sums in load.sums.items():
        if ruled := sums.get("by_rules"):
            money = from_minor(abs(ruled), organisation().currency)
            verb = "took off" if ruled > 0 else "added"
            column = name.removesuffix("_minor")
            return f"Cleaning rules {verb} {whole(money)} in the column {column}."
    return ""


def _did(line: dict[str, Any]) -> str:
    said = [f"{whole(line[name])} {words}" for name, words in DID.items() if line[name]]
    return ", ".join(said) or "nothing to change"
