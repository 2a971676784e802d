"""`simulate_shop`: its files come in without a reject, and the truth stays apart from them."""

import io
import json
from pathlib import Path

import polars as pl
import pytest
from django.core.management import call_command

from customers.models import Consent, Customer
from ingestion.models import Load, Reject
from ingestion.services import load_file, load_numbered, receive_file
from runs.services import perform
from transactions.models import Order, OrderLine, Product

SIZE = ("--customers", "200", "--lines", "1500", "--seed", "7")


def simulate(out: Path, *words: str) -> dict:
    said = io.StringIO()
    call_command("simulate_shop", *(words or SIZE), "--out", str(out), "--json", stdout=said)
    return json.loads(said.getvalue())


def refused(out: Path, *words: str) -> dict:
    said = io.StringIO()
    with pytest.raises(SystemExit) as ending:
        call_command(
            "simulate_shop", *words, "--out", str(out), "--json", stdout=said, stderr=io.StringIO()
        )
    assert ending.value.code == 1
    return json.loads(said.getvalue())["error"]


def files(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}


def load(path: Path) -> Load:
    found = receive_file(path=path, kind=path.stem, send=False)
    perform(run=found.run, job=load_file)
    return load_numbered(found.pk)


def test_it_answers_with_what_it_wrote(tmp_path):
    answer = simulate(tmp_path)
    lines = pl.read_csv(tmp_path / "order_lines.csv", infer_schema=False)
    assert list(answer) == ["out", "customers", "orders", "lines", "seconds"]
    assert (answer["out"], answer["customers"]) == (str(tmp_path), 200)
    assert answer["lines"] == lines.height
    assert answer["orders"] == lines["order_id"].n_unique()
    assert abs(lines.height - 1500) <= 45
    assert sorted(files(tmp_path)) == [
        "consents.csv", "customers.csv", "events.csv", "feedback.csv", "interactions.csv",
        "order_lines.csv", "products.csv",
        "truth/customers.csv", "truth/products.csv", "truth/segments.json",
    ]  # fmt: skip


def test_the_columns_are_the_generic_ones_and_times_are_local(tmp_path):
    simulate(tmp_path)
    lines = pl.read_csv(tmp_path / "order_lines.csv", infer_schema=False)
    assert lines.columns == [
        "customer_id", "order_id", "line_number", "sku", "occurred_at", "quantity", "amount",
        "discount", "channel", "store", "returned",
    ]  # fmt: skip
    assert lines["occurred_at"].str.contains(r"^2025-\d\d-\d\dT\d\d:\d\d:\d\d$").all()
    returned = lines.filter(returned="true")
    assert returned["quantity"].cast(pl.Int64).max() <= -1
    assert returned["amount"].cast(pl.Float64).max() <= -0.01
    assert lines.filter(pl.col("store").is_null())["channel"].unique().sort().to_list() == [
        "app",
        "web",
    ]


def test_the_same_seed_gives_the_same_files_and_a_future_changes_none_of_the_shops(tmp_path):
    one, two, future = tmp_path / "one", tmp_path / "two", tmp_path / "future"
    simulate(one)
    simulate(two)
    assert files(one) == files(two)
    simulate(future, *SIZE, "--future-days", "30")
    with_future = files(future)
    ahead = pl.read_csv(with_future.pop("truth/future_order_lines.csv"), try_parse_dates=True)
    assert str(ahead["occurred_at"].min())[:7] == "2026-01"
    assert str(ahead["occurred_at"].max())[:10] <= "2026-01-30"
    # Only the options in it tell the two apart.
    assert with_future.pop("truth/segments.json") != (one / "truth/segments.json").read_bytes()
    assert with_future == {k: v for k, v in files(one).items() if k != "truth/segments.json"}


