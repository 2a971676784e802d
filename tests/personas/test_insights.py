"""The insight pages say what a hand counts, of the days, products and customers asked for."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from core.services import configure_organisation
from customers.models import Customer, Feedback
from pipelines.erasure import erase, request_erasure
from runs.services import perform
from segmentation.services import create_segment
from tests.conftest import PASSWORD, person
from tests.shops import corner_shop
from tests.shops.coming_in import bring_in, refreshed
from transactions.kept import kept_table
from transactions.services import update_mirror
from transactions.together import Item, customer_months, pairs

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = datetime(2026, 4, 21, tzinfo=UTC)
PAGES = ("retention", "times", "together", "places", "concentration", "feedback")


@pytest.fixture
def shop(tmp_path):
    configure_organisation(time_zone=corner_shop.TIME_ZONE, currency=corner_shop.CURRENCY)
    bring_in(tmp_path, corner_shop.PRODUCTS, "products")
    load = bring_in(tmp_path, corner_shop.LINES)
    update_mirror()
    return load


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def page(address: str, name: str = "pete") -> dict:
    answer = client_of(name).get(f"/insights/{address}")
    assert answer.status_code == 200
    return answer.context


def test_who_comes_back_is_counted_by_the_month_of_the_first_order(shop):
    found = page("retention/")
    cells = {
        row["month"]: [(c["share"], c["count"]) for c in row["cells"]] for row in found["rows"]
    }
    assert cells == {
        "Jan 2026": [("100", "2"), ("50", "1"), ("100", "2"), ("50", "1")],
        "Feb 2026": [("100", "1"), ("0", "0"), ("100", "1")],
        "Mar 2026": [("100", "1"), ("0", "0")],
    }
    # 20 April is not the end of April.
    assert [row["cells"][-1]["note"] for row in found["rows"]] == ["not over yet"] * 3
    assert [row["cells"][0]["note"] for row in found["rows"]] == [""] * 3


def test_the_hours_of_a_week_are_by_the_shops_clock_and_per_open_day(shop):
    found = page("times/")
    rows = {row["name"]: row for row in found["weekdays"]}
    # Mondays: 5 January, 9 March, 20 April; Tuesdays: 6 January, 3 and 10 February, 3 March,
    # 7 April.
    told = [tuple(rows[d][k] for k in ("days", "orders", "a_day")) for d in ("Monday", "Tuesday")]
    assert told == [(3, "3", "1.0"), (5, "5", "1.0")]
    assert rows["Sunday"]["orders"] == "0"
    hours = dict(zip(found["heat"]["hours"], found["heat"]["rows"][1]["cells"], strict=True))
    # On Tuesdays: 0:30 (o3), 11:00 (o4, o5), 12:00 in summer (o10), 18:30 (o2).
    assert {h: c["text"] for h, c in hours.items() if c["text"]} == {
        "0": "0.2", "11": "0.4", "12": "0.2", "18": "0.2",
    }  # fmt: skip
    months = [(r["name"], r["orders"], r["revenue"], r["part"]) for r in found["months"]["rows"]]
    assert months == [
        ("January 2026", "2", "€9", "27 of 31 days"), ("February 2026", "2", "€12", ""),
        ("March 2026", "3", "€9", ""), ("April 2026", "2", "€14", "20 of 30 days"),
    ]  # fmt: skip


def test_filters_narrow_days_products_and_customers(shop, ann):
    def orders(address: str) -> list[str]:
        return [row["orders"] for row in page(address).get("months", {"rows": []})["rows"]]

    assert orders("times/?from=2026-02-01&to=2026-03-03") == ["2", "1"]
    assert orders("times/?department=Food") == ["2", "1", "3", "1"]
    assert orders("times/?category=Bread") == ["1", "2"]
    assert orders("times/?weeks=4") == ["2"]
    refreshed(AS_OF)
    create_segment(name="Spenders", definition=_spent_at_least(18), actor=ann)
    # a spent 11, b 10, c 22, d 1.
    assert orders("times/?segment=spenders") == ["1", "1"]
    assert page("times/?segment=spenders")["months"]["rows"][0]["revenue"] == "€10"
    assert [row["size"] for row in page("retention/?segment=spenders")["rows"]] == ["1"]


def _spent_at_least(value: int) -> dict:
    return {"feature": "purchase_monetary_value", "op": ">=", "value": value}


def test_channels_and_stores_stand_beside_each_other(shop):
    found = page("places/?weeks=all")
    assert [(r["name"], r["orders"], r["revenue"], r["share"]) for r in found["channels"]] == [
        ("store", "5", "€33", "75"), ("web", "4", "€11", "25"),
    ]  # fmt: skip
    assert found["finding"] == "store brings 75 of 100 in revenue."
    assert [row["each"] for row in found["stores"]] == ["€6.60", "€2.75"]
    other = page("places/?weeks=all&sort=each")
    assert [row["name"] for row in other["stores"]] == ["north", "south"]


def test_what_goes_together_is_more_than_chance(tmp_path):
    bring_in(tmp_path, "sku,name\ncake,Cake\nicing,Icing\nbread,Bread\n", "products")
    bring_in(tmp_path, baskets())
    update_mirror()
    found = page("together/?weeks=all&lift=1")
    # 30 of 400 orders hold both, 40 the first and 50 the second.
    columns = ("first", "second", "with_first", "both", "share", "every", "lift")
    assert [tuple(row[k] for k in columns) for row in found["rows"]] == [
        ("Cake", "Icing", "40", "30", "75", "12.5", "6.0"),
        ("Icing", "Cake", "50", "30", "60", "10.0", "6.0"),
    ]  # fmt: skip
    assert found["finding"] == "75 of 100 orders with Cake also take Icing."
    assert page("together/?lift=10")["empty"] == "No pair is left"
    assert page("together/?lift=1&with=bread")["finding"].startswith("Nothing goes with “bread”")


def baskets() -> str:
    kinds = [("cake", "icing", "bread")] * 30 + [("cake", "bread")] * 10
    kinds += [("icing", "bread")] * 20 + [("bread",)] * 340
    rows = [
        f"c{n % 50},o{n},2026-03-{1 + n % 28:02}T10:00:00Z,{sku},1.00\n"
        for n, skus in enumerate(kinds)
        for sku in skus
    ]
    return "customer_id,order_id,occurred_at,sku,amount\n" + "".join(rows)


def test_the_largest_spenders_bring_most(tmp_path):
    lines = [f"c{n},o{n},2026-03-01T10:00:00Z,{100 if n < 2 else 10}.00\n" for n in range(20)]
    bring_in(tmp_path, "customer_id,order_id,occurred_at,amount\n" + "".join(lines))
    update_mirror()
    found = page("concentration/")
    # 2 of 20 spent 100, the others 10: 4 bring 220 of 380.
    assert found["finding"] == "The 20 of 100 customers who spend most bring 58 of 100 in revenue."
    assert [(t["customers"], t["revenue"], t["least"]) for t in found["tops"]] == [
        ("1", "$100", "$100"), ("1", "$100", "$100"), ("2", "$200", "$100"), ("4", "$220", "$10"),
        ("10", "$280", "$10"),
    ]  # fmt: skip


def test_few_customers_have_no_shares_of_a_hundred(shop):
    assert page("concentration/")["finding"] == (
        "4 customers bought in these days: too few to compare."
    )


def test_what_customers_say_has_an_interval_and_tells_what_is_made_up(shop):
    of = {c.customer_id: c for c in Customer.objects.all()}
    # Midnight in Berlin: the second answer is of March.
    for customer, score, at in (
        ("a", 10, "2026-02-10T12:00Z"), ("b", 3, "2026-02-28T23:30Z"),
        ("c", 8, "2026-03-05T12:00Z"),
    ):  # fmt: skip
        Feedback.objects.create(
            customer=of[customer], kind="nps", score=score, at=at, is_synthetic=True, load_id=1
        )
    found = page("feedback/")
    (survey,) = found["surveys"]
    assert [(r["month"], r["value"], r["answers"], r["few"]) for r in survey["rows"]] == [
        ("February 2026", "100", "1", True), ("March 2026", "−50", "2", True),
    ]  # fmt: skip
    # One promoter, one passive, one detractor: 0 ± 1.96 × √(3.5/6 ÷ 6) × 100.
    assert found["finding"] == "The net promoter score is +0 (−61 to +61)."
    assert found["made_up"]
    assert "made up" in client_of("vic").get("/insights/feedback/").content.decode()


def test_a_shop_without_orders_is_told_what_will_stand_here(pete):
    client = client_of("pete")
    for name in PAGES:
        answer = client.get(f"/insights/{name}/")
        assert answer.status_code == 200
        assert "stand" in answer.context["empty"]
        assert answer.context["filters"] == {}


@pytest.mark.parametrize(
    ("query", "status"),
    [("weeks=9", 400), ("from=yesterday", 400), ("from=2026-04-02&to=2026-01-01", 400),
     ("segment=nobody", 404)],
)  # fmt: skip
def test_what_cannot_be_filtered_by_is_refused_in_words(shop, query, status):
    client = client_of("pete")
    for name in PAGES:
        # Pairs are kept for the usual periods of everybody: other words of its address are not its.
        usual = name == "together" and query != "weeks=9"
        assert client.get(f"/insights/{name}/?{query}").status_code == (200 if usual else status)


def test_a_refused_filter_leaves_the_page_and_its_filters_to_set_it_right(shop):
    answer = client_of("pete").get("/insights/times/?from=2026-04-02&to=2026-01-01")
    assert answer.status_code == 400
    assert answer.context["refusal"] == (
        "2026-04-02 does not lie before the last day. Choose an earlier first day."
    )
    assert answer.context["finding"] == page("times/")["finding"]
    assert answer.context["filters"] == page("times/")["filters"]
    assert answer.context["refusal"] in answer.content.decode()


def test_a_department_written_in_capitals_is_offered_as_people_write_it(shop, tmp_path):
    told = "sku,name,department\nx,Tea,DRY GOODS\n"
    bring_in(tmp_path, told, "products")
    update_mirror()
    found = page("times/?department=DRY%20GOODS")
    offered = found["filters"]["selects"][0]["options"]
    assert {"value": "DRY GOODS", "label": "Dry goods", "chosen": True} in offered


def test_what_is_kept_goes_with_the_person_it_was_made_of(shop, settings):
    folder = settings.CBA_HOME / "mirror" / "kept"
    before = set(folder.glob("*.arrow"))
    page("times/?department=House")
    page("concentration/")
    assert customer_months().height == 9
    old = set(folder.glob("*.arrow")) - before
    assert len(old) == 3
    run = request_erasure(customer_id="c", send=False)
    assert perform(run=run, job=erase).error == ""
    assert not any(path.exists() for path in old)
    assert page("times/?department=House")["finding"] == "Nothing was bought in these days."
    assert customer_months().height == 7


def test_what_is_kept_is_worked_out_once_a_state(shop, tmp_path):
    asked = []

    def work():
        asked.append(1)
        return customer_months()

    first, again = kept_table("test", work), kept_table("test", work)
    assert (first.equals(again), len(asked)) == (True, 1)
    bring_in(tmp_path, corner_shop.HEADER + "e,o50,1,2026-04-20T10:00:00Z,milk,1,1,,,\n")
    update_mirror()
    assert kept_table("test", work).height == first.height + 1
    assert len(asked) == 2


def test_pairs_of_no_orders_are_none(transactional_db):
    assert pairs(Item.NAME, date(2026, 1, 1), date(2026, 2, 1)).height == 0
