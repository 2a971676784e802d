"""The pages about products say what a hand counts, and hold nobody's names from nobody."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from django.test import Client
from django.urls import reverse

from analytics.wanting import Told
from core.models import AuditEntry
from customers.models import Customer
from personas.quality import quality
from personas.wanting_part import _finding, _note
from recommendations.wanting import Wanted, same_products, who_would_want
from runs.services import request
from runs.versions import Fitted, promote, register
from segmentation.models import WorkEntry
from tests.conftest import PASSWORD, person
from tests.shops import corner_shop, daily_shop
from tests.shops.coming_in import bring_in, refreshed
from transactions.models import Product
from transactions.services import update_mirror

pytestmark = pytest.mark.django_db(transaction=True)

LAST = date(2026, 11, 22)
PRODUCTS = """sku,name,department,category
icing-1,Icing,Food,Baking
icing/2,Icing,Food,Baking
cake,Cake mix,Food,Baking
bread,Bread,Food,Bread
<script>,<script>alert(1)</script>,House,Care
milk,Milk,Food,Dairy
"""


def cake_and_icing() -> str:
    """The shop of tests/analytics/test_wanting.py, ending on LAST; 2 and 4 take cake alone."""
    rows = []
    for n in range(27):
        for at in range(2):
            skus = (("icing-1", "icing/2")[at], "cake", "bread")
            rows += [(1, f"a{n}-{at}", n * 10, sku) for sku in skus]
        for customer, sku in ((3, "bread"), (5, "milk"), (6, "milk"), (8, "milk")):
            rows += [(customer, f"{customer}-{n}-{at}", n * 10, sku) for at in range(3)]
    rows += [(2, "b1", 200, "cake"), (2, "b2", 230, "cake"), (4, "d1", 230, "cake")]
    rows += [(9, f"i{n}", 240 + n, sku) for n in range(3) for sku in ("icing-1", "cake")]
    rows += [(7, "s", 265, "<script>")]
    begin = LAST - timedelta(days=265)
    return "customer_id,order_id,occurred_at,sku,amount\n" + "".join(
        f"c{c},{o},{begin + timedelta(days=d)}T10:00:00Z,{sku},2.00\n" for c, o, d, sku in rows
    )


@pytest.fixture
def shop(tmp_path):
    names = "".join(f"c{n},Person {n}\n" for n in range(1, 10))
    bring_in(tmp_path, PRODUCTS, "products")
    bring_in(tmp_path, f"customer_id,name\n{names}", "customers")
    bring_in(tmp_path, cake_and_icing())
    update_mirror()


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def product(sku: str, name: str = "pete"):
    return client_of(name).get(reverse("product", args=[sku]))


def test_two_sizes_of_one_thing_are_one_for_whoever_never_bought_it(shop):
    icing = Product.objects.get(sku="icing/2")
    assert same_products(icing).len() == 2
    found = who_would_want(icing)
    ids = dict(Customer.objects.values_list("pk", "customer_id"))
    assert [ids[pk] for pk in found.customers["customer_pk"]] == ["c2", "c4"]
    assert found.customers["why"].to_list() == ["2 × Cake mix", "1 × Cake mix"]
    assert found.goes_with == ["Cake mix"]
    assert [(t.listed, t.buyers, t.busiest, t.everybody) for t in found.past][0] == (6, 0, 0, 0)


def test_the_page_of_a_product_says_who_would_want_it_and_how_such_lists_did(shop):
    page = product("icing/2").context["page"]
    assert {f["label"]: f["value"] for f in page["figures"]} == {
        "Revenue": "$36", "Orders": "18", "Customers": "1", "Last sold": "17 Nov 2026",
    }  # fmt: skip
    wanting = page["wanting"]
    assert wanting["finding"] == "Icing: of 2 who never bought it, about 0 will in four weeks"
    assert [(r["rank"], r["person"].name, r["why"]) for r in wanting["rows"]] == [
        ("1", "P••• 2•••", "2 × Cake mix"), ("2", "P••• 4•••", "1 × Cake mix"),
    ]  # fmt: skip
    assert not AuditEntry.objects.filter(verb="view_product_customers").exists()


def test_the_api_gives_the_list_of_the_page(shop, api_of, pete, vic):
    client, address = api_of(pete), "/api/v1/products/icing/2/customers/"
    two = {"rank": 1, "customer_id": "c2", "score": 1.99855, "reason": "2 × Cake mix"}
    four = {"rank": 2, "customer_id": "c4", "score": 1.260945, "reason": "1 × Cake mix"}
    assert client.get(address).json() == listed(two, four)
    assert client.get(address, {"k": 1}).json() == listed(two)
    assert client.get(address, {"k": 0}).json() == listed()
    assert client.get("/api/v1/products/none/customers/").status_code == 404
    assert api_of(vic).get(address).status_code == 403


def listed(*results):
    return {"count": len(results), "next": None, "previous": None, "results": list(results)}


def test_what_a_list_will_bring_is_the_share_that_longer_lists_brought():
    past = [
        Told(LAST, listed=200, buyers=buyers, busiest=9, never=300, everybody=30)
        for buyers in (20, 24)
    ]
    customers = pl.DataFrame({"customer_pk": range(50), "score": 1.0, "orders": 1, "why": ""})
    found = Wanted(customers, ["Cake mix"], 300, past)
    assert (
        _finding("Icing", found)
        == "Icing: of 50 who never bought it, about 5 to 6 will in four weeks"
    )
    assert _note(found) == (
        "The last such lists brought 20 of 200, 24 of 200 buyers in 28 days, without an offer;"
        " beside the busiest customers who never had: 9, 9."
    )


def test_names_are_shown_to_whom_may_see_them_and_that_is_written_down(shop, sue):
    rows = product("icing/2", "sue").context["page"]["wanting"]["rows"]
    assert [row["person"].name for row in rows] == ["Person 2", "Person 4"]
    assert AuditEntry.objects.get(verb="view_product_customers").detail == {"shown": 2}


def test_a_viewer_reads_of_the_product_and_of_no_customer(shop):
    answer = product("icing/2", "vic")
    assert answer.status_code == 200
    assert answer.context["page"]["wanting"] == {}
    assert "Who would want it" not in answer.content.decode()


def test_the_list_is_handed_over_as_a_work_list_of_the_same_people(shop):
    refreshed(datetime(2026, 11, 23, tzinfo=UTC))
    page = product("icing/2").context["page"]
    client = client_of("pete")
    form = client.get(page["wanting"]["list_url"])
    assert form.status_code == 200
    answer = client.post(
        reverse("worklists:new"), {"product": "icing/2", "name": "Icing for cake", "ticket": "t"}
    )
    assert answer.status_code == 302
    entries = WorkEntry.objects.order_by("position")
    assert list(entries.values_list("customer__customer_id", flat=True)) == ["c2", "c4"]


def test_a_script_is_a_text_a_slash_is_part_of_a_number_and_a_stranger_is_told(shop):
    shown = product("<script>").content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    listed = client_of("pete").get("/products/").content.decode()
    assert "<script>alert" not in listed
    stranger = product("nothing/here")
    assert stranger.status_code == 404
    assert "There is no product &#x27;nothing/here&#x27;." in stranger.content.decode()


def rows(query: str) -> list[tuple[str, str]]:
    context = client_of("pete").get(f"/products/{query}").context
    return [(row["sku"], row["revenue"]) for row in context.get("rows", [])]


def test_products_are_found_sorted_and_narrowed_by_the_address(shop):
    # From 25 May on 18 times: milk 9 orders, bread 5, cake 2, each icing 1.
    assert rows("") == [
        ("milk", "$324"), ("bread", "$180"), ("cake", "$84"), ("icing-1", "$42"),
        ("icing/2", "$36"), ("<script>", "$2"),
    ]  # fmt: skip
    assert rows("?search=icing&sort=revenue_minor") == [("icing/2", "$36"), ("icing-1", "$42")]
    assert rows("?search=mix+cake") == [("cake", "$84")]
    assert rows("?department=House") == [("<script>", "$2")]
    assert rows("?search=tea") == []
    page = client_of("pete").get("/products/?search=tea").context
    assert page["finding"] == "No product is found for “tea”."
    assert rows("?sort=price") == rows("")
    assert client_of("pete").get("/products/?department=Garden").status_code == 400


def test_the_home_of_the_product_manager_says_what_moves_and_what_goes_together(tmp_path):
    bring_in(tmp_path, daily_shop.PRODUCTS, "products")
    bring_in(tmp_path, daily_shop.order_lines())
    update_mirror()
    home = client_of("pete").get("/").context["home"]
    # On 27 days 3, 8 and 12 instead of 6, 4 and 12: 23 a day for 22.
    assert home.finding == (
        "Tea lost 50 % in four weeks while the 3 largest categories grew by 5 % together."
        " Baking rose most."
    )
    # 138 of six days, beside three weeks of 138 and eight of 132.
    assert home.lede == (
        "Monday 16 November is empty: the last week holds six days. On the other days, revenue is"
        " up 3 %. 84 orders, 84 on the same days of the week before."
    )
    assert [(one["name"], one["change"]) for one in home.multiples] == [
        ("Tea", "↓ 50 %"), ("Baking", "↑ 100 %"),
    ]  # fmt: skip
    assert home.multiples[0]["rows"][-2:] == [("15 Nov 2026", "$21"), ("22 Nov 2026", "$18")]
    assert home.multiples[0]["last"]["css"] == "not-whole"
    # 83 orders with both, 85 with cake mix, of 83 × 14 + 2.
    columns = ("first", "second", "with_first", "both", "share", "lift", "orders")
    assert [tuple(row[name] for name in columns) for row in home.pairs] == [
        ("Icing", "Cake mix", "83", "83", "100", "14", "1,164"),
        ("Cake mix", "Icing", "85", "83", "98", "14", "1,164"),
    ]  # fmt: skip
    assert home.wanting["finding"] == "Icing: 1 customer who never bought it would want it most"
    assert [(r["person"].customer_id, r["why"]) for r in home.wanting["rows"]] == [
        ("c2", "2 × Cake mix")
    ]
    assert home.quality == {}


@pytest.mark.parametrize(
    ("difference", "said"),
    [(0.009, "New items better"), (0.002, "New items a tie"), (-0.009, "New items worse")],
)
def test_a_tie_of_the_recommendations_is_called_a_tie(db, difference, said):
    ours = {
        "method": "promoted", "goal": "discover", "ndcg@10": 0.05, "against": "popular_recent",
        "difference": difference, "paired_standard_error": 0.002, "customers": 1200,
    }  # fmt: skip
    peers = [
        {"method": "popular_recent", "goal": "discover", "ndcg@10": 0.041},
        {"method": "content", "goal": "discover", "ndcg@10": 0.045},
    ]
    run = request(name="train", task="t", arguments={}, send=False)
    as_of = datetime(2026, 11, 23, tzinfo=UTC)
    fitted = Fitted("", "", (), [], evaluation={"rows": [ours, *peers]})
    version = register(name="recommendations", run=run, as_of=as_of, fitted=fitted)
    promote(version=version, verdict="")
    found = quality()
    assert found["finding"] == said
    (goal,) = found["goals"]
    # 1.96 standard errors to either side, beside the method it was compared with.
    assert (goal["theirs"], goal["peer"]) == ("0.041", "popular lately")
    assert goal["span"] == {
        0.009: "+0.005 to +0.013", 0.002: "−0.002 to +0.006", -0.009: "−0.013 to −0.005",
    }[difference]  # fmt: skip


def test_the_home_without_orders_is_that_of_everybody(pete):
    assert client_of("pete").get("/").status_code == 200


def test_a_corner_shop_of_few_weeks_is_told_that_twelve_are_needed(tmp_path):
    bring_in(tmp_path, corner_shop.PRODUCTS, "products")
    bring_in(tmp_path, corner_shop.LINES)
    update_mirror()
    home = client_of("pete").get("/").context["home"]
    assert home.finding == "What is moving stands here once there are twelve weeks of orders."
