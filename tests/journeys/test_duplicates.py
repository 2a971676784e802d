"""Support finds one person under two numbers, merges them, and takes it back."""

from datetime import UTC, datetime

import pytest

from customers.finding import propose
from tests.journeys.steps import sign_in
from tests.shops import same_people as shop
from tests.shops.coming_in import bring_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_sue_merges_two_customers_and_takes_it_back(page, live_server, accessible, tmp_path):
    bring_in(tmp_path, shop.CUSTOMERS, "customers")
    bring_in(tmp_path, shop.ORDER_LINES)
    propose(at=datetime(2026, 3, 2, tzinfo=UTC))
    sign_in(page, live_server, "sue")
    page.goto(f"{live_server.url}/duplicates/")
    page.get_by_text("3 pairs of customers may be one person.").wait_for()
    accessible(page)
    page.get_by_role("link", name="Look at A and B").click()
    page.get_by_text("who would then have 4 orders instead of 2 and 2").wait_for()
    accessible(page)
    page.get_by_role("button", name="Merge into A").click()
    page.get_by_text("Customer B is customer A now.").wait_for()
    accessible(page)
    page.goto(f"{live_server.url}/customers/B/")
    page.get_by_text("Also known as B").wait_for()
    page.goto(f"{live_server.url}/duplicates/?show=merged")
    page.get_by_role("link", name="Look at A and B").click()
    page.get_by_role("button", name="Take the merge back").click()
    page.get_by_text("A and B are two customers again.").wait_for()
    accessible(page)
    assert page.errors == []
