"""A dropped file that holds several tables: each is kept, one is chosen, the others wait."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from core.errors import NotFound, Refused
from ingestion.bundle_pages import bundle_words
from ingestion.bundles import begin_drafts, bundle_numbered, discard_bundle
from ingestion.corrections import bring_back
from ingestion.drafts import discard_draft, say_how_read, try_draft
from ingestion.models import Bundle, Draft, Load, Profile
from ingestion.previews import quick_look
from ingestion.profiles import keep_profile
from ingestion.selectors import drafts_of
from ingestion.services import load_file, load_numbered
from pipelines.erasure import erase, request_erasure
from runs.services import perform
from tests.conftest import person
from tests.shops.workbooks import xlsx
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

LINES = "customer_id,occurred_at,amount\nA,2026-01-01,5\nB,2026-01-02,6\n"
PEOPLE = "customer_id;name;email\nA;Ada Arendt;ada@example.com\n"
NESTED = io.BytesIO()
with zipfile.ZipFile(NESTED, "w") as inner:
    inner.writestr("x.csv", LINES)
    inner.writestr("y.csv", LINES)


def zipped(files: dict[str, str | bytes]) -> io.BytesIO:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    packed.seek(0)
    return packed


def dropped(files: dict[str, str | bytes], name: str = "all.zip") -> list[Draft]:
    return begin_drafts(upload=zipped(files), file_name=name, actor=person("ann"))


def uploads(settings) -> set[Path]:
    return set((settings.CBA_HOME / "uploads").glob("*"))


def entered(draft: Draft) -> Load:
    load = try_draft(draft=draft, dry_run=False, send=False)
    assert perform(run=load.run, job=load_file).error == ""
    return load_numbered(load.pk)


def test_each_table_of_an_archive_is_kept_as_if_it_came_alone(settings):
    before = uploads(settings)
    lines, people = dropped({"out/lines.csv": LINES, "people.csv": PEOPLE, ".DS_Store": "x"})
    assert (lines.file_name, people.file_name) == (
        "out/lines.csv (all.zip)",
        "people.csv (all.zip)",
    )
    assert (lines.kind, people.kind) == ("order_lines", "customers")
    assert people.headers == ["customer_id", "name", "email"]
    assert Path(lines.file_path).read_text() == LINES
    assert list(drafts_of(Bundle.objects.get())) == [lines, people]
    # The archive itself is not kept beside them.
    assert uploads(settings) - before == {Path(lines.file_path), Path(people.file_path)}


def test_a_file_of_one_table_is_in_no_bundle():
    (alone,) = dropped({"lines.csv": LINES})
    packed = io.BytesIO(gzip.compress(LINES.encode()))
    (plain,) = begin_drafts(upload=packed, file_name="lines.csv.gz")
    assert (alone.file_name, alone.bundle, plain.bundle) == ("all.zip", None, None)
    assert Bundle.objects.count() == 0


def test_each_sheet_of_a_workbook_is_chosen_in_the_same_way(tmp_path):
    rows = [line.split(",") for line in LINES.splitlines()]
    people = [line.split(";") for line in PEOPLE.splitlines()]
    xlsx(tmp_path / "shop.xlsx", {"Orders": rows, "Empty": [], "People": people})
    with (tmp_path / "shop.xlsx").open("rb") as file:
        orders, customers = begin_drafts(upload=file, file_name="shop.xlsx")
    assert (orders.table, customers.table) == ("Orders", "People")
    assert customers.mapping == {"options": {"sheet": "People"}}
    customers = say_how_read(
        draft=customers, kind="customers", preset="generic", source="till", options={}
    )
    assert quick_look(customers.file_path, customers.mapping["options"]).headers[1] == "name"
    load = entered(customers)
    assert (load.loaded, load.file_name) == (1, "People (shop.xlsx)")
    # Which sheet is meant belongs to this file, and not to the mapping that is kept.
    keep_profile(draft=orders, name="Orders", headers=orders.headers)
    assert Profile.objects.get().mapping == {"options": {}}
    discard_draft(draft=orders)
    assert Path(customers.file_path).exists()


def test_a_workbook_inside_an_archive_gives_its_sheets_beside_the_files(tmp_path):
    rows = [line.split(",") for line in LINES.splitlines()]
    xlsx(tmp_path / "shop.xlsx", {"May": rows, "June": rows})
    content = (tmp_path / "shop.xlsx").read_bytes()
    names = [draft.table for draft in dropped({"shop.xlsx": content, "people.csv": PEOPLE})]
    assert names == ["shop.xlsx: May", "shop.xlsx: June", "people.csv"]


def test_what_cannot_be_read_is_named_beside_what_can(settings):
    before = uploads(settings)
    (draft,) = dropped({
        "empty.csv": "", "nested.zip": NESTED.getvalue(), "lines.csv": LINES,
        "bomb.csv": b"0" * 150_000_000,
    })  # fmt: skip
    told = {one["name"]: one["reason"] for one in Bundle.objects.get().unread}
    assert list(told) == ["empty.csv", "nested.zip", "bomb.csv"]
    assert told["empty.csv"].startswith("The file is empty.")
    assert told["nested.zip"].startswith("The archive holds x.csv, y.csv. Unpack it")
    assert told["bomb.csv"].startswith("The archive unpacks to more than 100 MB.")
    assert uploads(settings) - before == {Path(draft.file_path)}


def test_what_archives_unpack_to_counts_together(settings, monkeypatch):
    monkeypatch.setattr("ingestion.archives.ALWAYS_BELOW", len(LINES) + 10)
    monkeypatch.setattr("ingestion.archives.MOST_RATIO", 0)
    (first,) = dropped({"one.csv": LINES, "two.csv": LINES})
    assert (first.table, Bundle.objects.get().unread[0]["name"]) == ("one.csv", "two.csv")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a.csv": "", "b.csv": ""}, "no table that can be read. a.csv: The file is empty"),
        ({f"{n}.csv": LINES for n in range(51)}, "holds 51 files; 50 are looked at. Unpack it"),
    ],
)
def test_nothing_stays_of_an_archive_that_is_refused(settings, files, words):
    before = uploads(settings)
    with pytest.raises(Refused, match=words):
        dropped(files)
    assert (Draft.objects.count(), Bundle.objects.count()) == (0, 0)
    assert uploads(settings) == before


def test_one_is_loaded_and_the_others_are_a_press_away(client):
    client.force_login(person("ann"))
    files = {"lines.csv": LINES, "people.csv": PEOPLE, "empty.csv": ""}
    upload = zipped(files)
    upload.name = "all.zip"
    answer = client.post("/imports/new/", {"file": upload})
    bundle = Bundle.objects.get()
    assert answer.url == f"/imports/bundles/{bundle.pk}/"
    page = client.get(answer.url).content.decode()
    assert "all.zip holds two tables: choose the one to begin with." in page
    assert "customer_id, occurred_at, amount" in page
    assert "The file is empty." in page
    lines, people = drafts_of(bundle)
    draft_page = client.get(f"/imports/drafts/{lines.pk}/").content.decode()
    assert f'<a href="{answer.url}">all.zip</a>' in draft_page

    load = entered(lines)
    report = client.get(f"/imports/{load.pk}/").content.decode()
    assert "One more table of all.zip waits: people.csv." in report
    assert f'href="/imports/drafts/{people.pk}/"' in report
    page = client.get(answer.url).content.decode()
    assert "all.zip holds two tables: one waits for you." in page
    assert f"import {load.pk}, succeeded" in page
    last = client.get(f"/imports/{entered(people).pk}/").content.decode()
    assert "more table" not in last
    assert (
        "all.zip holds two tables, and all are loaded." in client.get(answer.url).content.decode()
    )


def test_a_note_among_the_tables_looks_like_nothing_known():
    dropped({"lines.csv": LINES, "people.csv": PEOPLE, "readme.txt": "Hello\n"})
    rows = bundle_words(Bundle.objects.get())["rows"]
    assert [row["what"] for row in rows] == ["Order lines", "Customers", "nothing known"]


def test_the_source_of_one_table_is_proposed_for_those_that_came_with_it(client):
    lines, people = dropped({"lines.csv": LINES, "people.csv": PEOPLE})
    say_how_read(draft=lines, kind="order_lines", preset="generic", source="till", options={})
    client.force_login(person("ann"))
    form = client.get(f"/imports/drafts/{people.pk}/").context["form"]
    assert form["source"].value() == "till"
    say_how_read(draft=people, kind="customers", preset="generic", source="crm", options={})
    assert Draft.objects.get(pk=lines.pk).source == "till"


def test_what_waits_is_thrown_away_together_and_what_is_loaded_stays(client):
    lines, people, more = dropped({"lines.csv": LINES, "people.csv": PEOPLE, "more.csv": LINES})
    entered(lines)
    client.force_login(person("ann"))
    assert client.post(f"/imports/bundles/{lines.bundle_id}/discard/").url == "/imports/new/"
    assert list(Draft.objects.all()) == [lines]
    assert not Path(people.file_path).exists()
    assert OrderLine.objects.count() == 2
    assert discard_bundle(bundle=Bundle.objects.get()) == 0


def test_a_bundle_goes_with_the_last_of_its_tables():
    one, two = dropped({"lines.csv": LINES, "people.csv": PEOPLE})
    discard_draft(draft=one)
    assert Bundle.objects.count() == 1
    discard_draft(draft=two)
    with pytest.raises(NotFound, match="were thrown away"):
        bundle_numbered(one.bundle_id)


def test_an_erasure_finds_a_person_in_every_table():
    lines, people = dropped({"lines.csv": LINES, "people.csv": PEOPLE})
    entered(lines)
    assert perform(run=request_erasure(customer_id="A", send=False), job=erase).error == ""
    assert "A,2026" not in Path(lines.file_path).read_text()
    assert "Ada" not in Path(people.file_path).read_text()


def test_an_erasure_leaves_no_sheet_beside_the_one_that_is_read(tmp_path):
    xlsx(
        tmp_path / "shop.xlsx",
        {
            "Goods": [["sku", "name"], ["p1", "Milk"], ["p2", "Tea"]],
            "People": [["customer_id", "name"], ["A", "Ada Arendt"], ["B", "Bo Berg"]],
        },
    )
    with (tmp_path / "shop.xlsx").open("rb") as file:
        goods, people = begin_drafts(upload=file, file_name="shop.xlsx")
    assert entered(people).loaded == 2
    assert perform(run=request_erasure(customer_id="A", send=False), job=erase).error == ""
    assert quick_look(goods.file_path, goods.mapping["options"]).rows == [["p1", "Milk"],
                                                                         ["p2", "Tea"]]  # fmt: skip
    assert quick_look(people.file_path, people.mapping["options"]).rows[1:] == [["B", "Bo Berg"]]
    for draft in (goods, people):
        # No workbook any more, whose sheets lie packed inside.
        assert not zipfile.is_zipfile(draft.file_path)
        assert b"Ada" not in Path(draft.file_path).read_bytes()
    assert entered(goods).loaded == 2


def test_corrected_rows_come_back_in_a_file_of_one_table():
    (draft,) = dropped({"lines.csv": LINES.replace("6", "six")})
    load = entered(draft)
    with pytest.raises(Refused, match="The archive holds a.csv, b.csv"):
        bring_back(load=load, upload=zipped({"a.csv": LINES, "b.csv": LINES}), file_name="all.zip")
    assert Draft.objects.count() == 1
