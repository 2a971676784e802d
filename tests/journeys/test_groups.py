"""The group table and the page of clusters in a browser: changed, seen before, saved, undone."""

import pytest

from segmentation.models import GroupTable
from tests.journeys.steps import sign_in
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_marketing_changes_a_group_and_asks_for_a_cluster(page, live_server, accessible, tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF, only=["features", "segments"])
    sign_in(page, live_server, "mara")
    page.goto(f"{live_server.url}/segments/")
    # A table of cells is painted as the page shows it, twice as large.
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG").nth(1).click()
    painted = waiting.value.path().read_bytes()
    shown = page.locator(".rfm-grid").evaluate("table => table.getBoundingClientRect().width")
    assert painted[1:4] == b"PNG"
    assert abs(int.from_bytes(painted[16:20], "big") - 2 * shown) <= 2
    page.get_by_role("link", name="Change groups").click()
    page.wait_for_url("**/segments/table/")
    # D alone stands in this cell; what would move is said while it is typed.
    page.get_by_label("Recency 4, orders and spend 4").fill("Stars")
    page.get_by_role("heading", name="1 of 10 customers would change group").wait_for()
    accessible(page)
    page.get_by_role("button", name="Save as a new version").click()
    page.get_by_role("heading", name="Version 2 holds: 11 groups by fifths").wait_for()
    assert GroupTable.objects.get(version=2).cells["4"]["4"] == "Stars"
    page.get_by_role("status").get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name="Version 3 holds: 10 groups by fifths").wait_for()
    assert GroupTable.objects.get(version=3).restores == 1

    page.goto(f"{live_server.url}/segments/predict/")
    page.locator("#recency_days").fill("0")
    page.locator("#purchase_frequency").fill("3")
    page.locator("#purchase_monetary_value").fill("35")
    page.keyboard.press("Enter")
    page.get_by_role("region", name="The nearest customers").wait_for()
    accessible(page)
    page.get_by_label("Recency, frequency and monetary value").fill("0, 3, 35\n0, x, 35")
    page.get_by_role("button", name="Find clusters").click()
    page.get_by_role("heading", name="A list: 1 line answered, 1 not").wait_for()
    accessible(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="As CSV").click()
    assert waiting.value.suggested_filename == "clusters-of-a-list.csv"
    assert page.errors == []
