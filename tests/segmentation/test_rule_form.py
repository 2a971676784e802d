"""The audience builder's form says the rule that was opened in it, and its words say the same."""

import pytest
from django.http import QueryDict
from hypothesis import given, settings

from segmentation.rule_form import changed, empty_form, from_form, from_rule, to_rule
from segmentation.rule_words import sentence
from tests.segmentation.test_rules import DTYPES, customers, fits, rules


def sent(node, parent=0, query=None):
    """What a browser sends for a form."""
    query = QueryDict(mutable=True) if query is None else query
    query.appendlist("node", f"{node.number} {parent} {node.kind}")
    for name, values in node.said.items():
        query.setlist(f"{node.number}-{name}", values)
    for child in node.children:
        sent(child, node.number, query)
    return query


@settings(max_examples=300, deadline=None)
@given(rule=rules, who=customers)
def test_a_rule_that_went_through_the_form_finds_the_same_customers(rule, who):
    again = to_rule(from_form(sent(from_rule(rule))), DTYPES)
    assert fits(again, who) == fits(rule, who)


def test_a_percentage_is_typed_and_a_share_is_meant():
    form = from_rule({"feature": "churn_probability", "op": ">=", "value": 0.15})
    assert form.children[0].said["value"] == ["15"]
    rule = to_rule(form, {"churn_probability": "float32"})
    assert rule == {"all": [{"feature": "churn_probability", "op": ">=", "value": 0.15}]}


def test_a_condition_is_added_to_its_group_and_taken_out_again():
    form = changed(empty_form(), "add-group:0")
    form = changed(form, "add-feature:1")
    assert [(n.number, n.kind) for n in form.walk()] == [(0, "group"), (1, "group"), (2, "feature")]
    assert [n.number for n in changed(form, "remove:1").walk()] == [0]


def test_what_is_not_finished_asks_for_nothing():
    form = changed(changed(empty_form(), "add-feature:0"), "add-consent:0")
    form.children[0].said = {"feature": ["days"], "op": [">"], "value": ["many"]}
    assert to_rule(form, DTYPES) == {"all": [{"consent": "email"}]}


def test_a_form_that_nobody_made_is_an_empty_rule():
    for told in ("", "node=x", "node=1 1 group", "node=0 0 feature", "node=²  group"):
        assert to_rule(from_form(QueryDict(told)), DTYPES) is None


@pytest.mark.django_db
def test_a_rule_is_said_in_words():
    rule = {"all": [
        {"feature": "rfm_group", "op": "in", "value": ["Champions", "At risk"]},
        {"any": [{"feature": "churn_probability", "op": ">=", "value": 0.15},
                 {"feature": "recency_days", "op": ">", "value": 14}]},
        {"event": "purchase", "where": {"category": "Milk"}, "at_least": 2, "within_days": 180},
    ]}  # fmt: skip
    assert "".join(words for words, _ in sentence(rule, {}, {})) == (
        "whose RFM group is Champions or At risk, either whose chance of no order soon is at least"
        " 15 of 100 or whose days since the last order are more than 14 and who bought Milk at"
        " least twice in 180 days"
    )
