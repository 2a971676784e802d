"""Headers with holes, blank lines and foreign encodings: read, or refused with good advice."""

import bz2
import os
import random

import polars as pl
import pytest

from core.errors import Refused
from features.models import ImportedFeatures
from ingestion.models import Reject
from ingestion.services import load_file, receive_file
from runs.services import perform
from tests.shops.coming_in import bring_in
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,occurred_at,amount"


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        (HEADER + ",\nA,2026-01-01,1,\nB,2026-01-02,2,x\n", ["column 4"]),
        ("," + HEADER + "\n0,A,2026-01-01,1\n1,B,2026-01-02,2\n", ["column 1"]),
        (HEADER + ",,,column 4\nA,2026-01-01,1,,,x\nB,2026-01-02,2,,,\n",
         ["column 4", "column 5", "column 4"]),
        ("row," + HEADER + "\n1,A,2026-01-01,1\n2,B,2026-01-02,2\n", ["row"]),
    ],
)  # fmt: skip
def test_a_column_without_a_name_is_left_out_and_listed(tmp_path, text, left_out):
    load = bring_in(tmp_path, text)
    assert (load.run.error, load.read, load.loaded) == ("", 2, 2)
    assert load.notes["ignored_columns"] == left_out


def test_a_file_of_features_keeps_no_column_without_a_name(tmp_path):
    text = ",customer_id,age,\n0,A,41,\n1,B,52,x\n"
    load = bring_in(tmp_path, text, "customer_features")
    assert (load.read, load.loaded) == (2, 2)
    assert load.notes["ignored_columns"] == ["column 1", "column 4"]
    assert ImportedFeatures.objects.get(customer__customer_id="A").values == {"age": 41.0}


def test_a_column_without_a_name_in_parquet_is_left_out_too(tmp_path):
    path = tmp_path / "lines.parquet"
    rows = {"": [0], "customer_id": ["A"], "occurred_at": ["2026-01-01"], "amount": [1.5]}
    pl.DataFrame(rows).write_parquet(path)
    load = receive_file(path=path, kind="order_lines", send=False)
    perform(run=load.run, job=load_file)
    load.refresh_from_db()
    assert (load.loaded, load.notes["ignored_columns"]) == (1, ["column 1"])


@pytest.mark.parametrize("blank", ["\n", "\n\n", ",,\n", "\r\n"])
def test_blank_lines_after_the_header_keep_the_numbers_of_the_lines(tmp_path, blank):
    text = HEADER + "\n" + blank + "A,2026-01-01,1\n\nB,2026-01-02,ten\n"
    load = bring_in(tmp_path, text)
    assert (load.run.error, load.read, load.loaded, load.rejected) == ("", 2, 1, 1)
    assert Reject.objects.get(load=load).row == 4 + blank.count("\n")


def test_a_first_row_that_is_too_short_is_a_reject(tmp_path):
    load = bring_in(tmp_path, HEADER + "\nA,2026-01-01\nB,2026-01-02,2\n")
    assert (load.read, load.loaded, load.rejected) == (2, 1, 1)


def test_a_name_that_spans_two_lines_is_a_name(tmp_path):
    load = bring_in(tmp_path, HEADER + ',"two\nlines"\nA,2026-01-01,ten,x\nB,2026-01-01,2,x\n')
    assert (load.loaded, load.notes["ignored_columns"]) == (1, ["two\nlines"])
    assert Reject.objects.get(load=load).row == 3


FRENCH = "".join(
    f"C{i},2026-01-01,{i},{town}\n"
    for i, town in enumerate(["Orléans", "Besançon", "Nîmes", "Angoulême", "Évry"] * 80)
)


@pytest.mark.parametrize(
    ("text", "written", "advised"),
    [
        ("A,2026-01-01,1,Müller Köln\nB,2026-01-01,1,Zürich\n", "latin-1", "cp1252"),
        (FRENCH, "cp1252", "cp1252"),
        ("A,2026-01-01,1,“5 €” – ‘c’est ça’\n", "cp1252", "cp1252"),
        ("A,2026-01-01,1,Größe Straße\n", "latin-1", "cp1252"),
        ("A,2026-01-01,1,Москва\nB,2026-01-01,1,Санкт-Петербург\n" * 20, "cp1251", "cp1251"),
    ],
)
def test_an_encoding_is_advised_that_reads_the_file_right(tmp_path, text, written, advised):
    path = tmp_path / "lines.csv"
    path.write_bytes((HEADER + ",town\n" + text).encode(written))
    with pytest.raises(Refused) as refused:
        receive_file(path=path, kind="order_lines")
    assert refused.value.fields == {"encoding": advised}
    assert f'"encoding": "{advised}"' in refused.value.message


def test_an_encoding_that_cannot_be_told_is_not_guessed(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_bytes(HEADER.encode() + b"\nA\x81\xff\xfe\x9d\xc3,2026-01-01,1\n")
    with pytest.raises(Refused, match="cannot be told") as refused:
        receive_file(path=path, kind="order_lines")
    assert '"cp1252"' not in refused.value.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "a 7z archive"),
        (bz2.compress(b"customer_id"), "a bzip2 archive"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "an image"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "a PDF"),
        (random.Random(1).randbytes(4000), "This is not a text file"),
        (os.urandom(64) + bytes(range(256)), "This is not a text file"),
    ],
)
def test_a_file_that_is_no_text_says_what_it_seems_to_be(tmp_path, content, words):
    path = tmp_path / "lines.csv"
    path.write_bytes(content)
    with pytest.raises(Refused, match=words):
        receive_file(path=path, kind="order_lines")
    assert OrderLine.objects.count() == 0


def test_a_late_foreign_letter_is_looked_at_and_not_the_plain_beginning(tmp_path):
    path = tmp_path / "lines.csv"
    plain = "A,2026-01-01,1,Paris\n" * 20_000
    path.write_bytes((HEADER + ",town\n" + plain + "B,2026-01-01,1,Nîmes\n").encode("cp1252"))
    with pytest.raises(Refused) as refused:
        receive_file(path=path, kind="order_lines")
    assert refused.value.fields == {"encoding": "cp1252"}


def test_an_encoding_without_a_mark_is_read_where_the_mapping_names_it(tmp_path):
    path = tmp_path / "lines.csv"
    path.write_bytes((HEADER + "\nÄ,2026-01-01,1\n").encode("utf-16-le"))
    mapping = {"options": {"encoding": "utf-16-le"}}
    load = receive_file(path=path, kind="order_lines", mapping=mapping, send=False)
    perform(run=load.run, job=load_file)
    load.refresh_from_db()
    assert load.loaded == 1
