"""An analyst brings in the first file and looks at what became of it."""

import threading

import pytest
from django.db import connections

from ingestion.services import load_file
from runs.models import Run
from runs.services import perform
from tests.journeys.steps import open_menu, sign_in
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import refreshed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def work_once() -> None:
    """What the worker would do, beside the browser."""

    def carry_out() -> None:
        perform(run=Run.objects.filter(name="import").latest("id"), job=load_file)
        connections.close_all()

    thread = threading.Thread(target=carry_out)
    thread.start()
    thread.join()


def test_from_a_file_to_a_customer(page, live_server, accessible, tmp_path):
    sign_in(page, live_server, "ann")
    page.get_by_role("link", name="Choose a file").click()
    accessible(page)
    path = tmp_path / "till.csv"
    path.write_text(shop.ORDER_LINES + "K,o20,2026-02-31,p1,1,5\n")
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Load", exact=True).click()
    page.wait_for_selector("text=till.csv is queued.")
    work_once()
    # The page asks for itself each second, and shows the report without a click.
    page.wait_for_selector("text=19 rows read: 18 accepted, 1 rejected.")
    assert "2026-02-31" in page.get_by_role("table").last.inner_text()
    accessible(page)

    refreshed(shop.AS_OF)
    page.goto(live_server.url)
    page.wait_for_selector("h1:has-text('of 100 dollars')")
    accessible(page)
    open_menu(page)
    page.get_by_role("link", name="Segments", exact=True).click()
    accessible(page)
    page.get_by_role("link", name="At risk").click()
    page.wait_for_selector("h1:has-text('At risk: 2 customers who spent $95.')")
    accessible(page)
    page.get_by_role("link", name="G", exact=True).click()
    page.wait_for_selector("h1:has-text('Bought on one day only, 30 days ago.')")
    accessible(page)
    assert page.errors == []


def test_an_empty_file_is_refused_with_a_way_out(page, live_server, tmp_path):
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/new/")
    path = tmp_path / "empty.csv"
    path.write_text("")
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Dry run").click()
    alert = page.wait_for_selector("[role=alert]")
    assert "The file is empty. Choose a file with a header" in alert.inner_text()


def test_a_viewer_is_told_who_may(page, live_server, accessible):
    sign_in(page, live_server, "vic")
    page.goto(f"{live_server.url}/imports/")
    page.wait_for_selector("h1:has-text('Your role may not upload, map and undo data.')")
    assert "Who may: Analyst, Admin" in page.inner_text("main")
    accessible(page)
