"""A file on its way through the wizard: a row and a kept file, which say where it stands."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from core.errors import Conflict, NotFound, Refused
from core.models import AuditEntry
from ingestion.corrections import bring_back, load_corrected, rejects_csv
from ingestion.drafts import (
    begin_draft,
    discard_draft,
    draft_numbered,
    expire_drafts,
    fix_values,
    say_columns,
    say_how_read,
    try_draft,
)
from ingestion.models import Draft, Load, Profile, Reject
from ingestion.profiles import keep_profile
from ingestion.reject_pages import example_tables
from ingestion.selectors import corrections_of, open_drafts
from ingestion.services import load_file, load_numbered, stop_load
from ingestion.trials import load_tried
from runs.models import Run
from runs.services import claim, perform
from tests.conftest import person
from tests.shops.coming_in import bring_in
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

GERMAN = (
    "Kundennummer;Bestelldatum;Rechnungsnummer;Artikelnummer;Menge;Betrag;Kassierer\n"
    "00472;13.01.2026 18:30;R1;A7;2;1.249,50;Köhler\n"
    "00473;14.01.2026 09:00;R2;A7;1;12,40;Köhler\n"
    "00474;31.02.2026 09:00;R3;A8;1;3,00;Meyer\n"
    "00475;31.02.2026 09:00;R4;A8;1;4,00;Meyer\n"
    "00476;15.01.2026 10:00;R5;A8;1;zwölf;Meyer\n"
)


def dropped(text: str = GERMAN, name: str = "kasse.csv", encoding: str = "cp1252") -> Draft:
    return begin_draft(
        upload=io.BytesIO(text.encode(encoding)), file_name=name, actor=person("ann")
    )


def understood(draft: Draft) -> Draft:
    """As somebody who looks and goes on."""
    options = {
        "encoding": "cp1252", "delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y %H:%M",
        "time_zone": "Europe/Berlin",
    }  # fmt: skip
    draft = say_how_read(
        draft=draft, kind="order_lines", preset="generic", source="till", options=options
    )
    columns = {
        "customer_id": "Kundennummer", "occurred_at": "Bestelldatum", "amount": "Betrag",
        "order_id": "Rechnungsnummer", "sku": "Artikelnummer", "quantity": "Menge", "store": "",
    }  # fmt: skip
    return say_columns(draft=draft, columns=columns, known_by={"sku": "Its name in German"})


def tried(draft: Draft) -> Load:
    load = try_draft(draft=draft, send=False)
    perform(run=load.run, job=load_file)
    return load_numbered(load.pk)


def test_a_dropped_file_is_kept_with_what_it_seems_to_be():
    draft = dropped()
    assert (draft.kind, draft.preset, draft.file_name) == ("order_lines", "generic", "kasse.csv")
    assert Path(draft.file_path).read_bytes() == GERMAN.encode("cp1252")
    assert (draft.created_by, list(open_drafts())) == (person("ann"), [draft])


def test_nothing_stays_of_a_file_that_is_no_table(settings):
    before = set((settings.CBA_HOME / "uploads").glob("*"))
    with pytest.raises(Refused, match="The file is empty"):
        dropped("")
    assert not Draft.objects.exists()
    assert set((settings.CBA_HOME / "uploads").glob("*")) == before


def test_a_dry_run_reads_it_as_was_said_and_saves_nothing():
    load = tried(understood(dropped()))
    assert (load.read, load.loaded, load.rejected) == (5, 2, 3)
    assert (load.source, load.file_name, load.dry_run) == ("till", "kasse.csv", True)
    rejects = Reject.objects.filter(load=load).values_list("row", "column", "value")
    assert list(rejects) == [
        (4, "occurred_at", "31.02.2026 09:00"),
        (5, "occurred_at", "31.02.2026 09:00"),
        (6, "amount", "zwölf"),
    ]
    assert OrderLine.objects.count() == 0


def test_a_value_is_put_right_wherever_it_stands_and_then_loaded():
    draft = understood(dropped())
    tried(draft)
    fixes = {"occurred_at": {"31.02.2026 09:00": "28.02.2026 09:00"}, "amount": {"zwölf": "12,00"}}
    load = tried(fix_values(draft=draft, fixes=fixes))
    assert (load.loaded, load.rejected) == (5, 0)
    real = load_tried(load=load, send=False)
    perform(run=real.run, job=load_file)
    assert load_numbered(real.pk).loaded == 5
    amounts = OrderLine.objects.order_by("amount_minor").values_list("amount_minor", flat=True)
    assert list(amounts) == [300, 400, 1200, 1240, 124950]
    assert list(open_drafts()) == []


def test_a_further_fix_keeps_those_before():
    draft = fix_values(draft=understood(dropped()), fixes={"amount": {"zwölf": "12,00"}})
    draft = fix_values(draft=draft, fixes={"amount": {"": "1,00"}, "quantity": {"x": "1"}})
    assert draft.mapping["fixes"] == {
        "amount": {"zwölf": "12,00", "": "1,00"},
        "quantity": {"x": "1"},
    }


def test_a_column_that_is_left_out_is_not_found_by_its_name():
    text = "customer_id,occurred_at,amount,discount\nA,2026-01-01,5,1\n"
    draft = dropped(text, encoding="utf-8")
    columns = {"customer_id": "customer_id", "occurred_at": "occurred_at", "amount": "amount"}
    draft = say_columns(draft=draft, columns={**columns, "discount": ""}, known_by={})
    load = try_draft(draft=draft, dry_run=False, send=False)
    perform(run=load.run, job=load_file)
    assert OrderLine.objects.get().discount_minor == 0
    assert load_numbered(load.pk).notes["ignored_columns"] == ["discount"]


def test_another_kind_makes_the_columns_be_proposed_anew():
    draft = understood(dropped())
    draft = say_how_read(draft=draft, kind="products", preset="generic", source="", options={})
    assert draft.mapping == {"columns": {}, "options": {}}


def test_a_kept_mapping_is_proposed_for_a_file_with_the_same_columns():
    draft = understood(dropped())
    headers = GERMAN.split("\n")[0].split(";")
    keep_profile(draft=draft, name="Till", headers=headers, actor=person("ann"))
    later = dropped("Betrag;" + GERMAN.split("\n")[0].removesuffix(";Kassierer").replace(
        ";Betrag", "") + ";Kassierer\n1,00;9;13.01.2026 18:30;R9;A7;1;K\n")  # fmt: skip
    assert later.profile == Profile.objects.get(name="Till")
    assert later.mapping == draft.mapping
    assert (later.kind, later.source) == ("order_lines", "till")
    assert dropped("a;b\n1;2\n").profile is None


def test_fixed_values_do_not_go_into_a_kept_mapping():
    draft = fix_values(draft=understood(dropped()), fixes={"customer_id": {"?": "00479"}})
    profile = keep_profile(draft=draft, name="Till", headers=["a"])
    assert "fixes" not in profile.mapping


def test_a_name_of_a_mapping_for_other_columns_is_taken():
    keep_profile(draft=understood(dropped()), name="Till", headers=["a", "b"])
    with pytest.raises(Conflict, match="There is a mapping named Till for other columns"):
        keep_profile(draft=understood(dropped()), name="Till", headers=["a"])
    assert Profile.objects.get().headers == ["a", "b"]


def test_a_draft_is_thrown_away_with_its_file_and_its_dry_run_stays():
    draft = understood(dropped())
    load = tried(draft)
    discard_draft(draft=draft, actor=person("ada"))
    assert not Path(draft.file_path).exists()
    assert load_numbered(load.pk).draft is None
    assert AuditEntry.objects.filter(verb="discard_draft", subject="kasse.csv").count() == 1
    with pytest.raises(NotFound, match="it was thrown away"):
        draft_numbered(draft.pk)


def test_a_loaded_draft_is_neither_changed_nor_thrown_away():
    draft = understood(dropped())
    load = try_draft(draft=draft, dry_run=False, send=False)
    for verb in (
        lambda: discard_draft(draft=draft),
        lambda: try_draft(draft=draft, send=False),
        lambda: fix_values(draft=draft, fixes={"amount": {"a": "1"}}),
    ):
        with pytest.raises(Conflict, match=f"kasse.csv is loaded already: import {load.pk}"):
            verb()
    perform(run=load.run, job=load_file)
    assert Path(draft.file_path).exists()


def test_a_draft_that_nobody_touched_for_a_month_goes_and_a_loaded_one_stays():
    old, young, loaded = dropped(), dropped(name="young.csv"), understood(dropped(name="in.csv"))
    perform(run=try_draft(draft=loaded, dry_run=False, send=False).run, job=load_file)
    now = timezone.now()
    Draft.objects.exclude(pk=young.pk).update(touched_at=now - timedelta(days=31))
    Draft.objects.filter(pk=young.pk).update(touched_at=now - timedelta(days=29))
    assert expire_drafts(now=now) == 1
    assert set(Draft.objects.values_list("file_name", flat=True)) == {"young.csv", "in.csv"}
    assert not Path(old.file_path).exists()


def test_a_waiting_import_is_stopped_and_its_draft_goes_on():
    draft = understood(dropped())
    load = try_draft(draft=draft, dry_run=False, send=False)
    stop_load(load=load, actor=person("ann"))
    assert (load_numbered(load.pk).state, OrderLine.objects.count()) == ("cancelled", 0)
    assert list(open_drafts()) == [draft]
    again = try_draft(draft=draft, dry_run=False, send=False)
    perform(run=again.run, job=load_file)
    assert OrderLine.objects.count() == 2


def test_an_import_stopped_while_it_works_leaves_nothing():
    load = try_draft(draft=understood(dropped()), dry_run=False, send=False)

    def stopped_in_the_middle(work):
        Run.objects.filter(pk=load.pk).update(state="cancelled", finished_at=timezone.now())
        return load_file(work)

    perform(run=load.run, job=stopped_in_the_middle)
    assert (load_numbered(load.pk).state, load_numbered(load.pk).read) == ("cancelled", 0)
    assert OrderLine.objects.count() == 0


def test_what_is_committed_already_is_not_stopped_but_undone():
    load = try_draft(draft=understood(dropped()), dry_run=False, send=False)
    run = claim(run_pk=load.pk)
    Load.objects.filter(pk=load.pk).update(read=5, loaded=5)
    with pytest.raises(Conflict, match="is loaded already. It can be undone as a whole"):
        stop_load(load=load, actor=person("ann"))
    assert Run.objects.get(pk=run.pk).state == "running"


def test_a_dry_run_names_rows_of_each_sort_and_shows_them_as_the_file_has_them(tmp_path):
    header = "customer_id,occurred_at,order_id,line_number,amount\n"
    before = header + "A,2026-01-01,o1,1,5\nB,2026-01-02,o2,1,6\n"
    bring_in(tmp_path, before, source="till")
    text = before.replace("B,2026-01-02,o2,1,6", "B,2026-01-02,o2,1,7") + (
        "C,2026-01-03,o3,1,8\nC,2026-01-03,o3,1,8\nD,yesterday,o4,1,9\n"
    )
    draft = dropped(text, encoding="utf-8")
    draft = say_how_read(
        draft=draft, kind="order_lines", preset="generic", source="till", options={}
    )
    load = tried(draft)
    assert load.notes["examples"] == {
        "loaded": [4],
        "changed": [3],
        "identical": [2],
        "duplicate": [5],
    }
    shown = [(table["finding"], table["rows"]) for table in example_tables(load)]
    assert shown == [
        ("1 row is new", [[4, "C", "2026-01-03", "o3", "1", "8"]]),
        ("1 row changes what stands in the record", [[3, "B", "2026-01-02", "o2", "1", "7"]]),
        ("1 row is known already", [[2, "A", "2026-01-01", "o1", "1", "5"]]),
        ("1 row is there twice in the file", [[5, "C", "2026-01-03", "o3", "1", "8"]]),
    ]
    assert OrderLine.objects.count() == 2
    Path(load.file_path).unlink()
    assert example_tables(load) == []


def test_rejected_rows_are_given_out_under_the_files_own_headers():
    load = tried(understood(dropped()))
    given = b"".join(rejects_csv(load)).decode("utf-8-sig").splitlines()
    assert given[0].startswith("row;Kundennummer;Bestelldatum;Rechnungsnummer")
    assert given[1].endswith("not a time that exists;write it like 31.01.2026 18:30")
    assert given[3] == (
        "6;00476;15.01.2026 10:00;R5;A8;1;zwölf;Meyer;amount;zwölf;not an amount;"
        "write an amount like 12,40"
    )


def test_rows_come_back_as_a_load_that_says_what_it_corrects():
    load = try_draft(draft=understood(dropped()), dry_run=False, send=False)
    perform(run=load.run, job=load_file)
    load = load_numbered(load.pk)
    fixes = {"occurred_at": {"31.02.2026 09:00": "28.02.2026 09:00"}}
    again = load_corrected(load=load, fixes=fixes, actor=person("ann"), send=False)
    perform(run=again.run, job=load_file)
    again = load_numbered(again.pk)
    assert (again.read, again.loaded, again.rejected) == (2, 2, 0)
    assert (again.draft.corrects_id, again.source) == (load.pk, "till")
    assert corrections_of(load) == [again]
    assert OrderLine.objects.count() == 4


def test_the_rows_of_a_dry_run_are_not_brought_back():
    load = tried(understood(dropped()))
    with pytest.raises(Conflict, match="is not in the record; there is nothing to complete"):
        bring_back(load=load, upload=io.BytesIO(b"a"), file_name="a.csv")
    assert Draft.objects.count() == 1
