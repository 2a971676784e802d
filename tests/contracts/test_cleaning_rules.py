"""What every cleaning rule keeps to, whatever it does."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from core.contracts.cleaning_rule import OWN, WHOLE_ROW, CleaningRule, Outcome, RuleContext
from core.contracts.columns import Column
from core.contracts.import_kind import PROBLEM_SCHEMA, LoadContext
from core.contracts.options import configured
from core.registry import plugins

FOUND = plugins(packages=["ingestion.rules"], contract=CleaningRule)
COLUMNS = {
    "customer_id": Column("customer_id", "text", "who", needed=True),
    "occurred_at": Column("occurred_at", "timestamp", "when"),
    "amount": Column("amount", "money", "how much"),
    "quantity": Column("quantity", "decimal", "pieces"),
    "order_id": Column("order_id", "text", "which order"),
    "channel": Column("channel", "text", "how"),
    "email": Column("email", "text", "where to", personal=True),
    "name": Column("name", "text", "who", personal=True),
    "phone": Column("phone", "text", "number", personal=True),
    "returned": Column("returned", "boolean", "given back"),
}
CONTEXT = RuleContext(
    LoadContext(1, "till", "UTC", "UTC", "EUR", 100, datetime(2026, 3, 1, tzinfo=UTC)), COLUMNS
)
CELLS = pl.DataFrame(
    {
        "row": [2, 3, 4, 5, 6, 7],
        "customer_id": ["A", "B", "C", "D", "D", "E"],
        "occurred_at": ["31.01.2026", "1.2.2026", "", None, "2026-01-01", "31.01.2026"],
        "amount": ["1.234,56 €", "(12,00)", "12-", "", "abc", "5"],
        "quantity": ["1", "-2", None, "3", "4", "5"],
        "order_id": ["o1", "Co2", "o3", None, "o3", "o1"],
        "channel": ["Web", " web ", "WEB", "n/a", "store", None],
        "email": ["ann@x.com", "ANN@x.com", "", None, "bo@x.com", "bo@x.com"],
        "name": ["Ann Lee", "Lee, Ann", "Bo", None, "Bo", ""],
        "phone": ["+49 170 1234567", "0170 1234567", None, "1", "2", "3"],
        f"{OWN}Status": ["paid", "refunded", "", None, "Refunded", "paid"],
        WHOLE_ROW: pl.Series([1, 2, 3, 4, 4, 1], dtype=pl.UInt64),
    },
    schema_overrides={"row": pl.Int64},
)
VALUES = CELLS.with_columns(
    amount=pl.Series([123456, -1200, -1200, None, 900_000_00, 500], dtype=pl.Int64),
    quantity=pl.Series([1.0, -2.0, None, 3.0, 4.0, 5.0]),
    returned=pl.Series([None, None, None, True, None, None], dtype=pl.Boolean),
)
# For each rule the settings to try it with; a rule that is not named here fails a test.
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "absent": [{}, {"columns": ["channel"], "marks": ["web"]}],
    "amounts": [{"column": "amount"}, {"column": "amount", "decimal": ","}],
    "categories": [{"column": "channel", "synonyms": {"shop": "store"}, "case": "lower"}],
    "dates": [
        {"column": "occurred_at", "forms": ["%d.%m.%Y"]},
        {"column": "occurred_at", "forms": ["%d.%m.%Y", "%m.%d.%Y"], "zone": "Europe/Berlin"},
    ],
    "missing": [
        {"column": "amount", "how": how}
        for how in ("rejected", "left", "mean", "median", "mode", "neighbours")
    ] + [{"column": "channel", "how": "value", "value": "web"}],
    "outliers": [
        {"column": "amount", "then": then} for then in ("flagged", "capped", "rejected")
    ] + [{"column": "quantity", "method": "limits", "least": 0.0}],
    "repeats": [
        {}, {"by": ["customer_id"], "keep": "last"}, {"then": "flagged"}, {"then": "rejected"},
    ],
    "returns": [
        {"by": by, "then": then, "column": "Status", "values": ["refunded"]}
        for by in ("negative quantity", "prefix", "column")
        for then in ("returned", "left out", "rejected")
    ],
    "similar_customers": [{}],
}  # fmt: skip
CASES = [(key, given) for key, settings in SETTINGS.items() for given in settings]


@dataclass(frozen=True)
class Tried:
    rule: CleaningRule
    table: pl.DataFrame
    learnt: Any
    outcome: Outcome


def tried(key: str, given: dict[str, Any], batches: int = 1) -> Tried:
    rule = configured(FOUND[key], given, called=key)
    table = CELLS if rule.stage == "cells" else VALUES
    size = -(-table.height // batches)
    parts = [table.slice(start, size) for start in range(0, table.height, size)]
    kept = pl.concat([rule.keeps(part) for part in parts], how="vertical_relaxed")
    learnt = rule.learn(kept, CONTEXT) if rule.learns else None
    done = [rule.apply(part, learnt, CONTEXT) for part in parts]
    problems = [one.problems for one in done if one.problems is not None]
    repeated = [one.repeated for one in done if one.repeated is not None]
    whole = Outcome(
        pl.concat([one.rows for one in done], how="vertical_relaxed"),
        tuple(effect for one in done for effect in one.effects),
        pl.concat(problems) if problems else None,
        pl.concat(repeated) if repeated else None,
    )
    return Tried(rule, table, learnt, whole)


def test_every_rule_is_tried():
    assert list(FOUND) == sorted(SETTINGS)


@pytest.mark.parametrize(("key", "given"), CASES)
def test_no_row_is_lost_and_none_is_made(key, given):
    done = tried(key, given)
    out = done.outcome
    problems = [] if out.problems is None else out.problems["row"].unique().to_list()
    repeated = [] if out.repeated is None else out.repeated.to_list()
    assert sorted([*out.rows["row"], *problems, *repeated]) == done.table["row"].to_list()


@pytest.mark.parametrize(("key", "given"), CASES)
def test_the_input_stays_and_rows_keep_their_order_and_columns(key, given):
    rule = configured(FOUND[key], given, called=key)
    table = (CELLS if rule.stage == "cells" else VALUES).clone()
    done = tried(key, given)
    assert done.table.equals(table)
    assert done.outcome.rows.columns == table.columns
    assert done.outcome.rows["row"].is_sorted()


@pytest.mark.parametrize(("key", "given"), CASES)
def test_three_batches_say_what_one_says(key, given):
    whole, parts = tried(key, given), tried(key, given, batches=3)
    assert parts.outcome.rows.equals(whole.outcome.rows)
    rows = [
        sorted((e.what, e.column, row) for e in done.outcome.effects for row in e.rows)
        for done in (whole, parts)
    ]
    assert rows[0] == rows[1]


@pytest.mark.parametrize(("key", "given"), CASES)
def test_an_empty_table_is_no_trouble(key, given):
    rule = configured(FOUND[key], given, called=key)
    table = (CELLS if rule.stage == "cells" else VALUES).clear()
    learnt = rule.learn(rule.keeps(table), CONTEXT) if rule.learns else None
    assert rule.apply(table, learnt, CONTEXT).rows.is_empty()
    assert isinstance(rule.learnt_words(learnt, CONTEXT), str)


@pytest.mark.parametrize(("key", "given"), CASES)
def test_a_file_without_the_column_is_left_alone(key, given):
    rule = configured(FOUND[key], given, called=key)
    whole = (WHOLE_ROW,) if rule.compares_whole_rows() else ()
    table = (CELLS if rule.stage == "cells" else VALUES).select("row", *whole)
    learnt = rule.learn(rule.keeps(table), CONTEXT) if rule.learns else None
    if not whole:
        assert rule.apply(table, learnt, CONTEXT).rows.equals(table)


@pytest.mark.parametrize(("key", "given"), CASES)
def test_examples_name_rows_of_the_effect_and_show_nobodys_address(key, given):
    done = tried(key, given)
    for effect in done.outcome.effects:
        assert {one["row"] for one in effect.examples} <= set(effect.rows)
        assert all(set(one) == {"row", "column", "before", "after"} for one in effect.examples)
        assert "@" not in str(effect.examples)
    if done.outcome.problems is not None:
        assert dict(done.outcome.problems.schema) == PROBLEM_SCHEMA


@pytest.mark.parametrize("key", FOUND)
def test_a_rule_says_what_it_is(key):
    rule = FOUND[key]
    assert rule.stage in ("cells", "values")
    assert rule.title[0].isupper()
    assert rule.says.endswith(".")
