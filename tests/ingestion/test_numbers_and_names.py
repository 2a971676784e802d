"""Numbers that can be read in two ways, and columns that are numbers, or ours, already."""

import pytest

from features.models import ImportedFeatures
from ingestion.models import Reject
from ingestion.services import load_file, load_numbered
from ingestion.trials import load_tried
from runs.services import perform
from tests.shops.coming_in import bring_in
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id;occurred_at;quantity;amount\n"
TWO_WAYS = HEADER + "A;2026-01-01;1;1.234\nB;2026-01-01;2;2.500\n"


def test_thousands_or_decimals_is_for_the_mapping_to_say(tmp_path):
    load = bring_in(tmp_path, TWO_WAYS)
    assert (load.run.state, OrderLine.objects.count()) == ("failed", 0)
    assert "amount" in load.run.error
    assert "1.234" in load.run.error
    for sign in (".", ","):
        assert f'{{"options": {{"decimal": "{sign}"}}}}' in load.run.error
    assert "\n" not in load.run.error
    assert load.run.remedy


@pytest.mark.parametrize(("sign", "minor"), [(".", [123, 250]), (",", [123400, 250000])])
def test_a_mapping_that_names_the_sign_decides(tmp_path, sign, minor):
    load = bring_in(tmp_path, TWO_WAYS, mapping={"options": {"decimal": sign}})
    assert (load.loaded, load.rejected) == (2, 0)
    amounts = OrderLine.objects.order_by("amount_minor").values_list("amount_minor", flat=True)
    assert list(amounts) == minor


def test_a_dry_run_shows_the_guess_and_loading_it_confirms_it(tmp_path):
    tried = bring_in(tmp_path, TWO_WAYS, dry_run=True)
    assert (tried.run.state, tried.loaded) == ("succeeded", 2)
    assert "1.234" in tried.notes["guessed"]
    load = load_tried(load=tried, send=False)
    perform(run=load.run, job=load_file)
    assert load_numbered(load.pk).loaded == 2


@pytest.mark.parametrize(
    "rows",
    [
        "A;2026-01-01;1;1.234\nB;2026-01-01;1;2.5\n",
        "A;2026-01-01;1.5;1.234\n",
        "A;2026-01-01;1;1.234\nB;2026-01-01;1;0.500\n",
        "A;2026-01-01;1;1.234\nB;2026-01-01;1;1500\n",
        "A;2026-01-01;1;12\n",
    ],
)
def test_a_file_that_shows_its_sign_is_read(tmp_path, rows):
    load = bring_in(tmp_path, HEADER + rows)
    assert (load.run.error, load.rejected) == ("", 0)


def test_a_file_parted_by_commas_has_decimals_after_the_dot(tmp_path):
    assert bring_in(tmp_path, TWO_WAYS.replace(";", ",")).loaded == 2


def test_amounts_with_a_comma_are_told_the_option(tmp_path):
    load = bring_in(tmp_path, HEADER + "A;2026-01-01;1;0,99\nB;2026-01-01;1;1.200,50\n")
    assert (load.loaded, load.rejected) == (0, 2)
    remedies = set(Reject.objects.values_list("column", "value", "remedy"))
    assert {(column, value) for column, value, _ in remedies} == {
        ("amount", "0,99"),
        ("amount", "1.200,50"),
    }
    assert all('"decimal": ","' in remedy for _, _, remedy in remedies)


def test_one_comma_among_dots_is_a_slip(tmp_path):
    load = bring_in(tmp_path, HEADER + "A;2026-01-01;1;0,99\nB;2026-01-01;1;1.20\n")
    assert load.loaded == 1
    assert Reject.objects.get().remedy == "write an amount like 12.40"


def test_a_feature_that_is_a_number_stays_one(tmp_path):
    bring_in(tmp_path, "customer_id,Age,town\n8,41,x\n", "customer_features")
    text = "customer_id,Age,town\n9,forty,7\n10,52,8\n"
    load = bring_in(tmp_path, text, "customer_features")
    assert (load.loaded, load.rejected) == (1, 1)
    reject = Reject.objects.get()
    assert (reject.row, reject.column, reject.value) == (2, "Age", "forty")
    assert reject.remedy == "write a number like 12.5"
    stored = ImportedFeatures.objects.get(customer__customer_id="10").values
    assert stored["Age"] == 52


def test_a_comma_is_the_sign_of_further_columns_too(tmp_path):
    text = "customer_id;height\nA;1,85\nB;1.001,5\n"
    bring_in(tmp_path, text, "customer_features", mapping={"options": {"decimal": ","}})
    assert ImportedFeatures.objects.get(customer__customer_id="A").values == {"height": 1.85}


def test_what_is_computed_here_is_left_out_and_said(tmp_path):
    names = (
        "rfm_group", "rfm_score", "recency_score", "frequency_score", "monetary_score", "cluster",
        "churn_probability", "churn_decile", "expected_orders", "expected_value",
        "average_order_value", "customer_pk",
    )  # fmt: skip
    text = f"customer_id,{','.join(names)},income,region\nA{',1' * len(names)},10,West\n"
    load = bring_in(tmp_path, text, "customer_features")
    assert set(load.notes["ignored_columns"]) == set(names)
    assert set(load.notes["computed_here"]) == set(names)
    assert ImportedFeatures.objects.get().values == {"income": 10, "region": "West"}


def test_a_refused_load_says_what_to_do(tmp_path):
    load = bring_in(tmp_path, "customer_id,occurred_at,amount\n")
    assert load.run.state == "failed"
    assert load.run.remedy
