"""Finding anything: what each role may see, and nothing more."""

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign
from core.models import AuditEntry
from core.once import one_moment
from customers import erased
from customers.models import Customer
from personas.search.everything import search
from segmentation.models import Segment
from tests.shops.coming_in import bring_in
from transactions.models import MirrorFile, Product
from transactions.services import update_mirror

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = """customer_id,name,email,phone
A,Johanna Müller,johanna@home.example,+49 30 1
B,John Mueller,john@home.example,+49 30 2
C,Ali Johnson,ali@home.example,+49 30 3
"""
PRODUCTS = """sku,name,category,brand
p1,Green tea,TEA,Leaf
p2,<script>alert(1)</script>,TEA,Leaf
p10,Green tea,TEA,Other
"""


def found(text, user) -> dict[str, list[str]]:
    return {part.title: [hit.label for hit in part.hits] for part in search(text, user).parts}


def named(count: int) -> list[Segment]:
    return Segment.objects.bulk_create(
        Segment(slug=f"tea-{n}", name=f"Tea lovers {n:05}", kind="rule", definition={"all": []})
        for n in range(count)
    )


@pytest.fixture
def people(tmp_path):
    bring_in(tmp_path, PEOPLE, "customers")


@pytest.fixture
def shelf(tmp_path):
    bring_in(tmp_path, PRODUCTS, "products")
    update_mirror()
    Segment.objects.create(slug="at-risk", name="At risk", kind="rfm", definition={"all": []})


def test_a_customer_is_found_by_number_name_and_email_and_the_look_is_audited(people, sue):
    assert found("A", sue)["Customers"] == ["Johanna Müller"]
    assert found("johanna@home.example", sue)["Customers"] == ["Johanna Müller"]
    assert found("müller JOHANNA", sue)["Customers"] == ["Johanna Müller"]
    looks = AuditEntry.objects.filter(verb="search_customers")
    assert [(look.actor_label, look.detail) for look in looks] == [("sue", {"shown": 1})] * 3


def test_a_name_is_found_while_it_is_typed(people, sue):
    assert found("joh", sue)["Customers"] == ["Johanna Müller", "John Mueller", "Ali Johnson"]
    assert found("johan", sue)["Customers"] == ["Johanna Müller"]
    assert found("johns", sue)["Customers"] == ["Ali Johnson"]
    assert found("john muel", sue)["Customers"] == ["John Mueller"]
    assert "Customers" not in found("johx", sue)


def test_without_names_a_customer_is_found_by_number_only_and_shown_masked(people, mara):
    assert found("A", mara)["Customers"] == ["J••• M•••"]
    assert found("johanna", mara) == {}
    assert found("johanna@home.example", mara) == {}
    assert not AuditEntry.objects.filter(verb="search_customers").exists()


def test_who_may_not_see_customers_finds_none(people, vic, ada):
    for user in (vic, ada):
        assert "Customers" not in found("A", user)
        assert found("johanna", user) == {}


def test_a_search_that_finds_nobody_unmasks_nobody(people, sue):
    assert found("Kumquat", sue) == {}
    assert not AuditEntry.objects.filter(verb="search_customers").exists()


