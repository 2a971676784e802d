"""A rule becomes a Polars expression over the snapshot, never SQL text.

A comparison with a missing value is false; ``not`` is the true complement.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import polars as pl

from core.errors import Refused
from customers.models import Channel

EVENTS = ("purchase",)
EVENT_KEYS = ("event", "where", "at_least", "within_days")
WHERE = ("category", "department", "brand")
MOST_OFTEN = 100_000
LONGEST_WINDOW = 36_500
DEEPEST = 50
MOST_CONDITIONS = 1_000
LONGEST_LIST = 10_000
NUMBERS = ("int16", "int32", "float32", "float64")

Rule = Mapping[str, Any]
# slug → that segment's rule, or None for an unknown slug.
Lookup = Callable[[str], Rule | None]


@dataclass(frozen=True)
class Purchases:
    """At least so many distinct orders of such products within so many local days."""

    where: Mapping[str, str]
    at_least: int
    within_days: int


# The primary keys of everyone with these purchases.
Buyers = Callable[[Purchases], pl.Series]


class BadRule(Refused):
    """The rule says something that cannot be answered; the message names the place."""

    code = "bad_rule"

    def __init__(self, message: str) -> None:
        super().__init__(message, fields={"definition": message})


def compile_rule(
    rule: Any, dtypes: Mapping[str, str], segment_rule: Lookup, buyers: Buyers
) -> pl.Expr:
    """A boolean expression without nulls. ``dtypes`` maps each catalogued feature to its type."""
    return _Compiler(dtypes, segment_rule, buyers).compile(rule, depth=0, within=())


class _Compiler:
    def __init__(self, dtypes: Mapping[str, str], segment_rule: Lookup, buyers: Buyers) -> None:
        self._dtypes = dtypes
        self._buyers = buyers
        self._segment_rule = segment_rule
        self._conditions = 0

    def compile(self, rule: Any, *, depth: int, within: tuple[str, ...]) -> pl.Expr:
        if depth > DEEPEST:
            raise BadRule(f"The rule is nested more than {DEEPEST} deep. Make it flatter.")
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise BadRule(f"The rule has more than {MOST_CONDITIONS:,} conditions.")
        if not isinstance(rule, dict) or not rule:
            raise BadRule(
                'A rule is an object like {"feature": "recency_days", "op": "<", "value": 30}.'
            )
        for key in ("all", "any"):
            if set(rule) == {key}:
                return self._combine(key, rule[key], depth, within)
        if set(rule) == {"not"}:
            return ~self.compile(rule["not"], depth=depth + 1, within=within)
        if set(rule) == {"segment"}:
            return self._segment(rule["segment"], depth, within)
        if set(rule) == {"consent"}:
            return self._consent(rule["consent"])
        if "feature" in rule and set(rule) <= {"feature", "op", "value"}:
            return self._comparison(rule)
        if "event" in rule:
            return pl.col("customer_pk").is_in(self._buyers(_purchases(rule)).implode())
        raise BadRule(
            f"A rule with the keys {', '.join(map(repr, rule))} is not known. Use all, any, not,"
            " feature, segment, consent or event."
        )

    def _combine(self, key: str, rules: Any, depth: int, within: tuple[str, ...]) -> pl.Expr:
        if not isinstance(rules, list) or not rules:
            raise BadRule(f'"{key}" takes a list of at least one rule.')
        parts = [self.compile(rule, depth=depth + 1, within=within) for rule in rules]
        return pl.all_horizontal(parts) if key == "all" else pl.any_horizontal(parts)

    def _segment(self, slug: Any, depth: int, within: tuple[str, ...]) -> pl.Expr:
        if slug in within:
            raise BadRule(f"The segment {slug!r} refers to itself.")
        rule = self._segment_rule(slug) if isinstance(slug, str) else None
        if rule is None:
            raise BadRule(f"There is no segment {slug!r}.")
        return self.compile(rule, depth=depth + 1, within=(*within, slug))

    def _consent(self, channel: Any) -> pl.Expr:
        if channel not in Channel.values:
            raise BadRule(f"{channel!r} is no channel. Use one of {', '.join(Channel.values)}.")
        if f"consent_{channel}" not in self._dtypes:
            raise BadRule("Consent is known after the first refresh.")
        return pl.col(f"consent_{channel}").fill_null(value=False)

    def _comparison(self, rule: Rule) -> pl.Expr:
        name, op, value = rule["feature"], rule.get("op"), rule.get("value")
        dtype = self._dtypes.get(name) if isinstance(name, str) else None
        if dtype is None:
            raise BadRule(f"There is no feature {name!r}.{nearest(name, self._dtypes)}")
        column = pl.col(name)
        if op in ("is_null", "not_null"):
            return column.is_null() if op == "is_null" else column.is_not_null()
        if dtype in NUMBERS:
            return _number_test(column, name, dtype, op, value)
        return _equality_test(column, name, dtype, op, value)


def _purchases(rule: Rule) -> Purchases:
    kind, where = rule["event"], rule.get("where", {})
    if kind not in EVENTS:
        raise BadRule(
            f"There are no events {kind!r}. Rules know purchases so far: "
            '{"event": "purchase", "where": {"category": "TEA"}, "at_least": 2, "within_days": 60}'
        )
    _known_keys("An event rule", rule, EVENT_KEYS)
    if not isinstance(where, dict):
        raise BadRule('"where" is an object like {"category": "TEA"}.')
    _known_keys('"where" of a purchase', where, WHERE)
    for key, value in where.items():
        if not isinstance(value, str) or not value:
            raise BadRule(f"The {key} of a purchase is text, and {value!r} is not.")
    return Purchases(
        where=where,
        at_least=_count("at_least", rule.get("at_least", 1), MOST_OFTEN),
        within_days=_count("within_days", rule.get("within_days"), LONGEST_WINDOW),
    )


def _known_keys(what: str, given: Rule, known: tuple[str, ...]) -> None:
    for key in given:
        if key not in known:
            raise BadRule(f"{what} has no {key!r}.{nearest(key, known)} Use {', '.join(known)}.")


def _count(name: str, value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadRule(f"{name} is a whole number from 1 to {most:,}, and {value!r} is not.")
    return value


def nearest(word: Any, known: Iterable[str]) -> str:
    """Did you mean …?, after a space; nothing where no known word is near."""
    by_small = {name.lower(): name for name in known}
    near = get_close_matches(str(word).lower(), by_small, n=1)
    return f" Did you mean {by_small[near[0]]}?" if near else ""


def _number_test(column: pl.Expr, name: str, dtype: str, op: Any, value: Any) -> pl.Expr:
    # A float32 feature is compared with the float32 nearest to the value: 0.3 finds 0.3.
    kind = pl.Float32 if dtype == "float32" else pl.Float64
    column = column.cast(kind)
    if op == "between":
        if not isinstance(value, list) or len(value) != 2:
            raise BadRule(f"{name} between takes [low, high].")
        low, high = (pl.lit(_number(name, v), dtype=kind) for v in value)
        test = (column >= low) & (column <= high)
    elif op == "in":
        listed = [_number(name, v) for v in _listed(name, value)]
        test = column.is_in(pl.Series(listed, dtype=kind).implode())
    else:
        test = _compare(column, name, op, pl.lit(_number(name, value), dtype=kind))
    return test.fill_null(value=False)


def _equality_test(column: pl.Expr, name: str, dtype: str, op: Any, value: Any) -> pl.Expr:
    kind, word = (bool, "true or false") if dtype == "boolean" else (str, "text")
    values = _listed(name, value) if op == "in" else [value]
    if op not in ("=", "!=", "in"):
        raise BadRule(f"{name} is {word}: use =, !=, in, is_null or not_null, not {op!r}.")
    if not all(type(v) is kind for v in values):
        raise BadRule(f"{name} is {word}, and {value!r} is not.")
    column = column.cast(pl.String) if kind is str else column
    if op == "in":
        dtype_of_list = pl.String if kind is str else pl.Boolean
        return column.is_in(pl.Series(values, dtype=dtype_of_list).implode()).fill_null(value=False)
    return (column == value if op == "=" else column != value).fill_null(value=False)


def _compare(column: pl.Expr, name: str, op: Any, value: pl.Expr) -> pl.Expr:
    tests: dict[str, Callable[[], pl.Expr]] = {
        "=": lambda: column == value,
        "!=": lambda: column != value,
        "<": lambda: column < value,
        "<=": lambda: column <= value,
        ">": lambda: column > value,
        ">=": lambda: column >= value,
    }
    if not isinstance(op, str) or op not in tests:
        known = ", ".join([*tests, "between", "in", "is_null", "not_null"])
        raise BadRule(f"{name}: {op!r} is no comparison. Use one of {known}.")
    return tests[op]()


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        raise BadRule(f"{name} is a number, and {value!r} is not.")
    return float(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _listed(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise BadRule(f"{name} in takes a list of at least one value.")
    if len(value) > LONGEST_LIST:
        raise BadRule(f"{name} in takes at most {LONGEST_LIST:,} values.")
    return value
