"""What people do on every page."""

import pytest
from playwright.sync_api import Page

from tests.conftest import PASSWORD, person


def sign_in(page: Page, live_server, name: str) -> None:
    user = person(name)
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("#id_login", user.email)
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")


def open_menu(page: Page) -> None:
    """On a telephone the navigation waits behind a button."""
    button = page.get_by_role("button", name="Menu")
    if button.is_visible():
        button.click()


def tab_to(page: Page, label: str) -> None:
    """Go on by Tab until what has the focus says this."""
    says = """() => { const at = document.activeElement;
      return at.ariaLabel || at.labels?.[0]?.textContent.trim() || at.textContent.trim(); }"""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(says) == label:
            return
    pytest.fail(f"Tab does not lead to {label}")