def test_products_named_alike_are_one_hit_and_a_script_stays_a_text(shelf, client, pete):
    assert found("green", pete)["Products"] == ["Green tea"]
    assert found("p10", pete)["Products"] == ["Green tea"]
    assert found("leaf tea", pete)["Products"] == ["<script>alert(1)</script>", "Green tea"]
    client.force_login(pete)
    page = client.get(reverse("search"), {"q": "<script>"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    shown = client.get(reverse("product", args=["p2"]))
    assert shown.status_code == 200
    assert "<script>alert" not in shown.content.decode()


def test_products_are_answered_before_the_first_mirror_and_for_an_empty_shop(pete):
    Product.objects.create(sku="p1", name="Green tea", load_id=1)
    assert not MirrorFile.objects.exists()
    assert "Products" not in found("green", pete)


def test_a_segment_leads_where_the_role_may_go(shelf, mara, vic):
    named(1)
    hits = {hit.label: hit.url for part in search("at risk", mara).parts for hit in part.hits}
    assert hits["At risk"] == "/segments/at-risk/"
    hits = {hit.label: hit.url for part in search("at risk", vic).parts for hit in part.hits}
    assert hits == {"At risk": "/segments/?kind=rfm"}
    assert found("tea lovers", mara)["Segments"] == ["Tea lovers 00000"]
    assert found("tea lovers", vic) == {}


def test_of_ten_thousand_segments_six_are_shown_and_the_exact_one_is_first(mara):
    named(10_000)
    part = search("tea lovers", mara).parts[0]
    assert [hit.label for hit in part.hits] == [f"Tea lovers {n:05}" for n in range(6)]
    assert part.more == "There are more: type more of the name."
    assert search("Tea lovers", mara).finding == ("“Tea lovers” is found in 6 or more segments.")
    assert found("Tea lovers 09999", mara)["Segments"] == ["Tea lovers 09999"]


def test_the_number_of_queries_is_the_same_for_many(shelf, django_assert_num_queries, sue):
    def teas(first: int, last: int) -> None:
        Segment.objects.bulk_create(
            Segment(slug=f"tea-{n}", name=f"Tea {n}", kind="rule", definition={"all": []})
            for n in range(first, last)
        )
        Customer.objects.bulk_create(
            Customer(customer_id=f"tea{n}", load_id=1) for n in range(first, last)
        )

    teas(0, 10)
    with one_moment(), django_assert_num_queries(7):
        search("tea", sue)
    teas(10, 10_000)
    with one_moment(), django_assert_num_queries(7):
        search("tea", sue)


def test_campaigns_are_found_by_name_and_goal(mara, vic):
    Campaign.objects.create(
        slug="x", name="Win back", goal="fewer silent", definition={}, channel="email",
        horizon_days=28, salt="s",
    )  # fmt: skip
    assert found("win", mara)["Campaigns"] == ["Win back"]
    assert found("silent", vic)["Campaigns"] == ["Win back"]


def test_pages_and_verbs_are_those_of_the_role(mara, vic, ann):
    assert found("audience", mara)["Pages and what you can do"] == ["Build an audience"]
    assert found("audience", vic) == {}
    assert found("upload", ann) == {"Pages and what you can do": ["Bring in a file"]}
    assert found("upload", mara) == {}


def test_with_nothing_typed_the_role_is_told_what_it_can_do(vic):
    assert found("  ", vic) == {
        "What you can do": [
            "See who moved between groups",
            "Read how campaigns ended",
            "See how good the predictions are",
            "Look up how a figure is computed",
            "Get help",
        ]
    }


def test_a_search_that_finds_nothing_says_what_can_be_searched(client, mara, vic, sue):
    assert search("kumquat", sue).lede == (
        "Customers by number, name, e-mail or telephone, products by number, name or category,"
        " segments and campaigns by name, and pages."
    )
    assert search("kumquat", mara).lede.startswith(
        "Customers by number (names are masked for your role), products"
    )
    assert search("kumquat", vic).lede.startswith("Products by number")
    client.force_login(vic)
    page = client.get(reverse("search"), {"q": "kumquat"}).content.decode()
    assert "Nothing is found for “kumquat”." in page
    assert 'href="/segments/"' in page


def test_that_a_number_was_erased_is_said_to_who_erases_and_to_nobody_else(ada, sue, vic):
    erased.add("00472", at=timezone.now())
    assert search("00472", ada).finding.startswith("Whoever had this number was erased on ")
    for user in (sue, vic):
        assert search("00472", user).finding == "Nothing is found for “00472”."
    assert search("00473", ada).finding == "Nothing is found for “00473”."


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", "a" * 5000, "ﬀ", "İ", "(", "*"])
def test_no_text_breaks_a_search(client, people, shelf, sue, text):
    client.force_login(sue)
    assert client.get(reverse("search"), {"q": text}).status_code == 200


def test_the_palette_gets_the_list_alone(client, shelf, mara):
    client.force_login(mara)
    answer = client.get(reverse("search"), {"q": "at risk"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "<html" not in page
    assert "Enter opens At risk." in page
    assert '<a class="hit" href="/segments/at-risk/">' in page


def test_a_product_says_who_would_want_it_only_to_who_may_see_customers(client, shelf, vic, mara):
    client.force_login(vic)
    assert "would want it" not in client.get("/products/p1/").content.decode()
    assert client.get("/products/nothing/").status_code == 404
    client.force_login(mara)
    page = client.get("/products/p1/").content.decode()
    assert "too few orders to say who would want it" in page
    assert "too few baskets to say what goes with it" in page


def test_the_finding_says_how_many_of_each_kind(shelf, people, sue):
    named(2)
    assert search("tea", sue).finding == "“tea” is found in 2 segments and 2 products."
    assert search("A", sue).finding == ("“A” is found in 1 customer and 4 pages.")
