"""Rejected rows whose texts begin like formulas: guarded on the way out, exact when they return."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.downloads import FORMULA, csv_line, guarded, unguarded
from ingestion.corrections import bring_back, load_corrected, raw_rows, rejects_csv
from ingestion.drafts import try_draft
from ingestion.models import Load
from ingestion.services import load_file, load_numbered
from runs.services import perform
from tests.shops.coming_in import bring_in
from transactions.models import OrderLine, Product

# As a till has them, with apostrophes of its own.
NAMES = ["=SUM(A1)", "'=SUM(A1)", "''-x", "-Rabatt", "@home", "+49 171 2", "'s Brot", "plain", "'"]
HEADER = ["customer_id", "occurred_at", "order_id", "sku", "=name", "amount"]
MAPPING = {"columns": {"product_name": "=name"}}


def till(amount: str) -> str:
    out = io.StringIO()
    rows = [["A", "2026-01-31", f"o{at}", f"p{at}", name, amount] for at, name in enumerate(NAMES)]
    csv.writer(out).writerows([HEADER, *rows])
    return out.getvalue()


def given_out(load: Load) -> str:
    return b"".join(rejects_csv(load)).decode("utf-8-sig")


def back(load: Load, text: str, *, dry_run: bool = False) -> Load:
    draft = bring_back(load=load, upload=io.BytesIO(text.encode()), file_name="corrected.csv")
    again = try_draft(draft=draft, dry_run=dry_run, send=False)
    perform(run=again.run, job=load_file)
    return load_numbered(again.pk)


def names_kept() -> list[str]:
    return list(Product.objects.order_by("sku").values_list("name", flat=True))


@given(st.text(alphabet=st.sampled_from(["'", *FORMULA, "1", ".", "a"]), max_size=6))
def test_any_text_is_guarded_and_comes_back_exactly(text):
    told = str(guarded(text))
    assert unguarded(told) == text
    assert not told.startswith(FORMULA) or told == text


def test_a_signed_amount_stays_an_amount():
    assert csv_line(["-5,00", "+3.5", "-x", "'=1"], ";") == b"-5,00;+3.5;'-x;''=1\r\n"


@pytest.mark.django_db(transaction=True)
def test_texts_like_formulas_come_back_as_they_were(tmp_path):
    load = bring_in(tmp_path, till("nothing"), mapping=MAPPING, source="till")
    assert load.rejected == 9
    text = given_out(load)
    assert "row,customer_id,occurred_at,order_id,sku,'=name,amount,rejected_column" in text
    assert ",p0,'=SUM(A1),nothing" in text
    assert ",p1,''=SUM(A1),nothing" in text
    again = back(load, text.replace("nothing", "5"))
    assert (again.run.error, again.loaded, again.rejected) == ("", 9, 0)
    assert names_kept() == NAMES


@pytest.mark.django_db(transaction=True)
def test_a_second_round_is_as_exact_as_the_first(tmp_path):
    first = bring_in(tmp_path, till("nothing"), mapping=MAPPING, source="till")
    second = back(first, given_out(first).replace(",nothing,", ",still nothing,"))
    assert second.rejected == 9
    assert raw_rows(second).columns == ["row", *HEADER]
    text = given_out(second)
    assert text.splitlines()[0].count("rejected_column") == 1
    third = back(second, text.replace(",still nothing,", ",5,"))
    assert (third.run.error, third.loaded) == ("", 9)
    assert names_kept() == NAMES


@pytest.mark.django_db(transaction=True)
def test_a_value_put_right_in_the_page_leaves_the_other_cells_as_they_were(tmp_path):
    first = bring_in(tmp_path, till("nothing"), mapping=MAPPING, source="till")
    second = back(first, given_out(first).replace(",nothing,", ",still nothing,"))
    fixes = {"amount": {"still nothing": "5"}}
    third = load_corrected(load=second, fixes=fixes, send=False)
    perform(run=third.run, job=load_file)
    assert load_numbered(third.pk).loaded == 9
    assert names_kept() == NAMES


@pytest.mark.django_db(transaction=True)
def test_an_apostrophe_in_anybodys_file_stays(tmp_path):
    load = bring_in(tmp_path, till("5"), mapping=MAPPING, source="till")
    assert (load.run.error, load.loaded) == ("", 9)
    assert names_kept() == NAMES
    assert OrderLine.objects.count() == 9
