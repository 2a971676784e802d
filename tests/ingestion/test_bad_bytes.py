"""Bytes that stop, lie or repeat themselves: told with the row and a way out, in bounded memory."""

import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from statsmodels.datasets import macrodata

from core.errors import Refused
from ingestion.parsing import opened, parse
from tests.shops.workbooks import Formula, xlsx

HEADER = "customer_id,occurred_at,amount\n"
GOOD = "A,2026-01-01,1\n"


def kept(folder: Path, content: bytes | str) -> Path:
    path = folder / "kept"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def problems_of(path: Path, **options) -> list[tuple[int, str]]:
    return parse(path, options).problems.select("row", "reason").rows()


@pytest.mark.parametrize("rows", [2, 400])
def test_a_nul_is_a_reject_of_its_row_alone(tmp_path, rows):
    path = kept(tmp_path, HEADER + GOOD * rows + "B\x00,2026-01-01,1\n" + GOOD)
    parsed = parse(path, {})
    assert (parsed.read, parsed.rows.height) == (rows + 2, rows + 1)
    assert parsed.problems.rows() == [
        (rows + 2, "customer_id", "B", "holds a NUL character", "take it out")
    ]


def test_a_line_break_in_a_cell_is_part_of_it_and_the_lines_are_still_counted(tmp_path):
    path = kept(tmp_path, HEADER + 'A,"2026-\n01-01",1\nB,x\nC,"2026\r\n",1\n')
    parsed = parse(path, {})
    assert parsed.rows.rows() == [(2, "A", "2026-\n01-01", "1"), (5, "C", "2026\r\n", "1")]
    assert parsed.problems["row"].to_list() == [4]


@pytest.mark.parametrize("text", ['A,5" pipe,1\n', 'A,"5"" pipe" long,1\n', "A,5' pipe,1\n"])
def test_a_mark_within_a_cell_closes_nothing(tmp_path, text):
    path = kept(tmp_path, HEADER + GOOD + text + GOOD)
    assert parse(path, {}).rows["row"].to_list() == [2, 3, 4]


def test_a_mark_that_is_never_closed_is_told_with_its_row(tmp_path):
    path = kept(tmp_path, HEADER + GOOD * 9 + 'B,"2026-01-01,1\n' + GOOD * 3)
    with pytest.raises(Refused, match=r"Row 11 opens .* never closed"):
        parse(path, {})
    assert parse(path, {"quote": ""}).read == 13


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(tmp_path, end):
    path = kept(tmp_path, (HEADER + GOOD + "\n" + "B,2026-01-01\n" + GOOD).replace("\n", end))
    parsed = parse(path, {})
    assert parsed.rows.rows() == [(2, "A", "2026-01-01", "1"), (5, "A", "2026-01-01", "1")]
    assert parsed.problems["row"].to_list() == [4]


def test_the_header_once_more_is_no_row_of_data(tmp_path):
    path = kept(tmp_path, HEADER + GOOD + HEADER + GOOD)
    assert problems_of(path) == [(3, "the header once more")]
    assert parse(path, {}).rows["row"].to_list() == [2, 4]


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "cp1250", "utf-8-sig", "iso8859-15"])
def test_text_is_read_in_the_encoding_that_is_said(tmp_path, encoding):
    path = kept(tmp_path, (HEADER + "Größe,2026-01-01,1\n").encode(encoding))
    assert parse(path, {"encoding": encoding}).rows["customer_id"].to_list() == ["Größe"]


def test_a_guess_is_shown_and_not_believed(tmp_path):
    path = kept(tmp_path, (HEADER + "Müller Köln,2026-01-01,1\n" * 9).encode("cp1252"))
    look = opened(path, {}).look
    found = {each.option: (each.value, each.sure) for each in look.findings}
    assert (found["encoding"], found["delimiter"]) == (("cp1252", False), (",", True))
    assert look.rows["customer_id"][0] == "Müller Köln"
    assert "cp1250" in next(each.others for each in look.findings if each.option == "encoding")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_letters_without_a_mark_are_a_guess(tmp_path, encoding):
    path = kept(tmp_path, (HEADER + "Größe,2026-01-01,1\n").encode(encoding))
    look = opened(path, {}).look
    assert (look.findings[0].value, look.findings[0].sure) == (encoding, False)
    assert look.rows["customer_id"].to_list() == ["Größe"]


