"""An analyst has a messy export in another language and comes to segments without help."""

import pytest

from ingestion.models import Draft, Load, Profile
from ingestion.services import undo_load
from tests.journeys.steps import open_menu, sign_in, work_once
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import refreshed
from transactions.models import OrderLine

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# A till's export as it is: cp1252, semicolons, decimal commas, day first, a title with a comma, its
# own words in two lines, cancellations by their number, and the last page printed twice.
HEADER = """\
Kassenbuch Köln, Dezember bis März
Kunde;Bestellung;;Artikel;;;Kasse;
Kundennummer;Bestelldatum;Rechnungsnummer;Artikelnummer;Menge;Betrag;Filiale;Kassiererin"""
DIRT = """\
K01;31.02.2026 10:00;90;p1;1;5,00;Köln;Jäger
K02;31.02.2026 10:00;91;p1;1;7,00;Köln;Jäger
;12.02.2026 10:00;92;p1;1;5,00;Köln;Jäger
K03;12.02.2026 10:00;93;p1;-1;-5,00;Köln;Jäger
D;25.02.2026 10:00;C6;p1;-1;-25,00;Köln;Jäger
H;11.01.2026 10:00;C14;p1;1;20,00;Köln;Jäger
"""
TWICE = """\
I;01.12.2025 12:00;16;p1;1;10,00;Köln;Jäger
J;28.02.2026 12:00;17;p1;0;0,00;Köln;Jäger
"""


def messy() -> bytes:
    """The orders of nine_and_one as a German till writes them, with dirt."""
    lines = HEADER.splitlines()
    for line in shop.ORDER_LINES.splitlines()[1:]:
        customer, order, at, sku, quantity, amount = line.split(",")
        day = f"{at[8:10]}.{at[5:7]}.{at[:4]} {at[11:16]}"
        money = amount.replace(".", ",")
        number = order.removeprefix("o")
        lines.append(f"{customer};{day};{number};{sku};{quantity};{money};Köln;Jäger")
    return "\r\n".join([*lines, *DIRT.splitlines(), *TWICE.splitlines(), ""]).encode("cp1252")


def rules_chosen(page) -> None:
    """Cancelled invoices are returns, and of rows that come twice one is taken."""
    page.wait_for_selector("h1:has-text('No cleaning rule works')")
    page.get_by_text("Returns and cancellations").click()
    page.select_option("#id_returns-by", "prefix")
    page.locator("form:has(#id_returns-by)").get_by_role("button", name="Add it").click()
    page.wait_for_selector("h1:has-text('1 cleaning rule works')")
    page.locator("summary", has_text="Rows that come twice").click()
    page.locator("form:has(#id_repeats-keep)").get_by_role("button", name="Add it").click()
    page.wait_for_selector("h1:has-text('2 cleaning rules work')")


def test_a_messy_file_comes_to_segments_and_is_undone(page, live_server, accessible, tmp_path):
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/new/")
    accessible(page)
    path = tmp_path / "Kasse März.csv"
    path.write_bytes(messy())
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Look at it").click()

    page.wait_for_selector("h1:has-text('Kasse März.csv looks like order lines.')")
    accessible(page)
    shown = {name: page.input_value(f"#id_{name}") for name in ("kind", "encoding", "delimiter",
             "decimal", "date_format")}  # fmt: skip
    lines = {name: page.input_value(f"#id_{name}") for name in ("header_line", "header_lines")}
    assert lines == {"header_line": "2", "header_lines": "2"}
    assert shown == {
        "kind": "order_lines", "encoding": "cp1252", "delimiter": ";", "decimal": ",",
        "date_format": "%d.%m.%Y %H:%M",
    }  # fmt: skip
    first = page.get_by_role("region", name="First rows")
    assert "Köln" in first.inner_text()
    # A change is shown at once, and nothing is kept by it.
    page.select_option("#id_encoding", "cp1251")
    page.wait_for_selector("text=Kцln")
    assert Draft.objects.get().mapping == {}
    page.select_option("#id_encoding", "cp1252")
    page.wait_for_selector("text=Köln")
    with page.expect_response("**/drafts/*/"):
        page.select_option("#id_time_zone", "UTC")
    page.fill("#id_source", "till")
    page.get_by_role("button", name="Go on to the columns").click()

    page.wait_for_selector("h1:has-text('Seven columns are found, seven by a guess.')")
    assert "Left out: Kasse Kassiererin." in page.inner_text(".lede")
    accessible(page)
    page.fill("#id_profile_name", "Till")
    page.get_by_role("button", name="Choose cleaning rules first").click()
    rules_chosen(page)
    accessible(page)
    page.get_by_role("button", name="Try it: a dry run").click()
    page.wait_for_selector("text=is queued.")
    accessible(page)
    work_once()

    page.wait_for_selector(
        "text=26 rows read: 21 can be loaded, 3 are rejected, 2 are there twice."
    )
    accessible(page)
    assert OrderLine.objects.count() == 0
    # A reload and another day: the draft is where it was.
    page.goto(f"{live_server.url}/imports/new/")
    page.wait_for_selector("h2:has-text('One import is not finished')")
    accessible(page)
    page.get_by_role("link", name="Kasse März.csv").click()
    page.get_by_label("Instead of 31.02.2026 10:00 in occurred_at").fill("28.02.2026 10:00")
    assert "applies to 2 rows" in page.inner_text("main")
    page.get_by_role("button", name="Read again with these").click()
    page.wait_for_selector("text=is queued.")
    work_once()
    page.wait_for_selector("text=26 rows read: 23 can be loaded, 1 is rejected, 2 are there twice.")
    page.get_by_role("button", name="Load 23 rows").click()
    page.wait_for_selector("text=is queued.")
    work_once()
    page.wait_for_selector("text=26 rows read: 23 accepted, 1 rejected, 2 are there twice.")
    accessible(page)
    load = Load.objects.get(dry_run=False)
    assert (load.read, load.loaded, load.rejected, load.duplicate) == (26, 23, 1, 2)
    returned = OrderLine.objects.filter(returned=True).order_by("order__order_id")
    assert list(returned.values_list("order__order_id", flat=True)) == ["93", "C14", "C6"]
    assert OrderLine.objects.filter(order__order_id__in=["16", "17"]).count() == 2
    assert Profile.objects.get().name == "Till"

    refreshed(shop.AS_OF)
    open_menu(page)
    page.get_by_role("link", name="Segments", exact=True).click()
    page.get_by_role("link", name="At risk").click()
    page.wait_for_selector("h1:has-text('At risk: ')")
    number = Load.objects.get(dry_run=False).pk
    page.goto(f"{live_server.url}/imports/{number}/")
    page.fill("#sure", str(number))
    page.get_by_role("button", name="Undo this import").click()
    page.wait_for_selector("text=is being undone.")
    work_once("undo_import", undo_load)
    page.wait_for_selector("text=was undone.")
    assert OrderLine.objects.count() == 0
    assert page.errors == []


