"""Rules about purchases find whom plain Python finds over the record."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from customers.models import Customer
from ingestion.services import load_numbered, request_undo, undo_load
from pipelines.services import update_customers
from runs.services import perform, request
from segmentation.frames import members
from segmentation.rules import BadRule
from segmentation.selectors import preview
from segmentation.services import create_segment
from tests.shops.coming_in import bring_in, refreshed
from transactions.models import OrderLine
from transactions.services import update_mirror

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEADER = "customer_id,order_id,line_number,occurred_at,sku,quantity,amount,returned\n"
PRODUCTS = """sku,name,department,category,brand
p1,Green tea,Drinks,TEA,Leaf
p2,Black tea,Drinks,TEA,Own
p3,Coffee,Drinks,COFFEE,Own
p4,Soap,Home,SOAP,Own
"""


def purchase(days: int, at_least: int = 1, **where: str) -> dict:
    return {"event": "purchase", "where": where, "at_least": at_least, "within_days": days}


def lines(seed: int) -> str:
    """Orders of one to four lines, some returned or of no quantity, some after AS_OF."""
    draw = random.Random(seed)
    rows = []
    for order in range(60):
        at = AS_OF - timedelta(hours=draw.randint(-30, 24 * 20))
        who = draw.choice("ABCDEF")
        rows += [
            f"{who},{seed}-{order},{n},{at.isoformat()},p{draw.randint(1, 5)},"
            f"{draw.choice([0, 1, 1, 2])},1,{draw.choice(['no', 'no', 'yes'])}"
            for n in range(draw.randint(1, 4))
        ]
    return HEADER + "\n".join(rows) + "\n"


def found(rule: dict) -> list[str]:
    pks = members(rule).collect()["customer_pk"].to_list()
    return sorted(Customer.objects.filter(pk__in=pks).values_list("customer_id", flat=True))


def by_hand(days: int, at_least: int, **where: str) -> list[str]:
    """Plain Python over the rows of the record."""
    orders = defaultdict(set)
    for line in OrderLine.objects.select_related("order__customer", "product"):
        inside = AS_OF - timedelta(days=days) <= line.order.occurred_at < AS_OF
        fits = all(getattr(line.product, name) == value for name, value in where.items())
        if inside and fits and line.quantity > 0 and not line.returned:
            orders[line.order.customer.customer_id].add(line.order_id)
    return sorted(who for who, theirs in orders.items() if len(theirs) >= at_least)


def equal_to_the_record() -> None:
    kinds = [{}, {"category": "TEA"}, {"department": "Drinks"}, {"brand": "Own"},
             {"category": "TEA", "brand": "Own"}]  # fmt: skip
    for where in kinds:
        for days in (1, 3, 10, 400):
            for at_least in (1, 2, 4):
                assert found(purchase(days, at_least, **where)) == by_hand(days, at_least, **where)


def test_events_are_those_of_the_record_after_loads_and_after_an_undo(tmp_path):
    bring_in(tmp_path, PRODUCTS, "products")
    bring_in(tmp_path, lines(1))
    refreshed(AS_OF)
    equal_to_the_record()
    second = bring_in(tmp_path, lines(2))
    update_mirror()
    equal_to_the_record()
    perform(run=request_undo(load=load_numbered(second.pk), send=False), job=undo_load)
    update_mirror()
    equal_to_the_record()
    bring_in(tmp_path, PRODUCTS.replace("Coffee,Drinks,COFFEE", "Coffee,Drinks,TEA"), "products")
    update_mirror()
    equal_to_the_record()


@pytest.fixture
def tea_shop(tmp_path):
    bring_in(tmp_path, PRODUCTS, "products")
    rows = "A,o1,1,2026-02-20,p1,1,5,no\nA,o1,2,2026-02-20,p2,1,5,no\nB,o2,1,2026-02-20,p4,1,9,no\n"
    bring_in(tmp_path, HEADER + rows)
    refreshed(AS_OF)


def test_an_order_of_two_teas_is_one_purchase(tea_shop):
    assert found(purchase(30, 1, category="TEA")) == ["A"]
    assert found(purchase(30, 2, category="TEA")) == []
    tea = purchase(30, 1, category="TEA")
    assert found({"all": [{"not": tea}, purchase(30, 1, brand="Own")]}) == ["B"]


def test_a_preview_and_a_segment_know_events(tea_shop, mara):
    tea = purchase(30, 1, category="TEA")
    assert (preview(tea)["total"], preview(tea)["revenue"]) == (1, 10.0)
    assert create_segment(name="Tea", definition=tea, actor=mara).size == 1


def test_an_unknown_category_names_the_nearest(tea_shop):
    with pytest.raises(BadRule, match=r"No product has the category 'TEE'. Did you mean TEA\?"):
        members(purchase(30, 1, category="TEE"))


def test_a_new_order_of_the_delta_counts_at_once(tea_shop, tmp_path):
    at = timezone.now() - timedelta(minutes=1)
    load = bring_in(tmp_path, HEADER + f"B,o3,1,{at.isoformat()},p1,1,5,no\n")
    assert found(purchase(30, 1, category="TEA")) == ["A"]
    pks = load.run.result["customers"]
    run = request(name="update_customers", task="t", arguments={"customers": pks}, send=False)
    assert perform(run=run, job=update_customers).error == ""
    assert found(purchase(30, 1, category="TEA")) == ["A", "B"]
