"""A rule finds exactly whom plain Python finds, with and without a delta."""

import math
from typing import Any

import hypothesis.strategies as st
import polars as pl
import pytest
from hypothesis import given, settings

from segmentation.rules import DEEPEST, BadRule, Purchases, compile_rule

DTYPES = {"days": "int32", "share": "float32", "money": "float64", "group": "text",
          "yes": "boolean",
          "consent_email": "boolean"}  # fmt: skip
SCHEMA = {
    "days": pl.Int32, "share": pl.Float32, "money": pl.Float64, "group": pl.Categorical,
    "yes": pl.Boolean, "consent_email": pl.Boolean, "customer_pk": pl.Int64,
}  # fmt: skip
SEGMENTS = {"silent": {"feature": "days", "op": ">", "value": 3}}

numbers = st.one_of(st.integers(-5, 5), st.sampled_from([0.5, 0.1, 2.5]))
words = st.sampled_from(["red", "blue", "green"])
customers = st.fixed_dictionaries(
    {
        "days": st.none() | st.integers(-5, 5),
        "share": st.none() | st.sampled_from([0.1, 0.5, 1.0]),
        "money": st.none() | st.sampled_from([-5.0, 0.1, 2.5, 3.0]),
        "group": st.none() | words,
        "yes": st.none() | st.booleans(),
        "consent_email": st.booleans(),
        # (category, days ago) of each order.
        "orders": st.lists(st.tuples(st.sampled_from(["TEA", "SOAP"]), st.integers(1, 9))),
    }
)
number_names = st.sampled_from(["days", "share", "money"])
conditions = st.one_of(
    st.builds(
        lambda f, op, v: {"feature": f, "op": op, "value": v},
        number_names, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), numbers,
    ),
    st.builds(
        lambda f, a, b: {"feature": f, "op": "between", "value": [a, b]},
        number_names, numbers, numbers,
    ),
    st.builds(
        lambda f, v: {"feature": f, "op": "in", "value": v},
        number_names, st.lists(numbers, min_size=1, max_size=3),
    ),
    st.builds(
        lambda op, v: {"feature": "group", "op": op, "value": v},
        st.sampled_from(["=", "!="]), words,
    ),
    st.builds(
        lambda v: {"feature": "group", "op": "in", "value": v},
        st.lists(words, min_size=1, max_size=2),
    ),
    st.builds(
        lambda op, v: {"feature": "yes", "op": op, "value": v},
        st.sampled_from(["=", "!="]), st.booleans(),
    ),
    st.builds(
        lambda f, op: {"feature": f, "op": op},
        st.sampled_from(sorted(DTYPES)), st.sampled_from(["is_null", "not_null"]),
    ),
    st.builds(
        lambda where, n, days: {
            "event": "purchase", "where": where, "at_least": n, "within_days": days,
        },
        st.sampled_from([{}, {"category": "TEA"}, {"category": "SOAP"}]),
        st.integers(1, 3), st.integers(1, 9),
    ),
    st.sampled_from([{"segment": "silent"}, {"consent": "email"}]),
)  # fmt: skip
rules = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(lambda r: {"not": r}, inner),
        st.builds(
            lambda key, parts: {key: parts},
            st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=3),
        ),
    ),
    max_leaves=8,
)  # fmt: skip


def fits(rule: dict[str, Any], who: dict[str, Any]) -> bool:
    """The oracle: what the interface says, in plain Python."""
    if "all" in rule:
        return all(fits(part, who) for part in rule["all"])
    if "any" in rule:
        return any(fits(part, who) for part in rule["any"])
    if "not" in rule:
        return not fits(rule["not"], who)
    if "segment" in rule:
        return fits(SEGMENTS[rule["segment"]], who)
    if "consent" in rule:
        return who["consent_email"]
    if "event" in rule:
        return often(rule["where"], rule["within_days"], who) >= rule["at_least"]
    has, op, value = who[rule["feature"]], rule["op"], rule.get("value")
    if op in ("is_null", "not_null"):
        return (has is None) == (op == "is_null")
    if has is None:
        return False
    return {
        "=": lambda: has == value,
        "!=": lambda: has != value,
        "<": lambda: has < value,
        "<=": lambda: has <= value,
        ">": lambda: has > value,
        ">=": lambda: has >= value,
        "between": lambda: value[0] <= has <= value[1],
        "in": lambda: has in value,
    }[op]()


