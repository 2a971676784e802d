"""An analyst makes a folder a source, reads it, and mends it when a file has gone bad."""

import pytest
from django.utils import timezone

from ingestion.models import Source
from ingestion.reading import read_source
from ingestion.services import undo_load
from ingestion.watching import watch_sources
from tests.journeys.steps import sign_in, work_once
from transactions.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MONDAY = "Kundennummer;Rechnungsnummer;Bestelldatum;Betrag\nA;R1;13.01.2026 18:30;1.249,50\n"
TUESDAY = "Kundennummer;Rechnungsnummer;Bestelldatum;Betrag\nB;R2;14.01.2026 09:00;12,40\n"


@pytest.fixture
def exports(tmp_path, settings):
    settings.SOURCE_FOLDERS = [tmp_path]
    (tmp_path / "monday.csv").write_text(MONDAY)
    return tmp_path


def set_up(page, live_server, exports) -> Source:
    """From the empty page to a source whose columns were looked at and tried."""
    page.goto(f"{live_server.url}/sources/")
    page.get_by_role("link", name="New source").first.click()
    page.get_by_role("link", name="Folder of files").click()
    page.fill("#id_of_folder", str(exports))
    page.get_by_text("Limits").click()
    page.fill("#id_of_settle_seconds", "0")
    page.fill("#id_name", "till")
    page.get_by_role("button", name="Test the connection").click()
    page.wait_for_selector("text=1 file is called like *; the newest is monday.csv.")
    page.get_by_role("button", name="Save, and look at its columns").click()
    page.wait_for_selector("h1:has-text('monday.csv looks like order lines.')")
    page.get_by_role("button", name="Go on to the columns").click()
    page.wait_for_selector("h1:has-text('Four columns are found, none by a guess.')")
    page.get_by_role("button", name="Try it: a dry run").click()
    page.wait_for_selector("text=monday.csv is queued.")
    work_once()
    page.get_by_role("button", name="Read till in this way").click()
    page.wait_for_selector("h1:has-text('till was not read yet.')")
    return Source.objects.get()


def read_now(page) -> None:
    page.get_by_role("button", name="Read now").click()
    page.wait_for_selector("text=till is being read")
    work_once("read_source", read_source)


def test_a_folder_is_read_goes_bad_and_is_mended(page, live_server, accessible, exports):
    sign_in(page, live_server, "ann")
    source = set_up(page, live_server, exports)
    read_now(page)
    page.wait_for_selector("h1:has-text('till brought 1 row on')")
    accessible(page)
    (exports / "tuesday.csv").write_text("<html>502 Bad Gateway</html>")
    read_now(page)
    page.wait_for_selector("h1:has-text('till could not be read.')")
    assert page.get_by_text("tuesday.csv").first.is_visible()
    watch_sources(timezone.now())
    page.goto(live_server.url)
    page.get_by_role("link", name="See the sources").click()
    page.wait_for_selector("h1:has-text('till cannot be read.')")
    accessible(page)
    page.get_by_role("link", name="till", exact=True).click()
    page.wait_for_url(f"{live_server.url}/sources/{source.pk}/")
    (exports / "tuesday.csv").write_text(TUESDAY)
    read_now(page)
    page.wait_for_selector("h1:has-text('till brought 1 row on')")
    assert watch_sources(timezone.now()) == 0
    assert sorted(Order.objects.values_list("order_id", flat=True)) == ["R1", "R2"]


def test_what_was_undone_is_fetched_again(page, live_server, accessible, exports):
    sign_in(page, live_server, "ann")
    set_up(page, live_server, exports)
    read_now(page)
    page.get_by_role("link", name="monday.csv").click()
    number = page.url.rstrip("/").rpartition("/")[2]
    page.fill("#sure", number)
    page.get_by_role("button", name="Undo this import").click()
    page.wait_for_selector("text=is being undone")
    work_once("undo_import", undo_load)
    page.wait_for_selector("h2:has-text('Its rows do not come again by themselves')")
    accessible(page)
    assert Order.objects.count() == 0
    page.get_by_role("button", name="Fetch again from before this import").click()
    page.wait_for_selector("text=till is fetched again")
    work_once("read_source", read_source)
    page.wait_for_selector("h1:has-text('till brought 1 row on')")
    assert Order.objects.count() == 1
