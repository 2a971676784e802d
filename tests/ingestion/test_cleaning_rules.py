"""Each cleaning rule on tables that can be checked by hand."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.impute import KNNImputer

from core.contracts.cleaning_rule import OWN, WHOLE_ROW, Outcome, RuleContext
from core.contracts.columns import Column
from core.contracts.import_kind import LoadContext
from core.contracts.options import configured
from ingestion.rule_book import rules

COLUMNS = (
    Column("amount", "money", "how much"),
    Column("quantity", "decimal", "pieces"),
    Column("score", "integer", "points"),
    Column("at", "timestamp", "when"),
    Column("day", "date", "which day"),
    Column("channel", "text", "how"),
    Column("email", "text", "where to", personal=True),
    Column("order_id", "text", "which order"),
)


def context(**options: Any) -> RuleContext:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    load = LoadContext(1, "till", "UTC", "UTC", "EUR", 100, now, options)
    return RuleContext(load, {column.name: column for column in COLUMNS})


def done(table: dict[str, list], key: str, load: RuleContext | None = None, **given) -> Outcome:
    """The rule on a whole file, its rows numbered from 2 on as under a header."""
    frame = pl.DataFrame(table)
    frame = frame.with_columns(pl.Series("row", range(2, frame.height + 2), dtype=pl.Int64))
    rule = configured(rules()[key], given, called=key)
    about = load or context()
    learnt = rule.learn(rule.keeps(frame), about) if rule.learns else None
    return rule.apply(frame, learnt, about)


def rejected(outcome: Outcome) -> list[tuple[int, str, str]]:
    assert outcome.problems is not None
    return list(outcome.problems.select("row", "value", "reason").iter_rows())


def counted(outcome: Outcome) -> dict[str, list[int]]:
    return {effect.what: effect.rows.to_list() for effect in outcome.effects}


def test_money_is_read_as_people_write_it():
    said = {
        "1.234,56 €": 1234.56, "€ 1.234,56": 1234.56, "(12,00)": -12.0, "12,00-": -12.0,
        "-3,5": -3.5, "\u22127,25": -7.25, "1 234,5": 1234.5, "1\u00a0234,5 EUR": 1234.5,
        "1'234,50": 1234.5, "7": 7.0, "+8": 8.0, "0,99": 0.99, "1.000.000": 1_000_000.0,
    }  # fmt: skip
    outcome = done({"amount": list(said)}, "amounts", column="amount", decimal=",")
    assert outcome.rows["amount"].to_list() == list(said.values())
    assert outcome.problems.is_empty()
    assert counted(outcome) == {"changed": [2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14]}
    assert outcome.effects[0].examples[2] == {
        "row": 4, "column": "amount", "before": "(12,00)", "after": "-12",
    }  # fmt: skip


def test_with_the_dot_thousands_have_commas():
    said = {"1,234.56": 1234.56, "12,34,567.00": 1234567.0, "(3)": -3.0, ".5": 0.5, "9.": 9.0}
    outcome = done({"amount": list(said)}, "amounts", column="amount", decimal=".")
    assert outcome.rows["amount"].to_list() == list(said.values())


def test_the_column_shows_its_decimal_sign_or_the_number_is_asked_for():
    shown = done({"amount": ["1.234", "0,99"]}, "amounts", column="amount")
    assert shown.rows["amount"].to_list() == [1234.0, 0.99]
    unclear = done({"amount": ["1.234", "5", "2.000 €"]}, "amounts", column="amount")
    assert unclear.rows["amount"].to_list() == [5.0]
    words = "can be read in two ways: as a fraction or as thousands"
    assert rejected(unclear) == [(2, "1.234", words), (4, "2.000 €", words)]
    said = done({"amount": ["1.234"]}, "amounts", context(decimal=","), column="amount")
    assert said.rows["amount"].to_list() == [1234.0]


def test_a_column_that_shows_both_signs_is_read_where_it_is_clear():
    outcome = done({"amount": ["1.234,56", "1,234.56", "1.234"]}, "amounts", column="amount")
    assert outcome.rows["amount"].to_list() == [1234.56, 1234.56]
    assert [row for row, *_ in rejected(outcome)] == [4]


def test_another_currency_and_what_is_no_number_are_rejected():
    cells = ["$5", "5 USD", "GBP 7", "5 EUR", "five", "1.2.3,4,5", "12 EUR extra"]
    outcome = done({"amount": cells}, "amounts", column="amount", decimal=",")
    assert outcome.rows["amount"].to_list() == [5.0]
    foreign = "written in {}: the organisation counts in EUR"
    assert rejected(outcome) == [
        (2, "$5", foreign.format("$")),
        (3, "5 USD", foreign.format("usd")),
        (4, "GBP 7", foreign.format("gbp")),
        (6, "five", "not an amount"),
        (7, "1.2.3,4,5", "not an amount"),
        (8, "12 EUR extra", "not an amount"),
    ]


def test_dates_are_read_in_the_forms_that_the_rule_names():
    cells = ["31.01.2026", "1.2.2026 18:30", "31/01/26", "", None, "2026-01-31"]
    forms = ["%d.%m.%Y", "%d.%m.%Y %H:%M", "%d/%m/%y"]
    outcome = done({"at": cells}, "dates", column="at", forms=forms)
    assert outcome.rows["at"].to_list() == [
        "2026-01-31T00:00:00.000000", "2026-02-01T18:30:00.000000", "2026-01-31T00:00:00.000000",
        None, None,
    ]  # fmt: skip
    assert rejected(outcome) == [(7, "2026-01-31", "not written in a form that the rule names")]
    assert outcome.problems["remedy"][0] == (
        "write it like 31.01.2026 or 31.01.2026 18:30 or 31/01/26"
    )


def test_a_day_that_two_forms_read_differently_is_asked_for():
    forms = ["%d/%m/%Y", "%m/%d/%Y"]
    cells = ["03/04/2026", "31/01/2026", "04/04/2026"]
    outcome = done({"day": cells}, "dates", column="day", forms=forms)
    assert outcome.rows["day"].to_list() == ["2026-01-31", "2026-04-04"]
    words = "can be read in two ways: 4 March 2026 or 3 April 2026"
    assert rejected(outcome) == [(2, "03/04/2026", words)]


def test_times_stand_in_the_zone_that_the_rule_states():
    cells = ["15.06.2026 12:00", "15.01.2026 12:00", "29.03.2026 02:30"]
    given = {"column": "at", "forms": ["%d.%m.%Y %H:%M"], "zone": "Europe/Berlin"}
    outcome = done({"at": cells}, "dates", **given)
    assert outcome.rows["at"].to_list() == [
        "2026-06-15T12:00:00.000000+02:00", "2026-01-15T12:00:00.000000+01:00",
        # That hour does not exist: an hour later.
        "2026-03-29T03:30:00.000000+02:00",
    ]  # fmt: skip


def test_an_offset_in_the_cell_and_counted_days_are_read():
    given = {"column": "at", "forms": ["%d/%m/%Y %H:%M %z", "excel"], "zone": "Europe/Berlin"}
    outcome = done({"at": ["31/01/2026 18:30 +0530", "46053.5"]}, "dates", **given)
    assert outcome.rows["at"].to_list() == [
        "2026-01-31T13:00:00.000000Z", "2026-01-31T12:00:00.000000+01:00",
    ]  # fmt: skip


def test_texts_that_stand_for_nothing_become_empty():
    outcome = done({"channel": ["web", " N/A ", "null", "-", "", None]}, "absent")
    assert outcome.rows["channel"].to_list() == ["web", None, None, None, "", None]
    assert counted(outcome) == {"changed": [3, 4, 5]}


def test_one_category_has_one_spelling_the_commonest():
    cells = ["Web", "web", "Web ", "WEB", "w\u0435b", "Läden", "Laden", "shop", None]
    outcome = done({"channel": cells}, "categories", column="channel", synonyms={"SHOP": "Laden"})
    assert outcome.rows["channel"].to_list() == [
        "Web", "Web", "Web", "Web", "Web", "Laden", "Laden", "Laden", None,
    ]  # fmt: skip
    assert counted(outcome) == {"changed": [3, 4, 5, 6, 7, 9]}


def test_spellings_stay_apart_where_nobody_asks_for_more():
    given = {"column": "channel", "look_alikes": False, "case": "lower", "spaces": False}
    outcome = done({"channel": ["Web", "Wéb", " web"]}, "categories", **given)
    assert outcome.rows["channel"].to_list() == ["web", "wéb", " web"]


VALUES = [1.0, 2.0, 2.5, 3.0, 4.0, 4.5, 5.0, 50.0, -40.0, None]


def test_quartiles_flag_what_tukeys_fences_leave_outside():
    outcome = done({"quantity": VALUES}, "outliers", column="quantity")
    known = np.array(VALUES[:-1], dtype=float)
    lower, upper = np.quantile(known, [0.25, 0.75])
    fence = 1.5 * (upper - lower)
    beyond = [i + 2 for i, v in enumerate(known) if not lower - fence <= v <= upper + fence]
    assert beyond == [9, 10]
    assert counted(outcome) == {"flagged": beyond}
    assert outcome.rows["quantity"].to_list() == VALUES
    assert outcome.effects[0].examples[0]["after"] == "-1.75 to 8.25"


def test_winsorising_caps_at_numpys_percentiles():
    given = {"column": "quantity", "method": "percentiles", "then": "capped"}
    outcome = done({"quantity": VALUES}, "outliers", low=0.1, high=0.9, **given)
    known = np.array(VALUES[:-1], dtype=float)
    wanted = np.clip(known, *np.quantile(known, [0.1, 0.9]))
    np.testing.assert_allclose(outcome.rows["quantity"][:-1].to_numpy(), wanted, rtol=1e-12)
    assert outcome.rows["quantity"][-1] is None
    assert counted(outcome) == {"changed": [9, 10]}


def test_limits_are_in_the_files_money_and_reject_by_choice():
    given = {"column": "amount", "method": "limits", "least": 0.0, "most": 10.0}
    outcome = done({"amount": [500, 1001, -1, 1000, 0]}, "outliers", then="rejected", **given)
    assert outcome.rows["amount"].to_list() == [500, 1000, 0]
    assert rejected(outcome) == [
        (3, "10.01", "beyond what is usual: 0 to 10"),
        (4, "-0.01", "beyond what is usual: 0 to 10"),
    ]  # fmt: skip
    capped = done({"amount": [500, 1001, -1]}, "outliers", then="capped", **given)
    assert capped.rows["amount"].to_list() == [500, 1000, 0]


@pytest.mark.parametrize(
    ("how", "filled"), [("mean", 400), ("median", 300), ("mode", 200)],
)  # fmt: skip
def test_an_empty_amount_is_filled_from_the_file(how, filled):
    table = {"amount": [200, 200, 300, 400, 900, None]}
    outcome = done(table, "missing", column="amount", how=how)
    assert outcome.rows["amount"].to_list() == [200, 200, 300, 400, 900, filled]
    assert counted(outcome) == {"changed": [7]}


def test_a_filled_whole_number_is_rounded_half_up():
    assert done({"score": [1, 2, None]}, "missing", column="score", how="mean").rows[
        "score"
    ].to_list() == [1, 2, 2]


def test_an_empty_cell_is_rejected_left_or_given_a_value():
    table = {"channel": ["web", None]}
    gone = done(table, "missing", column="channel")
    assert rejected(gone) == [(3, "", "empty")]
    assert gone.rows["row"].to_list() == [2]
    left = done(table, "missing", column="channel", how="left")
    assert left.rows["channel"].to_list() == ["web", None]
    given = done(table, "missing", column="channel", how="value", value="store")
    assert given.rows["channel"].to_list() == ["web", "store"]
    priced = done({"amount": [100, None]}, "missing", column="amount", how="value", value="2.50")
    assert priced.rows["amount"].to_list() == [100, 250]


def test_neighbours_fill_what_scikit_learn_fills():
    dice = np.random.default_rng(4)
    known = dice.normal(50, [10, 2000, 3], (120, 3))
    known[:, 2] = known[:, 0] / 10 + known[:, 1] / 900 + dice.normal(0, 0.1, 120)
    holes = known.copy()
    holes[dice.random((120, 3)) < 0.1] = np.nan
    table = {
        name: [None if np.isnan(v) else float(v) for v in column]
        for name, column in zip(("age", "income", "spent"), holes.T, strict=True)
    }
    outcome = done(table, "missing", column="spent", how="neighbours", k=4)
    with_spent = holes[~np.isnan(holes[:, 2])]
    scaled = holes / np.append(np.nanstd(with_spent[:, :2], axis=0), 1.0)
    imputed = KNNImputer(n_neighbors=4).fit_transform(scaled)[:, 2]
    lacking = np.isnan(holes[:, 2])
    found = outcome.rows["spent"].to_numpy()
    np.testing.assert_allclose(found, imputed, rtol=1e-9)
    assert np.isnan(holes[:, 2]).sum() == len(outcome.effects[0].rows) == lacking.sum()
    assert np.abs(found - known[:, 2])[lacking].mean() < np.std(known[:, 2]) / 2


def test_exact_repeats_are_left_out_and_genuine_ones_kept_by_default():
    table = {
        "order_id": ["1", "1", "2", "1"],
        WHOLE_ROW: pl.Series([11, 11, 12, 11], dtype=pl.UInt64),
    }
    outcome = done(table, "repeats")
    assert outcome.rows["row"].to_list() == [2, 4]
    assert outcome.repeated.to_list() == [3, 5]
    assert outcome.effects[0].examples[1] == {
        "row": 5, "column": "whole row", "before": "the same as row 2", "after": "not taken again",
    }  # fmt: skip


def test_of_one_key_the_first_or_the_last_row_is_taken():
    table = {"order_id": ["a", "b", "a ", "", "", None], "amount": ["1", "2", "3", "4", "5", "6"]}
    first = done(table, "repeats", by=["order_id"])
    assert first.rows["amount"].to_list() == ["1", "2", "4", "5", "6"]
    last = done(table, "repeats", by=["order_id"], keep="last")
    assert last.rows["amount"].to_list() == ["2", "3", "4", "5", "6"]
    refused = done(table, "repeats", by=["order_id"], then="rejected")
    assert rejected(refused) == [(4, "a ", "the same as row 2")]
    flagged = done(table, "repeats", by=["order_id"], then="flagged")
    assert (flagged.rows.height, counted(flagged)) == (6, {"flagged": [4]})


def test_returns_are_known_by_quantity_prefix_or_a_column_of_the_file():
    table = {
        "order_id": ["C1", "2", "C3", None],
        "quantity": [1.0, -1.0, -2.0, None],
        f"{OWN}Status": ["paid", "paid", "Refunded ", None],
    }
    for given, rows in (
        ({}, [3, 4]),
        ({"by": "prefix"}, [2, 4]),
        ({"by": "column", "column": "Status", "values": ["refunded"]}, [4]),
        ({"by": "column", "column": "Status"}, [2, 3, 4]),
    ):
        outcome = done(table, "returns", **given)
        assert counted(outcome) == {"changed": rows}
        told = outcome.rows.filter(pl.col("returned").fill_null(value=False))
        assert told["row"].to_list() == rows
        left_out = done(table, "returns", then="left out", **given)
        assert [row for row in range(2, 6) if row not in rows] == left_out.rows["row"].to_list()
        reason = "a return or cancellation, left out"
        assert {why for *_, why in rejected(left_out)} == {reason}


def test_customers_who_may_be_one_are_flagged_and_kept():
    table = {
        "customer_id": ["1", "2", "3", "1", "5"],
        "email": ["Ann+shop@x.com", "ann@X.com", "bo@x.com", "ann@x.com", None],
        "phone": ["+49 170 1234567", "(0170) 123 45 67", "12", None, "12"],
        "name": ["Ann Lee", "Bo", "LEE, Ánn", "Ann Lee", "Bo"],
    }
    outcome = done(table, "similar_customers")
    assert outcome.rows["row"].to_list() == [2, 3, 4, 5, 6]
    found = {effect.column: effect.rows.to_list() for effect in outcome.effects}
    assert found == {"email": [3], "phone": [3], "name": [4, 6]}
    assert outcome.effects[0].examples[0]["before"] == "as in row 2"
