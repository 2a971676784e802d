"""The page of what follows what in a browser: one look, no violation, nothing cut off."""

import pytest

from tests.journeys.steps import open_menu, sign_in
from tests.shops.opened_once import open_nine_and_one

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_what_follows_what_is_found_and_read(page, live_server, accessible, tmp_path):
    open_nine_and_one(tmp_path)
    sign_in(page, live_server, "ann")
    open_menu(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Data").click()
    page.get_by_role("link", name="Pipelines").click()
    page.wait_for_url(f"{live_server.url}/pipelines/")
    assert page.get_by_role("heading", level=1).inner_text().replace("\n", " ") == (
        "Everything has followed the newest rows."
    )
    accessible(page)
    assert page.errors == []