def test_a_byte_that_does_not_fit_is_told_with_its_line(tmp_path):
    path = kept(tmp_path, (HEADER + GOOD).encode() + b"B\x81,2026-01-01,1\n")
    with pytest.raises(Refused, match="The file is not cp1252: line 3 holds a byte"):
        parse(path, {"encoding": "cp1252"})


@pytest.mark.parametrize(
    ("text", "delimiter", "sure"),
    [
        ("a;b\n1;1,50\n2;2,50\n", ";", True),
        ("a\tb\n1\tx, y\n", "\t", True),
        ("a|b|c\n1|2|3\n", "|", True),
        ("a,b;c\nx,y;z\n", ",", False),
        ("sep=|\na|b\n1|2\n", "|", True),
        ("a\n1\n2\n", ",", True),
    ],
)
def test_the_delimiter_parts_all_rows_alike(tmp_path, text, delimiter, sure):
    look = opened(kept(tmp_path, text), {}).look
    found = next(each for each in look.findings if each.option == "delimiter")
    assert (found.value, found.sure) == (delimiter, sure)


def test_any_sign_may_be_said_to_part_cells(tmp_path):
    path = kept(tmp_path, "a~b\n1~'x~y'\n")
    assert parse(path, {"delimiter": "~", "quote": "'"}).rows.rows() == [(2, "1", "x~y")]
    assert parse(kept(tmp_path, "a§b\n1§2\n"), {"delimiter": "§"}).rows.rows() == [(2, "1", "2")]


TITLED = "Sales of the north\nMade on 2026-02-01\n\n" + HEADER + GOOD * 5


def test_titles_above_the_header_are_seen_and_must_be_said(tmp_path):
    path = kept(tmp_path, TITLED)
    look = opened(path, {}).look
    found = next(each for each in look.findings if each.option == "header_line")
    assert (found.value, found.sure, look.columns[0]) == (4, False, "customer_id")
    assert '"header_line": 4' in found.words
    assert parse(path, {"header_line": 4}).rows["row"].to_list() == [5, 6, 7, 8, 9]


def test_a_header_of_two_lines_gives_one_name_a_column(tmp_path):
    text = "customer,order,,\nid,date,amount,note\n" + "A,2026-01-01,1,x\n" * 4
    look = opened(kept(tmp_path, text), {}).look
    found = next(each for each in look.findings if each.option == "header_lines")
    assert (found.value, found.sure) == (2, False)
    assert look.columns == ["customer id", "order date", "order amount", "order note"]
    one = parse(tmp_path / "kept", {"header_lines": 1})
    assert (one.rows.columns[1], one.rows["row"][0]) == ("customer", 2)


def test_a_row_of_words_under_the_header_is_no_header(tmp_path):
    text = HEADER + "A,yesterday,ten\n" + GOOD * 2
    assert all(each.sure for each in opened(kept(tmp_path, text), {}).look.findings)


LONG_LINE = """
import sys
from pathlib import Path
from ingestion.parsing import opened
with open(sys.argv[1], "w") as file:
    file.write("customer_id,amount\\nA,1\\n")
    for _ in range(200):
        file.write("x" * 2**20)
    file.write(",1\\nB,2\\n")
parts = list(opened(Path(sys.argv[1]), {}).batches())
print([part.rows.rows() for part in parts if part.rows.height])
print([row for part in parts for row in part.problems.select("row", "reason").rows()])
# Of this program alone: what rusage says includes the process that it was forked from.
peak = next(line for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024)
"""


def test_a_single_line_of_200_mb_is_one_reject_and_is_never_held(tmp_path):
    said = [sys.executable, "-c", LONG_LINE, str(tmp_path / "kept")]
    done = subprocess.run(said, capture_output=True, text=True, timeout=60, check=True)
    rows, problems, most = done.stdout.splitlines()
    assert rows == "[[(2, 'A', '1')], [(4, 'B', '2')]]"
    assert problems == "[(3, 'a line of more than 16 MB')]"
    assert int(most) < 400


