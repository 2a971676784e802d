"""What people do on every page."""

import threading
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Page

from ingestion.services import load_file
from runs.models import Run
from runs.services import Job, perform
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


def work_once(name: str = "import", job: Job = load_file) -> None:
    """What the worker would do, beside the browser."""

    def carry_out() -> None:
        perform(run=Run.objects.filter(name=name).latest("id"), job=job)
        connections.close_all()

    thread = threading.Thread(target=carry_out)
    thread.start()
    thread.join()


def bring_in(page: Page, path: Path) -> None:
    """From the page where files are dropped to the report of a dry run, without a change."""
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Go on to the columns").click()
    page.get_by_role("button", name="Try it: a dry run").click()
    page.wait_for_selector(f"text={path.name} is queued.")
    work_once()
