"""The cleaning rules that there are, and those that a mapping asks for, checked."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from core.contracts.cleaning_rule import CleaningRule
from core.contracts.import_kind import ImportKind
from core.contracts.options import BadOption, configured, described
from core.errors import Refused
from core.registry import plugins

MOST_RULES = 50
SHAPE = '"rules" of a mapping is a list of objects like {"rule": "outliers", "column": "amount"}.'


class BadRule(Refused):
    code = "bad_rule"
    remedy = "Correct the rule in the mapping, and bring the file in again."


@cache
def rules() -> dict[str, type[CleaningRule]]:
    return plugins(packages=["ingestion.rules"], contract=CleaningRule)


def checked_rules(kind: ImportKind, said: Any) -> list[CleaningRule]:
    """The rules in the order in which they work; refuses what this kind of file cannot mean."""
    if not isinstance(said, list | tuple) or not all(isinstance(one, dict) for one in said):
        raise BadRule(SHAPE, fields={"rules": "not a list of objects"})
    if len(said) > MOST_RULES:
        raise BadRule(f"A mapping has at most {MOST_RULES} rules, and this one {len(said)}.")
    found = [_checked(kind, place, one) for place, one in enumerate(said, start=1)]
    return in_order(found)


def in_order(found: Iterable[CleaningRule]) -> list[CleaningRule]:
    """What reads cells before what looks at values, then each at its place."""
    return sorted(found, key=lambda rule: (rule.stage == "values", rule.place))


def _checked(kind: ImportKind, place: int, said: dict[str, Any]) -> CleaningRule:
    key = said.get("rule")
    plugin = rules().get(key) if isinstance(key, str) else None
    if plugin is None:
        known = ", ".join(rules())
        raise BadRule(f"There is no rule {key!r}. Rules are: {known}.", fields={"rules": str(key)})
    called = f"rule {place}, {key},"
    if plugin.kinds and kind.key not in plugin.kinds:
        raise BadRule(f"The {called} is for {', '.join(plugin.kinds)}, not for {kind.key}.")
    options = {name: value for name, value in said.items() if name != "rule"}
    try:
        rule = configured(plugin, options, called=f"the {called}")
    except BadOption as error:
        raise BadRule(str(error), fields={error.name: str(error)}) from error
    columns = {column.name: column for column in kind.columns}
    if why := rule.unfit(columns, kind.keeps_further_columns):
        raise BadRule(f"The {called} cannot be used: {why}.", fields={"rules": why})
    return rule


def rules_for(kind: ImportKind) -> list[type[CleaningRule]]:
    """The rules that this kind of file knows, in the order in which they work."""
    known = [rule for rule in rules().values() if not rule.kinds or kind.key in rule.kinds]
    return sorted(known, key=lambda rule: (rule.stage == "values", rule.place))


def rules_described() -> list[dict[str, Any]]:
    """Each rule with its options, for forms and for programs."""
    return [
        {
            "rule": key,
            "title": rule.title,
            "says": rule.says,
            "stage": rule.stage,
            "kinds": list(rule.kinds),
            "takes": list(rule.takes),
            "options": described(rule),
        }
        for key, rule in rules().items()
    ]