def test_the_next_file_of_the_same_kind_is_read_as_the_last_one(
    page, live_server, accessible, tmp_path
):
    sign_in(page, live_server, "ann")
    for at in ("first", "second"):
        page.goto(f"{live_server.url}/imports/new/")
        path = tmp_path / f"{at}.csv"
        path.write_bytes(messy())
        page.set_input_files("#id_file", path)
        page.get_by_role("button", name="Look at it").click()
        page.wait_for_selector(f"h1:has-text('{at}.csv looks like order lines.')")
        if at == "first":
            page.fill("#id_source", "till")
        page.get_by_role("button", name="Go on to the columns").click()
        if at == "first":
            page.select_option("#id_column-store", "Kasse Kassiererin")
            page.wait_for_selector("td:has-text('Jäger')")
            page.fill("#id_profile_name", "Till")
            page.get_by_role("button", name="Try it: a dry run").click()
            page.wait_for_selector("text=is queued.")
    assert page.input_value("#id_column-store") == "Kasse Kassiererin"
    assert page.input_value("#id_profile_name") == "Till"
    assert Draft.objects.first().source == "till"
    page.goto(f"{live_server.url}/imports/profiles/")
    page.wait_for_selector("h1:has-text('One mapping is kept.')")
    accessible(page)
    page.get_by_text("Change Till").click()
    page.fill("[name=name]", "Till of Köln")
    page.get_by_role("button", name="Rename").click()
    page.wait_for_selector("text=The mapping is named Till of Köln now.")
    page.get_by_text("Change Till of Köln").click()
    accessible(page)
    page.get_by_role("button", name="Delete Till of Köln").click()
    page.wait_for_selector("h1:has-text('No mapping is kept yet.')")
    accessible(page)
    assert page.errors == []


def test_rejected_rows_are_put_right_on_their_own(page, live_server, accessible, tmp_path):
    sign_in(page, live_server, "ann")
    page.goto(f"{live_server.url}/imports/new/")
    path = tmp_path / "till.csv"
    path.write_text(shop.ORDER_LINES + "K,o20,2026-02-31,p1,1,5\nL,o21,2026-02-30,p1,1,-6\n")
    page.set_input_files("#id_file", path)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Go on to the columns").click()
    page.get_by_role("button", name="Try it: a dry run").click()
    page.wait_for_selector("text=is queued.")
    work_once()
    page.get_by_role("button", name="Load 18 rows").click()
    page.wait_for_selector("text=is queued.")
    work_once()
    page.wait_for_selector("text=20 rows read: 18 accepted, 2 rejected.")
    first = Load.objects.get(dry_run=False).pk
    with page.expect_download() as found:
        page.get_by_role("link", name="Download the 2").click()
    given = found.value.path().read_text()
    assert given.splitlines()[1] == (
        "20,K,o20,2026-02-31,p1,1,5,occurred_at,2026-02-31,not a time that exists,"
        "write it like 2026-01-31 18:30"
    )
    # One is typed here, the other comes back in the corrected file.
    page.get_by_label("Instead of 2026-02-31 in occurred_at").fill("2026-02-28")
    page.get_by_role("button", name="Load these rows").click()
    page.wait_for_selector("text=Corrected rows of till.csv is queued.")
    work_once()
    page.wait_for_selector("text=1 row read: 1 accepted")
    accessible(page)
    page.get_by_role("link", name=f"import {first}").click()
    corrected = tmp_path / "corrected.csv"
    corrected.write_text(
        given.replace("2026-02-30,p1", "2026-02-27,p1").replace("-31,p1", "-28,p1")
    )
    page.set_input_files("#corrected", corrected)
    page.get_by_role("button", name="Bring it back").click()
    page.wait_for_selector("text=corrected.csv is queued.")
    work_once()
    page.wait_for_selector("text=2 rows read: 2 can be loaded, 0 are rejected.")
