"""Who moved, in a browser: chosen by two dates, followed to the people and out as a list."""

from datetime import UTC, datetime

import pytest

from tests.journeys.steps import open_menu, sign_in
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def heading(page) -> str:
    return page.get_by_role("heading", level=1).inner_text().replace("\u00a0", " ")


def test_marketing_follows_a_move_to_its_people(page, live_server, accessible, tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(datetime(2026, 3, 2, tzinfo=UTC))
    sign_in(page, live_server, "mara")
    accessible(page)
    open_menu(page)
    page.get_by_role("link", name="Segments", exact=True).click()
    page.get_by_role("link", name="Who moved").first.click()
    page.wait_for_url(f"{live_server.url}/segments/moves/")
    assert heading(page) == (
        "1 customer slipped from Loyal to Previously loyal in the week to Sun 1 Mar; they spent"
        " $100 in the year before."
    )
    accessible(page)
    page.get_by_label("From").select_option("Sun 8 Feb")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/moves/?from=2026-02-09&to=2026-03-02")
    accessible(page)
    page.get_by_role("table").first.get_by_role("link").first.click()
    page.wait_for_url("**/moves/people/?from=2026-02-09&to=2026-03-02&was=*")
    assert heading(page) == (
        "1 customer slipped from Champions to Previously loyal between Sun 8 Feb and Sun 1 Mar."
    )
    accessible(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Export CSV").click()
    assert waiting.value.suggested_filename == "champions-to-previously-loyal.csv"
    assert page.errors == []