def often(where: dict[str, str], days: int, who: dict[str, Any]) -> int:
    wanted = where.get("category")
    return sum(ago <= days and wanted in (None, category) for category, ago in who["orders"])


def compiled(rule: Any, people: list[dict[str, Any]] = ()) -> pl.Expr:
    def buyers(asked: Purchases) -> pl.Series:
        found = [
            pk
            for pk, who in enumerate(people)
            if often(asked.where, asked.within_days, who) >= asked.at_least
        ]
        return pl.Series(found, dtype=pl.Int64)

    return compile_rule(rule, DTYPES, SEGMENTS.get, buyers)


@settings(max_examples=300, deadline=None)
@given(rule=rules, people=st.lists(customers, min_size=1, max_size=6))
def test_a_rule_finds_whom_plain_python_finds(rule, people):
    rows = [{**who, "customer_pk": pk} for pk, who in enumerate(people)]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    found = frame.select(compiled(rule, people).alias("in"))["in"]
    assert found.null_count() == 0
    assert found.to_list() == [fits(rule, who) for who in people]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"feature": "dayz", "op": "=", "value": 1}, "Did you mean days"),
        ({"feature": "days", "op": "~", "value": 1}, "is no comparison"),
        ({"feature": "days", "op": "=", "value": "many"}, "is a number"),
        ({"feature": "days", "op": "=", "value": math.nan}, "is a number"),
        ({"feature": "days", "op": "=", "value": True}, "is a number"),
        ({"feature": "days", "op": "<", "value": 10**400}, "is a number"),
        ({"feature": "days", "op": "between", "value": [1]}, r"takes \[low, high\]"),
        ({"feature": "days", "op": "in", "value": []}, "at least one value"),
        ({"feature": "group", "op": "<", "value": "red"}, "use =, !="),
        ({"feature": "group", "op": "=", "value": 3}, "is text"),
        ({"feature": "yes", "op": "=", "value": 1}, "true or false"),
        ({"all": []}, "at least one rule"),
        ({"both": []}, "is not known"),
        ({}, "A rule is an object"),
        ("days > 3", "A rule is an object"),
        ({"segment": "nobody"}, "There is no segment"),
        ({"consent": "fax"}, "is no channel"),
        ({"event": "purchase"}, "within_days is a whole number from 1 to"),
        ({"event": "visit", "within_days": 9}, "no events 'visit'. Rules know purchases so far"),
        ({"event": ["purchase"], "within_days": 9}, "no events"),
        ({"event": "purchase", "within_day": 9}, "Did you mean within_days"),
        ({"event": "purchase", "within_days": True}, "and True is not"),
        ({"event": "purchase", "within_days": 10**30}, "whole number from 1 to 36,500"),
        ({"event": "purchase", "within_days": 9, "at_least": 0}, "at_least is a whole number"),
        ({"event": "purchase", "within_days": 9, "at_least": 1.5}, "and 1.5 is not"),
        ({"event": "purchase", "within_days": 9, "where": []}, '"where" is an object'),
        ({"event": "purchase", "within_days": 9, "where": {"sku": "x"}}, "has no 'sku'"),
        ({"event": "purchase", "within_days": 9, "where": {"brands": "x"}}, "Did you mean brand"),
        ({"event": "purchase", "within_days": 9, "where": {"brand": 3}}, "brand of a purchase is"),
    ],
)
def test_a_rule_that_cannot_be_answered_says_why(rule, words):
    with pytest.raises(BadRule, match=words):
        compiled(rule)


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"feature": "days", "op": "=", "value": 1}
    for _ in range(depth):
        rule = {"not": rule}
    return rule


def test_a_rule_may_be_deep_but_not_bottomless():
    compiled(nested(DEEPEST))
    with pytest.raises(BadRule, match="Make it flatter"):
        compiled(nested(200))


def test_a_segment_that_refers_to_itself_is_refused():
    circle = {"a": {"not": {"segment": "b"}}, "b": {"segment": "a"}}
    with pytest.raises(BadRule, match="refers to itself"):
        compile_rule({"segment": "a"}, DTYPES, circle.get, lambda asked: pl.Series(dtype=pl.Int64))
