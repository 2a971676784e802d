"""A report that is looked at later says what became of its rows, and its counts add up."""

import re

import pytest

from core.errors import Conflict
from ingestion.drafts import (
    AlreadyLoaded,
    discard_draft,
    draft_numbered,
    fix_values,
    say_columns,
    try_draft,
)
from ingestion.models import Load
from ingestion.services import load_file, load_numbered, receive_file, request_undo, undo_load
from ingestion.trials import load_tried
from runs.services import perform
from tests.ingestion.test_wizard import dropped, tried, understood
from tests.shops.coming_in import bring_in
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

FIXES = {"amount": {"zwölf": "12,00"}}


@pytest.fixture
def signed_in(client, ann):
    client.force_login(ann)
    return client


@pytest.fixture
def draft():
    return understood(dropped())


def page_of(client, load: Load) -> str:
    """The words of the page, without its marks."""
    page = client.get(f"/imports/{load.pk}/").content.decode()
    return " ".join(re.sub(r"<[^>]*>", " ", page[page.index("<main") :]).split())


def loaded(load: Load) -> Load:
    real = load_tried(load=load, send=False)
    perform(run=real.run, job=load_file)
    return load_numbered(real.pk)


def undone(load: Load) -> Load:
    perform(run=request_undo(load=load, send=False), job=undo_load)
    return load_numbered(load.pk)


def test_a_dry_run_that_was_loaded_leads_to_its_import_and_loads_no_more(signed_in, draft):
    dry = tried(draft)
    assert "Load 2 rows" in page_of(signed_in, dry)
    real = load_tried(load=dry, send=False)
    assert f"It is being loaded as import {real.pk}." in page_of(signed_in, dry)
    perform(run=real.run, job=load_file)
    page = page_of(signed_in, dry)
    assert f"It was loaded as import {real.pk}, " in page
    assert f"See import {real.pk}" in page
    assert "Load 2 rows" not in page
    assert "Read again with these" not in page
    assert f'href="/imports/{real.pk}/">Report<' in signed_in.get(
        f"/imports/{dry.pk}/"
    ).content.decode().replace("\n", "")
    with pytest.raises(AlreadyLoaded, match=f"It was loaded as import {real.pk}"):
        load_tried(load=dry, send=False)
    assert Load.objects.filter(dry_run=False).count() == 1


def test_pressing_load_twice_brings_the_file_in_once(signed_in, draft):
    dry = tried(draft)
    first = signed_in.post(f"/imports/{dry.pk}/load/")
    again = signed_in.post(f"/imports/{dry.pk}/load/", follow=True)
    real = Load.objects.get(dry_run=False)
    assert first.url == f"/imports/{real.pk}/"
    assert f"It is being loaded as import {real.pk}." in again.content.decode()


def test_a_dry_run_says_that_its_load_was_undone(signed_in, draft):
    dry = tried(draft)
    real = undone(loaded(dry))
    page = page_of(signed_in, dry)
    assert f"It was loaded as import {real.pk}, and undone " in page
    assert "Load 2 rows" not in page


def test_a_dry_run_is_the_past_once_the_file_is_read_in_another_way(signed_in, draft):
    old = tried(draft)
    draft = fix_values(draft=draft_numbered(draft.pk), fixes=FIXES)
    page = page_of(signed_in, old)
    assert "Nothing was saved; how it is read has been changed since." in page
    assert "Go on with its columns" in page
    assert "Load 2 rows" not in page
    with pytest.raises(Conflict, match="how it is read has been changed since"):
        load_tried(load=old, send=False)
    new = tried(draft)
    page = page_of(signed_in, old)
    assert f"it has been read in another way since: dry run {new.pk}." in page
    assert f"See dry run {new.pk}" in page
    assert "Load 3 rows" in page_of(signed_in, new)


def test_a_dry_run_counts_again_when_the_change_is_taken_back(signed_in, draft):
    dry, columns = tried(draft), draft_numbered(draft.pk).mapping["columns"]
    say_columns(draft=draft, columns={**columns, "sku": ""}, known_by={})
    assert "Load 2 rows" not in page_of(signed_in, dry)
    say_columns(draft=draft, columns=columns, known_by={})
    assert loaded(dry).loaded == 2


def test_the_dry_run_of_a_file_that_was_thrown_away_offers_another_file(signed_in, draft):
    dry = tried(draft)
    discard_draft(draft=draft)
    page = page_of(signed_in, dry)
    assert "Nothing was saved, and its file is no longer here. Bring it in again." in page
    assert "Load 2 rows" not in page
    with pytest.raises(Conflict, match="its file is no longer here"):
        load_tried(load=load_numbered(dry.pk), send=False)


def test_the_dry_run_of_a_program_leads_to_the_import_of_the_same_file(signed_in, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,occurred_at,amount\nA,2026-01-31,1\n")
    dry = receive_file(path=path, kind="order_lines", dry_run=True, send=False)
    perform(run=dry.run, job=load_file)
    assert "Load 1 row " in page_of(signed_in, dry)
    real = receive_file(path=path, kind="order_lines", send=False)
    perform(run=real.run, job=load_file)
    assert f"See import {real.pk}" in page_of(signed_in, dry)
    undone(load_numbered(real.pk))
    assert loaded(load_numbered(dry.pk)).loaded == 1


def test_after_an_undo_the_control_totals_say_that_nothing_is_in_the_record(signed_in, draft):
    real = loaded(tried(draft))
    page = page_of(signed_in, real)
    assert "Control totals agree to the cent What In the file In the record Rejected" in page
    real = undone(real)
    page = page_of(signed_in, real)
    assert "Nothing of it is in the record since " in page
    assert "until then control totals agreed to the cent What In the file Was in the record" in page
    assert "2 customers not known before: they had been created, and marked." in page
    assert OrderLine.objects.count() == 0


def test_what_is_counted_in_the_heading_adds_up_to_the_rows_read(signed_in, tmp_path):
    header = "customer_id,occurred_at,order_id,line_number,amount\n"
    known = "A,2026-01-01,o1,1,5\n"
    bring_in(tmp_path, header + known, source="till")
    load = bring_in(
        tmp_path,
        header + known + "B,2026-01-02,o2,1,6\n" * 3 + "C,yesterday,o3,1,7\n",
        source="till",
    )
    page = page_of(signed_in, load)
    assert "5 rows read: 2 accepted, 1 rejected, 2 are there twice." in page
    assert "1 row was known already and changed nothing." in page


def test_rows_that_are_there_twice_are_not_called_new(signed_in, tmp_path):
    header = "customer_id,occurred_at,order_id,line_number,amount\n"
    load = bring_in(tmp_path, header + "B,2026-01-02,o2,1,6\n" * 2, source="till")
    page = page_of(signed_in, load)
    assert "2 rows read: 1 accepted, 0 rejected, 1 is there twice." in page
    assert "What is there twice is taken once; nothing that was there before was changed." in page


def test_a_dry_run_that_was_stopped_says_what_is_kept_and_goes_on_from_the_list(signed_in, draft):
    dry = try_draft(draft=draft, send=False)
    signed_in.post(f"/imports/{dry.pk}/stop/")
    page = page_of(signed_in, dry)
    assert "kasse.csv was stopped. Nothing was changed." in page
    assert "No row of it is in the record. Its file and what you said about it are kept." in page
    assert "stopped while it was tried" in signed_in.get("/imports/new/").content.decode()
    again = tried(draft)
    assert "tried, not loaded" in signed_in.get("/imports/new/").content.decode()
    assert again.loaded == 2