def test_numbers_that_a_spreadsheet_has_cut_are_not_believed(tmp_path):
    path = tmp_path / "kept"
    rows = [["4111111111111111", 1], [4111111111111111, 2], [411111111111111, 3]]
    xlsx(path, {"One": [["customer_id", "amount"], *rows]})
    parsed = parse(path, {})
    assert parsed.rows["customer_id"].to_list() == ["4111111111111111", "411111111111111"]
    assert parsed.problems.select("row", "column").rows() == [(3, "customer_id")]
    assert "format text" in parsed.problems["remedy"][0]


def test_a_formula_gives_its_value_and_text_that_looks_like_one_stays_text(tmp_path):
    path = tmp_path / "kept"
    xlsx(path, {"One": [["customer_id", "amount"], ["=1+1", Formula("2*6", 12.5)]]})
    assert parse(path, {}).rows.rows() == [(2, "=1+1", 12.5)]


def test_of_several_sheets_one_must_be_said(tmp_path):
    path = tmp_path / "kept"
    xlsx(path, {"Notes": [["Read me"]], "Orders": [["a", "b"], [1, 2]], "Empty": []})
    found = next(each for each in opened(path, {}).look.findings if each.option == "sheet")
    assert (found.value, found.sure, found.others) == ("Notes", False, ("Orders",))
    assert parse(path, {"sheet": "Orders"}).rows.rows() == [(2, 1, 2)]
    with pytest.raises(Refused, match="Sheets are: Notes, Orders, Empty"):
        parse(path, {"sheet": "Sales"})


def test_a_mixed_column_is_written_as_its_texts_are(tmp_path):
    path = tmp_path / "kept"
    xlsx(path, {"One": [["amount"], [12.5], ["1.234,50"], [3], [None], [True]]})
    read = parse(path, {"decimal": ","}).rows
    assert read.rows() == [(2, "12,5"), (3, "1.234,50"), (4, "3"), (6, "true")]


@pytest.mark.parametrize("text", ['[{"a": 12.5}, {"a": "1,5"}]', '{"a": 12.5}\n{"a": "1,5"}\n'])
def test_numbers_among_texts_have_the_decimal_sign_of_the_texts(tmp_path, text):
    read = parse(kept(tmp_path, text), {"decimal": ","}).rows
    assert read["a"].to_list() == ["12,5", "1,5"]


def test_a_line_that_is_no_object_is_a_reject(tmp_path):
    path = kept(tmp_path, '{"a": 1}\n\n[1]\n{"a": 2\n{"b": true}\n')
    parsed = parse(path, {})
    assert parsed.rows.rows() == [(1, 1, None), (5, None, True)]
    assert parsed.problems.select("row", "value").rows() == [(3, "[1]"), (4, '{"a": 2')]


def test_a_cell_far_outside_makes_no_room_for_all_before_it(tmp_path):
    path = tmp_path / "kept"
    xlsx(path, {"One": [["a"], [1]]})
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(tmp_path / "far", "w") as target:
        for name in source.namelist():
            text = source.read(name).decode()
            target.writestr(name, text.replace("</sheetData>", far))
    with pytest.raises(Refused, match="1,048,576 rows and 16,384 columns"):
        opened(tmp_path / "far", {})


def test_an_old_workbook_is_read():
    path = Path(macrodata.__file__).parent / "src" / "macrodata.xls" / "macrodata.xls"
    found = next(each for each in opened(path, {}).look.findings if each.option == "sheet")
    assert (found.sure, found.others) == (False, ("Monthly", "Quarterly"))
    parsed = parse(path, {"sheet": "Quarterly"})
    assert (parsed.read, parsed.rows["row"].to_list()) == (251, list(range(2, 253)))
    assert parsed.rows.select(pl.col("DATE").cast(pl.Date), "GDPC96").row(0) == (
        date(1947, 1, 1),
        1772.204,
    )


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_parquet_file_that_stops_is_refused(tmp_path, cut):
    path = tmp_path / "kept"
    pl.DataFrame({"a": range(1000)}).write_parquet(path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * cut)])
    with pytest.raises(Refused, match="Parquet file is damaged"):
        parse(path, {})
