"""Sources as an analyst sets them up: a form from the connector's fields, tested, read, paused."""

import pytest

from core.models import AuditEntry
from ingestion.models import Draft, Load, Source
from ingestion.reading import read_source
from runs.models import Run, RunState
from runs.services import perform
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,order_id,occurred_at,amount\n"


@pytest.fixture
def exports(tmp_path, settings):
    settings.SOURCE_FOLDERS = [tmp_path / "incoming"]
    folder = tmp_path / "incoming" / "shop"
    folder.mkdir(parents=True)
    (folder / "monday.csv").write_text(f"{HEADER}A,o1,2026-02-02,5\nB,o2,2026-02-02,oops\n")
    return folder


def sent(folder, **values):
    return {
        "name": "exports", "kind": "order_lines", "preset": "generic", "every_minutes": "60",
        "mapping": "", "of_folder": str(folder), "of_pattern": "*.csv", "of_settle_seconds": "0",
        "do": "save", **values,
    }  # fmt: skip


def set_up(client, folder, **values) -> Source:
    answer = client.post("/sources/new/folder/", sent(folder, **values))
    assert answer.status_code == 302, answer.content.decode()[:3000]
    source = Source.objects.get()
    # Its columns are called as ours are: nobody has to look at them.
    assert (source.enabled, Draft.objects.get().feeds) == (False, source)
    client.post(f"/sources/{source.pk}/pause/", {"resume": "yes"})
    return source


def read(source: Source) -> Run:
    source.refresh_from_db()
    return perform(run=source.reading, job=read_source)


def text(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_without_a_source_the_page_says_what_will_stand_there(ann_in):
    told = text(ann_in.get("/sources/"))
    assert "No source is set up yet." in told
    assert "Folder of files" in text(ann_in.get("/sources/new/"))


def test_the_form_says_which_folders_may_be_read(ann_in, exports):
    assert f"{exports.parent}, what is below, or s3://" in text(ann_in.get("/sources/new/folder/"))


def test_what_is_not_there_yet_has_no_chart_and_no_file_of_it(ann_in, exports, tmp_path):
    bring_in(tmp_path, "customer_id,occurred_at,amount\nB,2026-01-02,6\n", source="till")
    told = text(ann_in.get("/sources/"))
    assert (told.count("data-figure"), told.count("Grey: what is usual")) == (1, 1)
    source = set_up(ann_in, exports)
    ann_in.post(f"/sources/{source.pk}/read/")
    read(source)
    told = text(ann_in.get(f"/sources/{source.pk}/"))
    assert "exports brought 1 row on" in told
    assert "Grey: what is usual" not in told, "no whole day is over yet"


def test_a_folder_is_tested_saved_and_read(ann_in, exports):
    tried = text(ann_in.post("/sources/new/folder/", sent(exports, do="test")))
    assert "1 file is called like *.csv; the newest is monday.csv." in tried
    assert Source.objects.count() == 0
    source = set_up(ann_in, exports)
    assert (source.every_minutes, source.options["pattern"]) == (60, "*.csv")
    assert "exports was not read yet." in text(ann_in.get(f"/sources/{source.pk}/"))
    ann_in.post(f"/sources/{source.pk}/read/")
    assert read(source).state == RunState.SUCCEEDED
    told = text(ann_in.get(f"/sources/{source.pk}/"))
    assert "exports brought 1 row on" in told
    assert "monday.csv" in told
    assert "exports comes in as usual." in text(ann_in.get("/sources/"))
    bring_in(exports, "customer_id,occurred_at,amount\nB,2026-01-02,6\n", source="till")
    assert "Both sources come in as usual." in text(ann_in.get("/sources/"))
    assert [entry.verb for entry in AuditEntry.objects.filter(actor_label__contains="ann")] == [
        "create_source", "resume_source", "read_source",
    ]  # fmt: skip


def test_each_new_and_each_changed_file_is_read_once(ann_in, exports):
    source = set_up(ann_in, exports)
    (exports / "notes.txt").write_text("nothing")
    for files, expected in (
        ({}, ["monday.csv"]),
        ({}, []),
        ({"tuesday.csv": f"{HEADER}A,o3,2026-02-03,5\n"}, ["tuesday.csv"]),
        ({"monday.csv": f"{HEADER}A,o1,2026-02-02,5\nB,o2,2026-02-02,7\n"}, ["monday.csv"]),
    ):
        before = set(Load.objects.values_list("pk", flat=True))
        for name, content in files.items():
            (exports / name).write_text(content)
        ann_in.post(f"/sources/{source.pk}/read/")
        assert read(source).error == ""
        new = Load.objects.exclude(pk__in=before)
        assert [load.file_name for load in new] == expected
    assert (Load.objects.first().identical, Load.objects.first().loaded) == (1, 1)


def test_a_file_that_cannot_be_read_stops_the_source_before_it(ann_in, exports):
    source = set_up(ann_in, exports)
    (exports / "zz.csv").write_text("<html><body>502 Bad Gateway</body></html>")
    ann_in.post(f"/sources/{source.pk}/read/")
    assert read(source).state == RunState.FAILED
    source.refresh_from_db()
    assert list(source.cursor["files"]) == [str(exports / "monday.csv")]
    told = text(ann_in.get(f"/sources/{source.pk}/"))
    assert "exports could not be read." in told
    assert "zz.csv" in source.problem
    assert "it goes on where it stopped" in told
    told = text(ann_in.get("/sources/"))
    assert "exports cannot be read." in told
    assert "Cannot be read: zz.csv" in told
    (exports / "zz.csv").unlink()
    ann_in.post(f"/sources/{source.pk}/read/")
    assert read(source).error == ""
    source.refresh_from_db()
    assert source.problem == ""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"of_folder": "/etc"}, "/etc is not among the folders that may be read"),
        ({"of_folder": "s3://bucket", "of_endpoint": "http://127.0.0.1:9"}, "does not answer"),
    ],
)
def test_a_place_that_may_not_be_read_is_told(ann_in, exports, values, words):
    told = text(ann_in.post("/sources/new/folder/", sent(exports, do="test", **values)))
    assert words in told
    assert Source.objects.count() == 0


