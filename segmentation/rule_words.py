"""A rule as a sentence: what each condition is called, and how the parts are joined."""

from collections.abc import Mapping
from typing import Any

from core.formats import money, whole
from segmentation.rule_form import is_share

# What people call the commonest features; any other by its definition.
LABELS = {
    "rfm_group": "RFM group",
    "rfm_score": "RFM score",
    "cluster": "cluster",
    "recency_days": "days since the last order",
    "purchase_frequency": "orders",
    "purchase_monetary_value": "money spent",
    "average_order_value": "money per order",
    "tenure_days": "days since the first order",
    "churn_probability": "chance of no order soon",
    "churn_decile": "tenth by chance of leaving",
    "expected_orders": "orders expected",
    "expected_value": "money expected",
    "age_band": "age",
    "region": "region",
    "acquisition_channel": "came by",
    "top_category": "favourite category",
    "top_product": "favourite product",
    "distinct_products": "different products",
    "distinct_categories": "different categories",
    "return_rate": "share of returns",
    "discount_share": "share bought at a discount",
}
OPS = {
    ">=": "at least",
    ">": "more than",
    "<=": "at most",
    "<": "less than",
    "=": "is",
    "!=": "is not",
    "between": "between",
    "in": "is one of",
    "is_null": "is not known",
    "not_null": "is known",
}
CHANNELS = {"email": "e-mail", "sms": "SMS", "phone": "telephone", "post": "post"}
Rule = Mapping[str, Any]
# [(words, whether they are the point)]
Parts = list[tuple[str, bool]]


def label(name: str, definitions: Mapping[str, str]) -> str:
    """What a feature is called in a sentence."""
    return LABELS.get(name) or definitions.get(name) or name.replace("_", " ")


def value_words(name: str, value: Any, units: Mapping[str, str]) -> str:
    """A value of a feature as people write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if is_share(name):
        return f"{value * 100:.0f} of 100"
    if units.get(name) == "money":
        return money(value)
    return whole(value) if float(value).is_integer() else f"{value:,.2f}"


def condition_words(
    rule: Rule, definitions: Mapping[str, str], units: Mapping[str, str]
) -> tuple[str, str]:
    """(what it is about, what is asked of it) for a condition."""
    if "segment" in rule:
        return "are in the segment", str(rule["segment"])
    if "consent" in rule:
        return "agreed to", CHANNELS.get(rule["consent"], rule["consent"])
    if "event" in rule:
        what = " and ".join(str(value) for value in rule.get("where", {}).values()) or "anything"
        times, days = rule.get("at_least", 1), rule.get("within_days")
        often = "once" if times == 1 else "twice" if times == 2 else f"{times} times"
        return "bought", f"{what} at least {often} in {days} days"
    name, op, value = rule["feature"], rule["op"], rule.get("value")
    return label(name, definitions), _asked(name, op, value, units)


def _asked(name: str, op: str, value: Any, units: Mapping[str, str]) -> str:
    if value is None:
        return OPS[op].removeprefix("is ")
    if isinstance(value, bool):
        return "yes" if value == (op == "=") else "no"
    if op == "between":
        low, high = (value_words(name, part, units) for part in value)
        return f"between {low} and {high}"
    if op == "in":
        names = [value_words(name, part, units) for part in value]
        return joined(names, "or")
    shown = value_words(name, value, units)
    return f"{OPS.get(op, op)} {shown}".removeprefix("is ")


def sentence(rule: Rule, definitions: Mapping[str, str], units: Mapping[str, str]) -> Parts:
    """The whole rule in words; what the user chose is marked."""
    for mode, word in (("all", "and"), ("any", "or")):
        if mode in rule:
            told = [sentence(part, definitions, units) for part in rule[mode]]
            inner = [_bracketed(p, r) if len(told) > 1 else p
                     for p, r in zip(told, rule[mode], strict=True)]  # fmt: skip
            return _woven(inner, word)
    if "not" in rule:
        return [("not (", False), *sentence(rule["not"], definitions, units), (")", False)]
    what, asked = condition_words(rule, definitions, units)
    # Orders are, spend is.
    verb = "are" if what.split()[0].endswith("s") else "is"
    whose = f"whose {what} {verb} " if "feature" in rule else f"who {what} "
    return [(whose, False), (asked, True)]


def _bracketed(parts: Parts, rule: Rule) -> Parts:
    several = any(len(rule.get(mode, [])) > 1 for mode in ("all", "any"))
    return [("either ", False), *parts] if several and "any" in rule else parts


def _woven(told: list[Parts], word: str) -> Parts:
    found: Parts = []
    for place, parts in enumerate(told):
        if place:
            last = place == len(told) - 1
            found.append((f" {word} " if last or word == "or" else ", ", False))
        found += parts
    return found


def joined(names: list[str], word: str) -> str:
    """One, two or three."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
