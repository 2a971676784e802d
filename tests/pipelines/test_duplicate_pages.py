"""The pages of possible duplicates: what they say, to whom, and who may decide."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from core.models import AuditEntry
from customers.finding import propose
from customers.identity_models import Alias, Duplicate
from customers.models import Customer
from runs.models import Run
from tests.shops import same_people as shop
from tests.shops.coming_in import bring_in
from transactions.models import Order

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def pair(tmp_path):
    bring_in(tmp_path, shop.CUSTOMERS, "customers")
    bring_in(tmp_path, shop.ORDER_LINES)
    propose(at=NOW)
    return Duplicate.objects.get(first__customer_id="A")


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_the_list_says_by_what_and_what_speaks_against_it(pair, sue):
    told = text(as_(sue).get("/duplicates/"))
    assert "3 pairs of customers may be one person." in told
    assert "the same e-mail address anna@example.com" in told
    assert "two birth dates, two names, two e-mail" not in told
    assert "two birth dates, two names" in told
    assert "2 and 2" in told
    assert AuditEntry.objects.filter(verb="view_duplicates").count() == 1


def test_who_may_not_see_personal_data_sees_that_something_is_the_same(pair, mara):
    client = as_(mara)
    for address in ("/duplicates/", f"/duplicates/{pair.pk}/"):
        told = text(client.get(address))
        assert "the same e-mail address •••" in told
        assert "anna@example.com" not in told
        assert "Berg" not in told
        assert "1980-01-02" not in told
    assert "Merge into" not in told
    assert not AuditEntry.objects.filter(verb="view_customer").exists()


def test_the_preview_says_what_moves_what_holds_and_what_the_figures_become(pair, sue):
    told = text(as_(sue).get(f"/duplicates/{pair.pk}/"))
    assert (
        "Customers A and B may be one person, who would then have 4 orders instead of 2 and 2."
        in told
    )
    assert "<td>–</td><td>0301234567</td><td><strong>0301234567</strong></td>" in told
    assert "<td>$30.00</td><td>$20.00</td><td><strong>$50.00</strong></td>" in told
    assert '<th scope="row">orders</th><td class="num">2</td><td class="num">–</td>' in told
    other = text(as_(sue).get(f"/duplicates/{pair.pk}/?keep=B"))
    assert "Merge into B" in other
    assert AuditEntry.objects.filter(verb="view_customer", subject="B").count() == 2


def test_sue_merges_and_takes_it_back(pair, sue):
    client = as_(sue)
    done = client.post(f"/duplicates/{pair.pk}/merge/", {"keep": "A"}, follow=True)
    assert "Customer B is customer A now." in text(done)
    assert Order.objects.filter(customer__customer_id="A").count() == 4
    assert "Also known as B" in text(client.get("/customers/B/"))
    back = client.post(f"/duplicates/{pair.pk}/back/", follow=True)
    assert "A and B are two customers again." in text(back)
    assert Order.objects.filter(customer__customer_id="A").count() == 2
    assert AuditEntry.objects.filter(verb__in=["merge_customers", "unmerge_customers"]).count() == 4


def test_a_merge_of_somebody_else_is_refused_and_nothing_happens(pair, sue):
    answer = as_(sue).post(f"/duplicates/{pair.pk}/merge/", {"keep": "C"})
    assert answer.status_code == 400
    assert not Alias.objects.exists()
    assert as_(sue).get("/duplicates/999999/").status_code == 404


@pytest.mark.parametrize("verb", ["merge", "apart", "back", "again"])
def test_mara_decides_nothing(pair, mara, verb):
    runs = Run.objects.count()
    answer = as_(mara).post(f"/duplicates/{pair.pk}/{verb}/", {"keep": "A"})
    assert answer.status_code == 403
    pair.refresh_from_db()
    assert (pair.state, Run.objects.count()) == ("open", runs)


def test_two_people_stay_two(pair, sam):
    client = as_(sam)
    told = text(client.post(f"/duplicates/{pair.pk}/apart/", follow=True))
    assert "A and B are not proposed again." in told
    assert "2 pairs of customers may be one person." in told
    assert "is two people, and is not proposed again." in text(
        client.get("/duplicates/?show=dismissed")
    )
    client.post(f"/duplicates/{pair.pk}/again/")
    pair.refresh_from_db()
    assert pair.state == "open"


def test_ann_says_by_what_they_are_found(pair, ann):
    client = as_(ann)
    assert "By these rules 3 pairs" in text(client.get("/duplicates/rules/"))
    given = {"phone": "on", "first": "phone", "blocked": "0\nunknown\nn/a"}
    told = text(client.post("/duplicates/rules/", given, follow=True))
    assert "By these rules 2 pairs" in told
    again = text(client.post("/duplicates/rules/", given))
    assert "Nothing differs from what holds" in again
    Customer.objects.filter(customer_id="D").update(phone_index=None)
    assert "0 new pairs found" in text(client.post("/duplicates/rules/look/", follow=True))
    assert Duplicate.objects.filter(state="open").count() == 1
