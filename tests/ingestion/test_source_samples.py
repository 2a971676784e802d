"""How a source is read is told by some of its rows, on the way of every file, and tried first."""

import pytest
from django.test import Client

from core.models import AuditEntry
from ingestion.models import Draft, Load, Profile, Source
from ingestion.reading import read_source
from ingestion.services import load_file
from runs.models import RunState
from runs.services import perform
from tests.ingestion.test_source_pages import read, sent, text
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

GERMAN = (
    "Kundennummer;Rechnungsnummer;Bestelldatum;Betrag\n"
    "A;R1;13.01.2026 18:30;1.249,50\n"
    "B;R2;14.01.2026 09:00;12,40\n"
)
# What the form of step 1 says of it; its own guesses, confirmed.
SEEN = {
    "kind": "order_lines", "preset": "generic", "preset_before": "generic", "source": "somebody's",
    "encoding": "utf-8", "delimiter": ";", "header_line": "1", "header_lines": "1",
    "decimal": ",", "date_format": "%d.%m.%Y %H:%M", "time_zone": "Europe/Berlin",
}  # fmt: skip


@pytest.fixture
def exports(tmp_path, settings):
    settings.SOURCE_FOLDERS = [tmp_path]
    (tmp_path / "january.csv").write_text(GERMAN)
    return tmp_path


def set_up(client: Client, folder, **values) -> Source:
    answer = client.post("/sources/new/folder/", sent(folder, **values))
    assert answer.status_code == 302, answer.context["form"].errors
    return Source.objects.get()


def chosen(client: Client, draft: Draft) -> dict[str, str]:
    """The columns as the wizard proposes them."""
    shown = client.get(f"/imports/drafts/{draft.pk}/columns/")
    form = shown.context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def tried(client: Client, draft: Draft, **columns: str) -> Load:
    """From the first step to the report of the dry run, as it is proposed."""
    seen = client.post(f"/imports/drafts/{draft.pk}/", SEEN)
    assert seen.status_code == 302, seen.context["form"].errors
    sent_columns = {**chosen(client, draft), **columns}
    answer = client.post(f"/imports/drafts/{draft.pk}/columns/", sent_columns)
    assert answer.status_code == 302, answer.context["form"].errors
    load = Load.objects.latest("pk")
    perform(run=load.run, job=load_file)
    load.refresh_from_db()
    return load


def test_a_new_source_is_looked_at_by_a_sample_tried_and_let_go_on(ann_in, exports):
    source = set_up(ann_in, exports, preset="generic")
    draft = Draft.objects.get()
    assert (source.enabled, draft.feeds, draft.source) == (False, source, "exports")
    assert "exports waits until you have looked at its columns." in text(
        ann_in.get(f"/sources/{source.pk}/")
    )
    listed = text(ann_in.get("/sources/"))
    assert "exports waits until you have looked at its columns." in listed
    assert "next: after a look at its columns" in listed
    load = tried(ann_in, draft)
    assert (load.source, load.read, load.loaded) == ("exports", 2, 2)
    report = text(ann_in.get(f"/imports/{load.pk}/"))
    assert "Read exports in this way" in report
    assert "Load 2 rows" not in report
    ann_in.post(f"/sources/samples/{load.pk}/use/")
    source.refresh_from_db()
    assert source.mapping["columns"]["amount"] == "Betrag"
    assert source.mapping["options"]["decimal"] == ","
    assert (source.enabled, source.cursor, Draft.objects.count()) == (True, {}, 0)
    assert OrderLine.objects.count() == 0
    ann_in.post(f"/sources/{source.pk}/read/")
    assert read(source).state == RunState.SUCCEEDED
    assert sorted(OrderLine.objects.values_list("amount_minor", flat=True)) == [1240, 124950]
    assert AuditEntry.objects.get(verb="change_source").detail == {
        "changed": ["mapping"], "begins": True,
    }  # fmt: skip


