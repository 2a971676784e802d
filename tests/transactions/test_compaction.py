"""Many small loads share a file of the mirror, and each can still be changed and undone."""

from datetime import UTC, datetime

import pytest

from core.once import one_moment
from features.frames import customer_features
from ingestion.services import load_file, receive_file, request_undo, undo_load
from runs.services import perform
from tests.shops.coming_in import bring_in, refreshed
from transactions.agreement import mirror_differences
from transactions.compaction import MANY, compact_mirror
from transactions.frames import mirror_lines, mirror_purchases
from transactions.models import MirrorFile
from transactions.services import remove_unused, update_mirror

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,order_id,occurred_at,sku,amount\n"
EVER = (datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2100-01-01"))


def small(tmp_path, number: int):
    return bring_in(tmp_path, f"{HEADER}A,o{number},2026-02-01T10:00Z,p{number},{number}\n")


@pytest.fixture
def loads(tmp_path):
    made = [small(tmp_path, number) for number in range(1, MANY + 3)]
    update_mirror()
    return made


def files() -> list[tuple[int, int]]:
    entries = MirrorFile.objects.filter(kind="lines").order_by("load_id")
    return [(*entry.loads, entry.rows) for entry in entries]


def amounts() -> list[int]:
    return sorted(mirror_lines().collect()["amount_minor"].to_list())


def test_small_loads_in_a_row_become_one_file_that_says_the_same(loads):
    before, bought = amounts(), mirror_purchases(None, *EVER).height
    assert compact_mirror() == len(loads) - 1
    assert files() == [(loads[0].pk, loads[-1].pk, len(loads))]
    assert (amounts(), mirror_purchases(None, *EVER).height) == (before, bought)
    assert mirror_differences() == []
    assert compact_mirror() == 0


def test_a_load_in_a_shared_file_is_undone_alone(loads):
    compact_mirror()
    ended = perform(run=request_undo(load=loads[3], send=False), job=undo_load)
    assert ended.error == ""
    update_mirror()
    assert amounts() == [100 * n for n in range(1, len(loads) + 1) if n != 4]
    assert files() == [(loads[0].pk, loads[-1].pk, len(loads) - 1)]
    assert mirror_differences() == []


def test_a_load_that_was_asked_for_before_and_enters_after_counts_once(tmp_path):
    path = tmp_path / "late.csv"
    first = small(tmp_path, 1)
    path.write_text(f"{HEADER}B,late,2026-02-01T10:00Z,p1,99\n")
    late = receive_file(path=path, kind="order_lines", send=False)
    rest = [small(tmp_path, number) for number in range(2, MANY + 1)]
    update_mirror()
    compact_mirror()
    assert first.pk < late.pk < rest[0].pk
    perform(run=late.run, job=load_file)
    update_mirror()
    assert amounts() == [*(100 * n for n in range(1, MANY + 1)), 9900]
    assert mirror_differences() == []


def test_few_files_and_large_ones_stay_as_they_are(tmp_path, monkeypatch):
    made = [small(tmp_path, number) for number in range(1, MANY)]
    update_mirror()
    assert compact_mirror() == 0
    monkeypatch.setattr("transactions.compaction.SMALL_ROWS", 1)
    small(tmp_path, MANY)
    update_mirror()
    assert compact_mirror() == 0
    assert len(files()) == len(made) + 1


def test_a_refresh_compacts_and_its_figures_are_true(loads):
    refreshed(datetime(2026, 2, 2, tzinfo=UTC), only=["features"])
    assert len(files()) == 1
    known = customer_features(mirror_lines().collect()["customer_pk"][0])
    assert known["purchase_frequency"] == len(loads)


def test_a_request_that_compacts_reads_the_one_file_next(loads):
    with one_moment():
        before = amounts()
        compact_mirror()
        remove_unused(at_once=True)
        assert amounts() == before
