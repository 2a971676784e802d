"""Commands answer in one line, whatever stands in their way."""

import io
import json
from types import SimpleNamespace

import polars as pl
import pytest
from django.core.management import call_command

from pipelines.management.commands import refresh as command
from runs.models import Run
from runs.services import cancel
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)


def called(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def ten(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)


@pytest.mark.parametrize(
    "what", [("export_features", "--as-of", "2026-03-01"), ("export_segment", "loyal")]
)
def test_an_export_that_cannot_be_written_says_so(ten, tmp_path, what):
    refreshed(shop.AS_OF)
    before = sorted(tmp_path.iterdir())
    (folder := tmp_path / "a folder.csv").mkdir()
    for out in ("/nonexist/x.csv", str(folder)):
        code, said, complaint = called(*what, "--out", out, "--json")
        error = json.loads(said)["error"]
        assert (code, error["code"], error["fields"]) == (1, "cannot_write", {"out": out})
        assert complaint.strip().splitlines() == [error["message"]]
    assert sorted(tmp_path.iterdir()) == sorted([*before, folder])
    assert list(folder.iterdir()) == []


def test_an_export_that_breaks_leaves_the_file_of_before(ten, tmp_path, monkeypatch):
    refreshed(shop.AS_OF)
    out = tmp_path / "out.csv"
    out.write_text("before")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pl.DataFrame, "write_csv", full)
        code, _, complaint = called("export_features", "--as-of", "2026-03-01", "--out", str(out))
    assert (code, out.read_text()) == (1, "before")
    assert "No space left on device" in complaint
    assert [p.name for p in tmp_path.iterdir() if "draft" in p.name] == []
    code, _, _ = called("export_features", "--as-of", "2026-03-01", "--out", str(out))
    assert (code, pl.read_csv(out).height) == (0, 10)


@pytest.mark.parametrize("busy", [False, True])
def test_a_queued_refresh_says_that_no_worker_takes_it(ten, monkeypatch, busy):
    if busy:
        Run.objects.create(name="clusters", task="t", lane="refresh", state="running", attempt=1)
    looks = []

    def look_away(_seconds: float) -> None:
        looks.append(1)
        if len(looks) == 3:
            cancel(run=Run.objects.get(name="refresh"))

    monkeypatch.setattr(command, "PATIENCE_SECONDS", -1.0)
    monkeypatch.setattr(command, "time", SimpleNamespace(sleep=look_away, monotonic=lambda: 0.0))
    code, said, complaint = called("refresh", "--queue", "--json")
    run = Run.objects.get(name="refresh")
    assert (code, json.loads(said)["state"]) == (1, "cancelled")
    told = "" if busy else command.NO_WORKER.format(run.pk)
    assert complaint.strip() == told