def test_csv_and_parquet_say_the_same(tmp_path):
    simulate(tmp_path / "csv")
    simulate(tmp_path / "parquet", *SIZE, "--format", "parquet")
    for kind in ("order_lines", "products", "customers", "consents", "events", "interactions"):
        columnar = pl.read_parquet(tmp_path / "parquet" / f"{kind}.parquet")
        text = pl.read_csv(tmp_path / "csv" / f"{kind}.csv", try_parse_dates=True)
        assert columnar.equals(text.cast(dict(columnar.schema))), kind


@pytest.mark.django_db(transaction=True)
def test_what_the_key_calls_dirty_is_what_the_load_does_not_take(tmp_path):
    simulate(tmp_path, *SIZE, "--dirt", "0.2")
    key = pl.read_csv(tmp_path / "truth/dirt.csv", infer_schema=False).cast({"row": pl.Int64})
    lines = key.filter(file="order_lines.csv")
    assert sorted(lines["kind"].unique()) == [
        "capitals", "foreign_currency", "formula", "future", "no_number", "no_such_day", "nobody",
        "ragged", "repeated", "same_key", "spaces", "too_large",
    ]  # fmt: skip
    found = load(tmp_path / "order_lines.csv")
    rejected = lines.filter(outcome="rejected")
    assert sorted(set(Reject.objects.values_list("row", flat=True))) == rejected["row"].to_list()
    assert found.rejected == rejected.height
    assert found.duplicate == lines.filter(outcome="duplicate").height
    assert found.read == found.loaded + found.rejected + found.duplicate
    columns = dict(Reject.objects.exclude(column="").values_list("row", "column"))
    told = {
        row: column
        for row, column, kind in rejected.select("row", "column", "kind").iter_rows()
        if kind not in ("ragged", "same_key")
    }
    assert {row: columns[row] for row in told} == told

    simulate(tmp_path / "clean", *SIZE)
    clean = pl.read_csv(tmp_path / "clean/order_lines.csv", infer_schema=False)
    kept = clean.height - rejected.filter(pl.col("kind") != "same_key").height
    assert OrderLine.objects.count() == kept


@pytest.mark.django_db(transaction=True)
def test_a_person_with_two_numbers_shares_address_and_telephone(tmp_path):
    simulate(tmp_path, *SIZE, "--dirt", "0.2")
    key = pl.read_csv(tmp_path / "truth/dirt.csv").filter(kind="same_person")
    people = pl.read_csv(tmp_path / "customers.csv", infer_schema=False)
    assert key.height == 20
    again = people[(key["row"] - 2).to_list()]
    first = people.join(key, left_on="customer_id", right_on="original")
    assert first["phone"].to_list() == again["phone"].to_list()
    assert first["email"].to_list() == again["email"].str.to_lowercase().to_list()
    assert people["email"].str.to_lowercase().n_unique() == people["phone"].n_unique() == 200
    assert load(tmp_path / "customers.csv").rejected == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_every_row_comes_in_and_every_cent_is_accounted_for(tmp_path, form):
    answer = simulate(tmp_path, *SIZE, "--format", form)
    paths = sorted(tmp_path.glob(f"*.{form}"))
    loads = {path.stem: load(path) for path in paths}
    assert list(loads) == [
        "consents", "customers", "events", "feedback", "interactions", "order_lines", "products",
    ]  # fmt: skip
    for found in loads.values():
        assert (found.rejected, found.duplicate, found.identical) == (0, 0, 0)
        assert found.read == found.loaded + found.changed
    assert loads["order_lines"].sums["amount_minor"]["difference"] == 0
    assert loads["order_lines"].loaded == OrderLine.objects.count() == answer["lines"]
    assert Order.objects.count() == answer["orders"]
    assert (Customer.objects.count(), Consent.objects.count()) == (200, 800)
    assert Product.objects.count() == loads["products"].read
    assert not Product.objects.filter(is_placeholder=True).exists()
    path = tmp_path / f"order_lines.{form}"
    lines = pl.read_csv(path) if form == "csv" else pl.read_parquet(path)
    assert OrderLine.objects.filter(returned=True).count() == lines["returned"].sum()


