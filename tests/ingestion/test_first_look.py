"""What a new user meets: a file that nobody prepared, and where each page leads on from it."""

import codecs
import io

import pytest

from core.contracts.file_format import Finding
from ingestion.corrections import bring_back
from ingestion.drafts import try_draft
from ingestion.encodings import USUAL
from ingestion.forms import ReadingForm
from ingestion.models import Draft, Load, Reject
from ingestion.previews import quick_look
from ingestion.services import load_file, load_numbered
from runs.services import perform
from tests.conftest import person
from tests.ingestion.test_wizard import GERMAN, dropped, tried, understood

pytestmark = pytest.mark.django_db(transaction=True)

MARKED = (
    "Kd.-Nr.;Bestell-Nr.;Kaufdatum;Art.-Nr.;Stück;Einzelpreis;Gesamt\n"
    "D1;B1;12.10.2026;A1;2;$ 830,92;$ 1.661,84\n"
    "D2;B2;27.09.2026;A2;1;$ 1.814,45;$ 1.814,45\n"
    "D3;B3;18.09.2026;A1;1;30,36 €;30,36 €\n"
    "D4;B4;19.09.2026;A1;1;$ 1,00;umsonst\n"
)


def walked(client, text: str, name: str = "laden.csv") -> Draft:
    """Dropped by Ann, who goes on to the columns with what is shown."""
    client.force_login(person("ann"))
    draft = dropped(text, name)
    url = f"/imports/drafts/{draft.pk}/"
    form = client.get(url).context["form"]
    shown = {field.html_name: field.value() or "" for field in [*form.about, *form.written]}
    client.post(url, shown)
    draft.refresh_from_db()
    return draft


def test_numbers_with_a_currency_are_read_by_a_rule_that_the_columns_propose(client):
    draft = walked(client, MARKED)
    url = f"/imports/drafts/{draft.pk}/columns/"
    page = client.get(url)
    assert (
        "amount and unit_price bear a currency or brackets: a cleaning rule will read that."
        in page.content.decode()
    )
    columns = {field.html_name: field.value() or "" for field in page.context["form"]}
    client.post(url, columns)
    draft.refresh_from_db()
    assert draft.mapping["options"]["decimal"] == ","
    assert draft.mapping["rules"] == [
        {"rule": "amounts", "column": "amount"}, {"rule": "amounts", "column": "unit_price"}
    ]  # fmt: skip
    tried_load = Load.objects.get(draft=draft)
    perform(run=tried_load.run, job=load_file)
    load = load_numbered(tried_load.pk)
    assert (load.read, load.loaded, load.rejected) == (4, 2, 2)
    refused = Reject.objects.filter(column="amount").order_by("row")
    assert list(refused.values_list("reason", "remedy")) == [
        ("written in €: the organisation counts in USD", "convert the amounts to USD"),
        ("not an amount", "write it like 12,40"),
    ]


def test_a_dry_run_that_can_load_nothing_leads_back_to_how_the_file_is_read(client):
    client.force_login(person("ann"))
    draft = understood(dropped(GERMAN.replace("2026", "2o26")))
    load = tried(draft)
    assert (load.read, load.rejected) == (5, 5)
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert "Change how it is read" in page
    assert f"/imports/drafts/{draft.pk}/rules/" in page
    assert "Load 0 rows" not in page


def test_dates_that_no_form_reads_are_a_doubt(client):
    client.force_login(person("ann"))
    draft = dropped("client;date;montant\nF1;14/02/2026 à 15 heures;12,50\n", encoding="utf-8")
    page = client.get(f"/imports/drafts/{draft.pk}/").content.decode()
    assert "None of these forms reads the dates: a rule can say how they are written" in page


def test_latin_9_is_offered_once_under_its_name():
    finding = Finding("encoding", "iso8859-15", sure=False, others=USUAL)
    letters = dict(ReadingForm(findings={"encoding": finding}).fields["encoding"].choices)
    assert [name for name in letters if "8859" in name] == ["iso8859-15", "iso8859-2"]
    assert letters["iso8859-15"] == "Latin 9 (ISO 8859-15)"


def test_a_file_of_something_else_is_said_to_be_nothing_that_is_known(client):
    client.force_login(person("ann"))
    draft = dropped("Stadt,Temperatur,Feuchte\nBerlin,12.3,80\n", "wetter.csv", "utf-8")
    url = f"/imports/drafts/{draft.pk}/"
    page = client.get(url).content.decode()
    assert "No column of wetter.csv is known: say what it holds." in page
    page = client.get(f"{url}columns/").content.decode()
    assert "No column is known: say which is which." in page


def test_a_file_of_rejected_rows_comes_back_as_a_spreadsheet_of_its_country_writes_it(client):
    load = try_draft(draft=understood(dropped()), dry_run=False, send=False)
    perform(run=load.run, job=load_file)
    client.force_login(person("ann"))
    given = b"".join(client.get(f"/imports/{load.pk}/rejects/").streaming_content)
    assert given.startswith(codecs.BOM_UTF8)
    corrected = given.replace("1;zwölf".encode(), b"1;12,00")
    draft = bring_back(
        load=load_numbered(load.pk), upload=io.BytesIO(corrected), file_name="korrigiert.csv"
    )
    again = tried(draft)
    assert (again.read, again.loaded, again.rejected) == (3, 1, 2)


def test_the_report_of_a_load_leads_on_to_the_segments_and_that_of_a_dry_run_does_not(client):
    client.force_login(person("ann"))
    draft = understood(dropped())
    dry = tried(draft)
    load = try_draft(draft=draft, dry_run=False, send=False)
    perform(run=load.run, job=load_file)
    assert "See the segments" not in client.get(f"/imports/{dry.pk}/").content.decode()
    assert "See the segments" in client.get(f"/imports/{load.pk}/").content.decode()


def test_a_file_is_looked_at_once_as_long_as_it_stays_as_it_is(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text("customer_id,amount\nA,5\n")
    look = quick_look(path, {})
    assert quick_look(path, {}) is look
    assert quick_look(path, {"header_line": 2}).headers == ["A", "5"]
    path.write_text("customer_id,amount\n\nB,6\n")
    assert quick_look(path, {}).rows == [["B", "6"]]
