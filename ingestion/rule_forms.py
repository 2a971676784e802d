"""Forms of cleaning rules, made of the fields that the rules declare."""

from collections.abc import Sequence
from typing import Any

from django import forms

from core.contracts.cleaning_rule import CleaningRule
from core.contracts.import_kind import ImportKind
from core.contracts.options import described

# How options are called on the page; one that is not named here goes by its own name.
LABELS = {
    "by": "Known by",
    "forms": "Forms in which it is written, one a line, like %d.%m.%Y",
    "zone": "Time zone of its clock, like Europe/Berlin; empty: the file’s",
    "decimal": "Sign before the cents",
    "case": "Capitals",
    "spaces": "Make several spaces one",
    "look_alikes": "Merge spellings that look alike",
    "synonyms": "Other names, one a line, like shop = Store",
    "marks": "Texts that stand for nothing, one a line",
    "then": "What happens to them",
    "keep": "Which one is taken",
    "how": "An empty cell is",
    "value": "The value, where it is filled by one",
    "values": "Values that say so, one a line; none: any",
    "k": "How many customers who are alike",
    "reach": "Reach beyond the quartiles, in interquartile ranges",
    "low": "Lower percentile, 0 to 1",
    "high": "Upper percentile, 0 to 1",
    "least": "Least",
    "most": "Most",
}
# Options that name columns of ours.
OF_COLUMNS = {
    "columns": "Columns; none: all of them",
    "by": "Columns that make two rows the same one; none: the whole row",
    "like": "Numbers by which customers are alike; none: all others",
}
PAIR = "="


class RuleForm(forms.Form):
    """One rule with its options; ``said`` is what a mapping keeps of it."""

    def __init__(
        self, data: Any, *, rule: type[CleaningRule], kind: ImportKind, headers: Sequence[str]
    ) -> None:
        super().__init__(data, prefix=rule.key)
        self.key, self.title, self.says = rule.key, rule.title, rule.says
        self.options = described(rule)
        for option in self.options:
            self.fields[option["name"]] = _field(option, rule, kind, headers)

    def said(self) -> dict[str, Any]:
        """The rule with the options that are not its defaults."""
        given = {
            option["name"]: _value(option, self.cleaned_data[option["name"]])
            for option in self.options
        }
        told = {
            option["name"]: given[option["name"]]
            for option in self.options
            if given[option["name"]] != _plain(option["default"])
        }
        return {"rule": self.key, **told}


def _field(
    option: dict[str, Any], rule: type[CleaningRule], kind: ImportKind, headers: Sequence[str]
) -> forms.Field:
    name, needed, default = option["name"], option["needed"], option["default"]
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    if name == "column":
        choices = [(one, one) for one in _columns(rule, kind, headers)]
        empty = [] if needed else [("", "–")]
        return forms.ChoiceField(label="Column", choices=[*empty, *choices], required=needed)
    if name in OF_COLUMNS and option["type"].startswith("a list"):
        known = [(column.name, column.name) for column in kind.columns]
        return forms.MultipleChoiceField(label=OF_COLUMNS[name], choices=known, required=False)
    if option["choices"]:
        choices = [(one, one) for one in option["choices"]]
        return forms.ChoiceField(label=label, choices=choices, initial=default)
    if option["type"] == "true or false":
        return forms.BooleanField(label=label, required=False, initial=default)
    if option["type"].startswith(("a list", "an object")):
        lines = "\n".join(default) if isinstance(default, tuple) else ""
        area = forms.Textarea(attrs={"rows": 3})
        return forms.CharField(label=label, widget=area, initial=lines, required=needed)
    limits = {"min_value": option["least"], "max_value": option["most"]}
    if option["type"].startswith("a whole number"):
        return forms.IntegerField(label=label, initial=default, required=False, **limits)
    if option["type"].startswith("a number"):
        return forms.FloatField(label=label, initial=default, required=False, **limits)
    return forms.CharField(label=label, initial=default, required=False)


def _columns(rule: type[CleaningRule], kind: ImportKind, headers: Sequence[str]) -> list[str]:
    """Ours of the types that it takes; the file's own where it takes none of ours."""
    if not rule.takes:
        return list(headers)
    ours = [column.name for column in kind.columns if column.dtype in rule.takes]
    declared = {column.name for column in kind.columns}
    further = [name for name in headers if name not in declared]
    return [*ours, *(further if kind.keeps_further_columns else [])]


def _value(option: dict[str, Any], typed: Any) -> Any:
    """What was typed as the mapping keeps it; an empty number is the default."""
    kind = option["type"]
    if kind.startswith("a list") and isinstance(typed, str):
        return [line.strip() for line in typed.splitlines() if line.strip()]
    if kind.startswith("an object"):
        pairs = [line.partition(PAIR) for line in typed.splitlines() if PAIR in line]
        return {one.strip(): other.strip() for one, _, other in pairs if one.strip()}
    return _plain(option["default"]) if typed is None else typed


def _plain(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default
