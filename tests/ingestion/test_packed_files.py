"""Packed files and workbooks come in whole, or not at all, and are emptied like any other."""

import gzip
import json
import resource
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from core.errors import Refused
from ingestion.models import Load, Reject
from ingestion.services import load_file, receive_file
from ingestion.uploads import NoRoom
from pipelines.erasure import erase, request_erasure
from runs.services import perform
from tests.shops.checksums import checksums
from tests.shops.workbooks import xlsx
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "customer_id,occurred_at,amount\nA,2026-01-01,1\nB,2026-01-02,2\n"


def loaded(path: Path, **mapping) -> Load:
    load = receive_file(path=path, kind="order_lines", mapping={"options": mapping}, send=False)
    assert perform(run=load.run, job=load_file).error == ""
    load.refresh_from_db()
    return load


def uploads(settings) -> list[Path]:
    return sorted((settings.CBA_HOME / "uploads").glob("*"))


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_a_gzip_file_is_kept_as_what_is_inside(tmp_path):
    path = tmp_path / "lines.csv.gz"
    path.write_bytes(gzip.compress(TEXT.encode()))
    load = loaded(path)
    assert (load.read, load.loaded, load.file_name) == (2, 2, "lines.csv.gz")


def test_a_zip_of_one_file_needs_no_word(tmp_path):
    files = {"data/": "", "data/lines.csv": TEXT, "__MACOSX/data/._lines.csv": "x"}
    assert loaded(zipped(tmp_path / "lines.zip", files)).loaded == 2


def test_of_several_files_in_a_zip_one_must_be_said(tmp_path):
    path = zipped(tmp_path / "all.zip", {"notes.txt": "Hello", "lines.csv": TEXT})
    with pytest.raises(Refused, match=r"holds notes.txt, lines.csv. .*\"member\""):
        receive_file(path=path, kind="order_lines")
    assert loaded(path, member="lines.csv").loaded == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(TEXT.encode() * 900)[:-40], "gzip archive .* stops in the middle"),
        (b"PK\x03\x04" + b"x" * 200, "zip archive or workbook is damaged"),
        (gzip.compress(b"\0" * 150_000_000), "unpacks to more than 100 MB"),
    ],
)
def test_an_archive_that_stops_or_swells_leaves_nothing(tmp_path, settings, content, words):
    path = tmp_path / "lines.csv.gz"
    path.write_bytes(content)
    before, there = checksums(), uploads(settings)
    with pytest.raises(Refused, match=words):
        receive_file(path=path, kind="order_lines")
    assert (Load.objects.count(), checksums(), uploads(settings)) == (0, before, there)


def test_a_workbook_comes_in_with_its_days_and_amounts(tmp_path):
    path = tmp_path / "orders.xlsx"
    rows = [["Orders of January"], [], ["customer_id", "occurred_at", "amount"],
            ["A", date(2026, 1, 1), 12.5], [17, date(2026, 1, 2), "ten"]]  # fmt: skip
    xlsx(path, {"Orders": rows})
    with pytest.raises(Refused, match='"header_line": 3'):
        receive_file(path=path, kind="order_lines")
    load = loaded(path, header_line=3)
    line = OrderLine.objects.select_related("order").get()
    assert (line.amount_minor, line.order.occurred_at.date()) == (1250, date(2026, 1, 1))
    reject = Reject.objects.get(load=load)
    assert (reject.row, reject.column, reject.value) == (5, "amount", "ten")


def test_json_lines_and_an_array_enter_alike(tmp_path):
    rows = [
        {"customer_id": 4111111111111111, "occurred_at": "2026-01-01", "amount": 1.5},
        {"customer_id": "B", "occurred_at": "2026-01-02", "amount": 2, "more": {"x": 1}},
    ]
    lines = tmp_path / "lines.jsonl"
    lines.write_text("\n".join(map(json.dumps, rows)) + '\n{"customer_id": "C"')
    array = tmp_path / "lines.json"
    array.write_text(json.dumps(rows))
    first, second = loaded(lines), loaded(array)
    assert (first.read, first.loaded, first.rejected) == (3, 2, 1)
    assert (second.read, second.identical) == (2, 2)
    assert Reject.objects.get(load=first).row == 3
    customers = set(OrderLine.objects.values_list("order__customer__customer_id", flat=True))
    assert customers == {"4111111111111111", "B"}


def test_a_full_disk_refuses_the_file_and_keeps_nothing_of_it(tmp_path, settings):
    path = tmp_path / "lines.csv"
    path.write_text(TEXT + "A,2026-01-01,1\n" * 20_000)
    packed = tmp_path / "lines.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    there = uploads(settings)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        for file in (path, packed):
            with pytest.raises(NoRoom, match="nothing of it was kept"):
                receive_file(path=file, kind="order_lines")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (uploads(settings), Load.objects.count()) == (there, 0)


def test_a_person_leaves_a_kept_workbook_and_the_rows_keep_their_numbers(tmp_path):
    path = tmp_path / "people.xlsx"
    rows = [["customer_id", "name", "joined_at"],
            ["Y", "Yan", date(2025, 1, 1)], [], ["Z", "Zoe Zimmer", date(2025, 2, 1)],
            ["X", "Xenia", "never"]]  # fmt: skip
    xlsx(path, {"People": rows})
    load = receive_file(path=path, kind="customers", send=False)
    perform(run=load.run, job=load_file)
    assert Reject.objects.get(load=load).row == 5
    run = perform(run=request_erasure(customer_id="Z", send=False), job=erase)
    assert run.error == ""
    kept = pl.read_parquet(load.file_path)
    assert kept["name"].to_list() == ["Yan", None, None, "Xenia"]
    again = receive_file(path=Path(load.file_path), kind="customers", dry_run=True, send=False)
    perform(run=again.run, job=load_file)
    again.refresh_from_db()
    assert (again.read, again.identical, Reject.objects.get(load=again).row) == (2, 1, 5)


def test_a_broken_line_about_somebody_erased_is_not_quoted(tmp_path):
    path = tmp_path / "people.jsonl"
    path.write_text('{"customer_id": "Z", "name": "Zoe Zimmer"}\n')
    load = receive_file(path=path, kind="customers", send=False)
    perform(run=load.run, job=load_file)
    assert perform(run=request_erasure(customer_id="Z", send=False), job=erase).error == ""
    path.write_text('{"customer_id": "Y"}\n{"customer_id": "Z", "name": "Zoe Zimmer"\n')
    load = receive_file(path=path, kind="customers", send=False)
    perform(run=load.run, job=load_file)
    reject = Reject.objects.get(load=load)
    assert (reject.row, reject.value, reject.reason) == (2, "", "erased on request")
    assert "Zoe" not in Path(load.file_path).read_text()
