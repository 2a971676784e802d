"""The page where cleaning rules of a file are chosen: what it says, in words and figures."""

from collections.abc import Sequence
from typing import Any

from core.contracts.import_kind import ImportKind
from core.contracts.options import option_names
from core.formats import counted
from ingestion.models import Draft
from ingestion.rule_book import rules, rules_for
from ingestion.rule_forms import LABELS, RuleForm


def rule_forms(kind: ImportKind, headers: Sequence[str], sent: Any, key: str) -> list[RuleForm]:
    """A form for each rule that this kind of file knows; the one that was sent with its values."""
    return [
        RuleForm(sent if rule.key == key else None, rule=rule, kind=kind, headers=headers)
        for rule in rules_for(kind)
    ]


def rules_words(draft: Draft, said: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The finding, and a line for each rule that works on the file."""
    works = "works" if len(said) == 1 else "work"
    finding = f"{counted(len(said), 'cleaning rule')} {works} on {draft.file_name}."
    if not said:
        finding = f"No cleaning rule works on {draft.file_name}: it comes in as it is."
    return {
        "here": f"Cleaning of {draft.file_name}",
        "finding": finding,
        "lede": "A dry run shows what each rule would do, with examples; nothing is saved by it."
        + (f" They are kept in the mapping {draft.profile.name}." if draft.profile else ""),
        "lines": [_line(place, one) for place, one in enumerate(said)],
    }


def _line(place: int, said: dict[str, Any]) -> dict[str, Any]:
    rule = rules()[said["rule"]]
    options = [
        f"{_label(name)}: {_shown(value)}"
        for name in option_names(rule)
        if name != "column" and (value := said.get(name)) is not None
    ]
    return {
        "place": place,
        "title": rule.title,
        "says": rule.says,
        "column": said.get("column", ""),
        "options": "; ".join(options) or "as usual",
    }


def _label(name: str) -> str:
    """An option's name without what its field explains."""
    words = LABELS.get(name, name.replace("_", " ").capitalize())
    for sign in (";", ","):
        words = words.partition(sign)[0]
    return words


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{one} = {other}" for one, other in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
