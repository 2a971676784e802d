"""An analyst brings in the first file and looks at what became of it."""

from pathlib import Path

import pytest

from ingestion.models import Draft, Load
from ingestion.services import undo_load
from tests.journeys.steps import bring_in, open_menu, sign_in, work_once
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import refreshed
from transactions.models import OrderLine

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_from_a_file_to_a_customer(page, live_server, accessible, tmp_path):
    sign_in(page, live_server, "ann")
    page.get_by_role("link", name="Choose a file").click()
    accessible(page)
    path = tmp_path / "till.csv"
    path.write_text(shop.ORDER_LINES + "K,o20,2026-02-31,p1,1,5\n")
    bring_in(page, path)
    page.wait_for_selector("text=19 rows read: 18 can be loaded, 1 is rejected.")
    page.get_by_role("button", name="Load 18 rows").click()
    page.wait_for_selector("text=till.csv is queued.")
    work_once()
    # The page asks for itself each second, and shows the report without a click.
    page.wait_for_selector("text=19 rows read: 18 accepted, 1 rejected.")
    assert "2026-02-31" in page.get_by_role("region", name="Rejected rows").inner_text()
    accessible(page)

    refreshed(shop.AS_OF)
    page.goto(live_server.url)
    page.wait_for_selector("h2:has-text('The last refresh took')")
    accessible(page)
    open_menu(page)
    page.get_by_role("link", name="Segments", exact=True).click()
    accessible(page)
    page.get_by_role("link", name="At risk").click()
    page.wait_for_selector("h1:has-text('At risk: 2 customers who spent $95.')")
    accessible(page)
    page.get_by_role("link", name="G", exact=True).click()
    page.wait_for_selector("h1:has-text('Bought on one day only, 30 days ago')")
    accessible(page)
    assert page.errors == []


def test_a_tried_file_is_loaded_and_undone(page, live_server, accessible, tmp_path):
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/new/")
    path = tmp_path / "till.csv"
    path.write_text(shop.ORDER_LINES + "K,o20,2026-02-31,p1,1,5\n")
    bring_in(page, path)
    page.wait_for_selector("text=19 rows read: 18 can be loaded, 1 is rejected.")
    accessible(page)
    assert OrderLine.objects.count() == 0
    page.get_by_role("button", name="Load 18 rows").click()
    page.wait_for_selector("text=till.csv is queued.")
    work_once()
    page.wait_for_selector("text=19 rows read: 18 accepted, 1 rejected.")
    assert OrderLine.objects.count() == 18

    # The report came by itself, and its undo is locked until the number is typed.
    undo = page.get_by_role("button", name="Undo this import")
    assert undo.is_disabled()
    number = str(Load.objects.get(dry_run=False).pk)
    page.fill("#sure", f"{number}0")
    assert undo.is_disabled()
    page.fill("#sure", number)
    undo.click()
    page.wait_for_selector("text=till.csv is being undone.")
    accessible(page)
    work_once("undo_import", undo_load)
    page.wait_for_selector("text=till.csv was undone.")
    assert OrderLine.objects.count() == 0
    for path in ("imports/", "runs/", f"runs/{number}/", "customers/"):
        page.goto(f"{live_server.url}/{path}")
        accessible(page)
    assert page.errors == []


def test_an_import_that_fails_says_what_was_kept(page, live_server, accessible, tmp_path):
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/new/")
    path = tmp_path / "till.csv"
    path.write_text(shop.ORDER_LINES)
    bring_in(page, path)
    page.wait_for_selector("text=18 rows read: 18 can be loaded, 0 are rejected.")
    page.get_by_role("button", name="Load 18 rows").click()
    page.wait_for_selector("text=till.csv is queued.")
    # Before its turn comes, the disk loses what stood in the file.
    Path(Draft.objects.get().file_path).write_text("")
    work_once()
    page.wait_for_selector("text=till.csv was not loaded. Nothing was changed.")
    assert "The file is empty." in page.get_by_role("alert").inner_text()
    accessible(page)
    page.goto(f"{live_server.url}/runs/{Load.objects.get(dry_run=False).pk}/")
    page.wait_for_selector("text=Read the file and clean its values")
    accessible(page)


def test_an_empty_file_is_refused_with_a_way_out(page, live_server, tmp_path):
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/new/")
    path = tmp_path / "empty.csv"
    path.write_text("")
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Look at it").click()
    alert = page.wait_for_selector("[role=alert]")
    assert "The file is empty. Choose a file with a header" in alert.inner_text()


def test_a_viewer_is_told_who_may(page, live_server, accessible):
    sign_in(page, live_server, "vic")
    page.goto(f"{live_server.url}/imports/")
    page.wait_for_selector("h1:has-text('Your role may not upload, map and undo data.')")
    assert "Roles that may\nAnalyst, Admin" in page.inner_text("main")
    accessible(page)
