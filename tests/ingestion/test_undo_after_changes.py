"""Undo is refused when a later load changed what a load brought in; repeats name the file's key."""

import pytest

from core.errors import Conflict
from customers.models import Customer
from features.models import ImportedFeatures
from ingestion.models import Reject
from ingestion.services import load_numbered, request_undo, undo_load
from runs.services import perform
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.models import Product

pytestmark = pytest.mark.django_db(transaction=True)

LINES = "customer_id,order_id,occurred_at,sku,amount\nnewc,o1,2026-02-01,p1,1\n"
CONSENTS = "customer_id,channel,granted,at\nnewc,email,yes,2026-01-01\n"
FEATURES = "customer_id,age\nnewc,41\n"
PEOPLE = "customer_id,name,region\nnewc,Mara Klein,West\n"
PRODUCTS = "sku,name\np1,Milk\n"


@pytest.mark.parametrize(
    ("kind", "text", "later_kind", "later", "words"),
    [
        ("order_lines", LINES, "customers", PEOPLE, "changed 1 of the customers"),
        ("order_lines", LINES, "products", PRODUCTS, "changed 1 of the products"),
        ("consents", CONSENTS, "customers", PEOPLE, "changed 1 of the customers"),
        ("consents", CONSENTS, "consents", CONSENTS.replace("yes", "no"), "changed 1 of its rows"),
        ("customer_features", FEATURES, "customers", PEOPLE, "changed 1 of the customers"),
        ("customer_features", FEATURES, "customer_features", "customer_id,income\nnewc,9\n",
         "changed 1 of its rows"),
        ("products", PRODUCTS, "products", "sku,name\np1,Oat milk\n", "changed 1 of its rows"),
        ("customers", PEOPLE, "customers", PEOPLE.replace("West", "East"), "changed 1 of its rows"),
    ],
)  # fmt: skip
def test_what_a_later_load_changed_holds_an_undo(tmp_path, kind, text, later_kind, later, words):
    first = bring_in(tmp_path, text, kind)
    second = bring_in(tmp_path, later, later_kind)
    assert (first.loaded, second.changed) == (1, 1)
    before = checksums()
    with pytest.raises(Conflict, match=words):
        request_undo(load=first)
    assert checksums() == before


def test_what_a_later_load_only_repeats_holds_nothing(tmp_path):
    first = bring_in(tmp_path, LINES)
    bring_in(tmp_path, LINES)
    run = perform(run=request_undo(load=load_numbered(first.pk), send=False), job=undo_load)
    assert run.result["restored"]["customers_customer"] == 1
    assert (Customer.objects.count(), Product.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "text", "column", "value"),
    [
        ("order_lines", "customer_id,order_id,line_number,occurred_at,amount\n"
         "A,o1,7,2026-02-01,1\nA,o1,7,2026-02-01,2\n", "line_number", "7"),
        ("customer_features", "customer_id,age\nA,41\nA,42\n", "customer_id", "A"),
        ("customers", "customer_id,region\nA,West\nA,East\n", "customer_id", "A"),
        ("products", "sku,name\np1,Milk\np1,Oats\n", "sku", "p1"),
        ("consents", CONSENTS + "newc,email,no,2026-01-01\n", "customer_id", "newc"),
    ],
)  # fmt: skip
def test_a_conflicting_repeat_names_the_key_as_the_file_has_it(tmp_path, kind, text, column, value):
    load = bring_in(tmp_path, text, kind)
    assert (load.loaded, load.rejected) == (1, 1)
    assert list(Reject.objects.values_list("row", "column", "value")) == [(3, column, value)]


def values() -> dict:
    return ImportedFeatures.objects.get().values


def test_a_file_with_other_columns_adds_its_values(tmp_path):
    bring_in(tmp_path, "customer_id,age,city\nA,41,Bonn\n", "customer_features")
    second = bring_in(tmp_path, "customer_id,income,city\nA,900,\n", "customer_features")
    assert (second.changed, second.identical) == (1, 0)
    assert values() == {"age": 41, "city": "Bonn", "income": 900}
    third = bring_in(tmp_path, "customer_id,age,income\nA,,900\n", "customer_features")
    assert (third.changed, third.identical) == (0, 1)
    fourth = bring_in(tmp_path, "customer_id,age\nA,42\n", "customer_features")
    assert (fourth.changed, fourth.identical) == (1, 0)
    assert values() == {"age": 42, "city": "Bonn", "income": 900}
    perform(run=request_undo(load=fourth, send=False), job=undo_load)
    assert values() == {"age": 41, "city": "Bonn", "income": 900}
