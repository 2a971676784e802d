"""The product manager's day: what moved, what goes together, who would want it, handed over."""

import pytest

from tests.journeys.steps import sign_in
from tests.shops import daily_shop as shop
from tests.shops.coming_in import bring_in
from transactions.services import update_mirror

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def heading(page) -> str:
    return page.get_by_role("heading", level=1).inner_text().replace("\u00a0", " ")


def test_product_finds_who_would_want_a_product(page, live_server, accessible, tmp_path):
    bring_in(tmp_path, shop.PRODUCTS, "products")
    bring_in(tmp_path, shop.order_lines())
    update_mirror()
    sign_in(page, live_server, "pete")
    assert heading(page).startswith("Tea lost 50 % in four weeks while the 3 largest")
    accessible(page)
    page.get_by_role("link", name="All that goes together").click()
    page.wait_for_url("**/insights/together/")
    assert heading(page) == "100 of 100 orders with Icing also take Cake mix."
    accessible(page)
    page.get_by_label("With").fill("tea")
    page.get_by_label("With").press("Enter")
    page.wait_for_url("**with=tea*")
    assert heading(page) == "Nothing goes with “tea” more often than by chance."
    page.get_by_role("link", name="Products", exact=True).click()
    page.wait_for_url("**/products/")
    accessible(page)
    page.get_by_label("Name or number").fill("icing")
    page.get_by_label("Name or number").press("Enter")
    page.get_by_role("link", name="Icing").click()
    page.wait_for_url("**/products/icing/")
    accessible(page)
    assert page.get_by_role("cell", name="2 × Cake mix").is_visible()
    page.get_by_role("link", name="Make a work list of 1 customer").click()
    page.wait_for_url("**/worklists/new/?product=icing")
    assert page.errors == []