def test_a_folder_above_the_allowed_one_stays_closed(ann_in, exports):
    told = text(ann_in.post("/sources/new/folder/", sent(f"{exports}/../..", do="test")))
    assert "is not among the folders that may be read" in told


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"kind": "nothing"},
        {"mapping": '{"columns": {"nothing": "x"}}'},
        {"of_settle_seconds": "-1"},
        {"of_folder": ""},
    ],
)
def test_a_form_that_cannot_be_meant_saves_nothing(ann_in, exports, values):
    answer = ann_in.post("/sources/new/folder/", sent(exports, **values))
    assert answer.status_code == 400
    assert Source.objects.count() == 0


def test_a_secret_is_never_shown_again_and_stays_when_it_is_not_typed(ann_in, exports):
    source = set_up(ann_in, exports, of_secret_key="a very secret key")
    page = text(ann_in.get(f"/sources/{source.pk}/"))
    assert '<td>Secret key</td><td class="break-words">kept encrypted</td>' in page
    assert page.count("kept encrypted") == 1
    assert "a very secret key" not in page + text(ann_in.get(f"/sources/{source.pk}/edit/"))
    answer = ann_in.post(f"/sources/{source.pk}/edit/", sent(exports, of_pattern="m*.csv"))
    assert answer.status_code == 302
    source.refresh_from_db()
    assert source.options["pattern"] == "m*.csv"
    assert "a very secret key" in source.secrets
    assert AuditEntry.objects.get(verb="change_source").detail == {"changed": ["pattern"]}


def test_a_paused_source_goes_on_where_it_stopped(ann_in, exports):
    source = set_up(ann_in, exports)
    ann_in.post(f"/sources/{source.pk}/pause/")
    assert "paused" in text(ann_in.get("/sources/"))
    source.refresh_from_db()
    assert source.enabled is False
    ann_in.post(f"/sources/{source.pk}/pause/", {"resume": "yes"})
    source.refresh_from_db()
    assert source.enabled is True


def test_beginning_anew_is_asked_for_by_typing_its_name(ann_in, exports):
    source = set_up(ann_in, exports)
    ann_in.post(f"/sources/{source.pk}/read/")
    read(source)
    ann_in.post(f"/sources/{source.pk}/over/", {"sure": "export"})
    source.refresh_from_db()
    assert source.cursor != {}
    ann_in.post(f"/sources/{source.pk}/over/", {"sure": "exports"})
    source.refresh_from_db()
    assert source.cursor == {}


def test_a_source_is_deleted_by_typing_its_name_and_what_it_brought_stays(ann_in, exports):
    source = set_up(ann_in, exports)
    ann_in.post(f"/sources/{source.pk}/read/")
    ann_in.post(f"/sources/{source.pk}/delete/", {"sure": "exports"})
    assert Source.objects.count() == 1, "it is being read"
    read(source)
    ann_in.post(f"/sources/{source.pk}/delete/", {"sure": "export"})
    assert Source.objects.count() == 1
    ann_in.post(f"/sources/{source.pk}/delete/", {"sure": "exports"})
    assert Source.objects.count() == 0
    load = Load.objects.get()
    assert (load.feed, load.source, load.loaded) == (None, "exports", 1)
    assert AuditEntry.objects.get(verb="delete_source").subject == "exports"
    assert "by files and programs" in text(ann_in.get("/sources/"))