def test_the_truth_names_every_customer_product_and_segment(tmp_path):
    simulate(tmp_path)
    customers = pl.read_csv(tmp_path / "truth/customers.csv", try_parse_dates=True)
    lines = pl.read_csv(tmp_path / "order_lines.csv", try_parse_dates=True)
    bought = lines.filter(~pl.col("returned")).group_by("customer_id")
    last = customers.join(
        bought.agg(pl.col("occurred_at").max(), pl.col("order_id").n_unique().alias("orders")),
        on="customer_id",
        how="left",
    )
    assert last["purchases"].to_list() == last["orders"].fill_null(0).to_list()
    gone = last.filter(pl.col("dropped_at").is_not_null())
    assert gone["dropped_at"].to_list() == gone["occurred_at"].to_list()
    assert not gone["alive_at_end"].any()
    assert gone["oracle_churn_28d"].unique().to_list() == [1.0]
    told = json.loads((tmp_path / "truth/segments.json").read_text())
    assert {each["name"]: each["customers"] for each in told["segments"]} == dict(
        customers["segment"].value_counts().iter_rows()
    )
    products = pl.read_csv(tmp_path / "truth/products.csv")
    assert products["sku"].to_list() == pl.read_csv(tmp_path / "products.csv")["sku"].to_list()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--customers", "0", "--lines", "10"), "A shop has at least 1 customer, not 0."),
        (("--customers", "-5", "--lines", "10"), "A shop has at least 1 customer, not -5."),
        (
            ("--customers", "2000", "--lines", "2000"),
            "2,000 customers have at least 3,000 order lines, not 2000.",
        ),
        (("--customers", "10", "--lines", "-1"), "10 customers have at least 15 order lines"),
        (("--customers", "9", "--lines", "99", "--days", "0"), "A history has 7 to 3,650 days"),
        (("--customers", "9", "--lines", "99", "--future-days", "-1"), "The future has 0 to"),
        (
            ("--customers", "9", "--lines", "99", "--campaigns", "52"),
            "A history of 365 days has 0 to 51 campaigns, not 52.",
        ),
        (("--customers", "9", "--lines", "99", "--dirt", "0.5"), "Dirt is a share from 0 to 0.4"),
        (
            ("--customers", "9", "--lines", "99", "--dirt", "0.1", "--format", "parquet"),
            "Only texts can be dirty",
        ),
        (
            ("--customers", "9", "--lines", "99", "--days", "7", "--campaigns", "-1"),
            "A history of 7 days has 0 to 0 campaigns, not -1.",
        ),
    ],
)
def test_nonsense_is_refused_in_words_and_nothing_is_written(tmp_path, words, said):
    error = refused(tmp_path / "out", *words, "--seed", "1")
    assert (error["code"], said in error["message"]) == ("not_a_shop", True)
    assert not (tmp_path / "out").exists()
    assert "A seed is 0 or more" in refused(tmp_path / "out", *SIZE[:4], "--seed", "-1")["message"]


def test_a_simulation_goes_over_an_earlier_one_and_over_nothing_else(tmp_path):
    words = ("--format", "parquet", "--future-days", "9", "--campaigns", "2")
    simulate(tmp_path, *SIZE, *words)
    (tmp_path / "notes.txt").write_text("mine")
    simulate(tmp_path)
    assert [name for name in files(tmp_path) if "parquet" in name or "future" in name] == []
    assert [name for name in files(tmp_path) if "campaign" in name or "outcome" in name] == []
    assert (tmp_path / "notes.txt").read_text() == "mine"
    real = tmp_path / "real"
    real.mkdir()
    (real / "order_lines.csv").write_text("a shop's own")
    assert "was not simulated and stays" in refused(real, *SIZE)["message"]
    assert files(real) == {"order_lines.csv": b"a shop's own"}
    assert "is a file; name a folder" in refused(real / "order_lines.csv", *SIZE)["message"]
