"""Signing in, as a person does it."""

import pytest

from tests.conftest import PASSWORD, person
from tests.journeys.steps import open_menu, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_admin_signs_in_and_finds_the_first_run(page, live_server, accessible):
    ada = person("ada")
    page.goto(live_server.url)
    accessible(page)
    page.fill("#id_login", ada.email)
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("text=Nothing here yet")
    open_menu(page)
    assert page.get_by_role("navigation", name="Main").inner_text().split() == [
        "Home", "Segments", "Predictions", "Campaigns", "Insights", "Data", "People",
    ]  # fmt: skip
    page.get_by_text("Amounts count in USD and days by the clock of UTC.").wait_for()
    accessible(page)
    page.get_by_role("link", name="Change them before that").click()
    page.wait_for_url("**/settings/")
    assert page.errors == []


def test_who_brings_in_the_first_file_and_may_not_set_the_shop_up_is_told_who_does(client):
    client.force_login(person("ann"))
    page = client.get("/").content.decode()
    assert "The first orders fix both. An admin changes them before that." in page


def test_a_wrong_password_says_so_and_keeps_the_address(page, live_server):
    ada = person("ada")
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("#id_login", ada.email)
    page.fill("#id_password", "not the password")
    page.get_by_role("button", name="Sign in").click()
    alert = page.wait_for_selector("[role=alert]")
    assert "not correct" in alert.inner_text()
    assert page.input_value("#id_login") == ada.email


def test_an_admin_invites_somebody_and_locks_them_out(page, live_server, accessible):
    sign_in(page, live_server, "ada")
    page.goto(f"{live_server.url}/people/")
    page.wait_for_selector("h1:has-text('Only you may come in.')")
    accessible(page)
    page.fill("#id_email", "vic@shop.example")
    page.select_option("#id_role", "viewer")
    page.get_by_role("button", name="Make a login link").click()
    assert "/accounts/link/" in page.get_by_role("status").first.inner_text()
    accessible(page)
    page.goto(f"{live_server.url}/people/")
    page.get_by_role("button", name="Lock out vic").click()
    page.wait_for_selector("text=1 person is locked out.")
    accessible(page)
    assert page.errors == []