def test_a_sample_itself_is_never_loaded_for_good(ann_in, exports):
    set_up(ann_in, exports)
    load = tried(ann_in, Draft.objects.get())
    ann_in.post(f"/imports/{load.pk}/load/")
    assert list(Load.objects.all()) == [load]
    assert OrderLine.objects.count() == 0


def test_a_kept_mapping_is_chosen_and_nothing_has_to_be_looked_at(ann_in, exports):
    source = set_up(ann_in, exports)
    load = tried(ann_in, Draft.objects.get(), profile_name="Kasse")
    kept = Profile.objects.get()
    ann_in.post(f"/sources/samples/{load.pk}/use/")
    ann_in.post(f"/sources/{source.pk}/delete/", {"sure": "exports"})
    assert "Kasse" in text(ann_in.get("/sources/new/folder/"))
    wrong = ann_in.post(
        "/sources/new/folder/", sent(exports, preset=f"kept-{kept.pk}", kind="customers")
    )
    assert wrong.status_code == 400
    assert "Kasse is for order lines." in wrong.content.decode()
    again = set_up(ann_in, exports, preset=f"kept-{kept.pk}")
    assert (again.enabled, again.mapping, again.preset) == (True, kept.mapping, "generic")
    ann_in.post(f"/sources/{again.pk}/read/")
    assert read(again).result["loaded"] == 2


def test_where_nothing_is_there_to_be_looked_at_the_source_waits_and_says_so(ann_in, exports):
    (exports / "january.csv").unlink()
    source = set_up(ann_in, exports)
    told = text(ann_in.get(f"/sources/{source.pk}/"))
    assert "exports answers, and has no rows to look at yet." in told
    assert "Look at a sample" in told
    ann_in.post(f"/sources/{source.pk}/sample/")
    assert Draft.objects.count() == 0
    (exports / "february.csv").write_text(GERMAN)
    answer = ann_in.post(f"/sources/{source.pk}/sample/")
    assert answer.url == f"/imports/drafts/{Draft.objects.get().pk}/"


def test_a_sample_of_a_source_that_is_read_already_begins_with_what_is_set(ann_in, exports):
    source = set_up(ann_in, exports, mapping='{"columns": {"amount": "Kundennummer"}}')
    assert source.enabled
    ann_in.post(f"/sources/{source.pk}/sample/")
    draft = Draft.objects.get()
    assert chosen(ann_in, draft)["column-amount"] == "Kundennummer"
    assert chosen(ann_in, draft)["column-order_id"] == "Rechnungsnummer"
    ann_in.post(f"/sources/{source.pk}/sample/")
    assert Draft.objects.get().pk != draft.pk


def test_only_a_dry_run_of_a_sample_says_how_a_source_is_read(ann_in, exports):
    source = set_up(ann_in, exports, mapping='{"columns": {}}')
    ann_in.post(f"/sources/{source.pk}/read/")
    perform(run=Source.objects.get().reading, job=read_source)
    for load in Load.objects.all():
        ann_in.post(f"/sources/samples/{load.pk}/use/")
    source.refresh_from_db()
    assert source.mapping == {"columns": {}}


def test_what_a_mapping_leaves_open_is_proposed_with_all_its_parts(ann_in, exports):
    (exports / "january.csv").write_text("Kundennummer;Vorname;Nachname\nA;Ada;Arendt\n")
    mapping = '{"columns": {"customer_id": "Kundennummer"}}'
    source = set_up(ann_in, exports, kind="customers", preset="generic", mapping=mapping)
    ann_in.post(f"/sources/{source.pk}/sample/")
    draft = Draft.objects.get()
    assert draft.mapping["columns"] == {
        "customer_id": "Kundennummer",
        "name": ["Vorname", "Nachname"],
    }
    draft.mapping["columns"]["name"] = ["Nachname", "Vorname"]
    Source.objects.update(mapping=draft.mapping)
    assert "name: Nachname + Vorname" in text(ann_in.get(f"/sources/{source.pk}/"))
