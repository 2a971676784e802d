"""While a file is read and enters, its page says how far it is and how much longer it takes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ingestion.models import Load
from ingestion.services import load_file, load_numbered, receive_file
from ingestion.time_left import pace
from ingestion.trials import load_tried
from runs.models import Run
from runs.pages import waiting_words
from runs.services import claim, perform, request
from tests.ingestion.test_wizard import dropped, tried, understood

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now()
HEADER = "customer_id,occurred_at,amount\n"


@pytest.fixture
def load(tmp_path) -> Load:
    """An import of 999 rows of one length that nobody has tried."""
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "A1234,2026-01-31T10:00:00,5.0\n" * 999)
    return receive_file(path=path, kind="order_lines", send=False)


def at_work(load: Load, spent: float, *steps: tuple[str, int, float]) -> Load:
    """The load once it has worked so many seconds; ``steps`` are (name, rows, seconds)."""
    Run.objects.filter(pk=load.pk).update(
        state="running",
        started_at=NOW - timedelta(seconds=spent),
        steps=[
            {"step": name, "rows": rows, "seconds": seconds, "state": "running"}
            for name, rows, seconds in steps
        ],
    )
    return load_numbered(load.pk)


def long_before(seconds: float) -> Load:
    """An import of before that took so many seconds for 10,000 rows to enter."""
    run = Run.objects.create(
        name="import", task="ingestion.tasks.load", state="succeeded", progress=1,
        finished_at=NOW, steps=[{"step": "enter", "rows": 10_000, "seconds": seconds}],
    )  # fmt: skip
    return Load.objects.create(
        run=run, kind="order_lines", source="till", file_name="before.csv", file_path="",
        read=10_000, loaded=10_000,
    )  # fmt: skip


def test_before_the_first_rows_it_says_how_many_the_file_seems_to_have(load):
    assert pace(at_work(load, 1, ("read", 0, 0.0)), now=NOW).words == (
        "About 1,000 rows are to be read."
    )


def test_rows_speed_and_time_left_are_told_by_the_file_and_the_load_before(load):
    load = at_work(load, 10, ("read", 500, 0.0))
    found = pace(load, now=NOW)
    assert found.words == (
        "500 of about 1,000 rows are read, 50 a second; about 10 seconds to go with reading."
    )
    assert found.percent == "50"


def test_the_time_to_enter_is_counted_in_where_a_load_before_tells_it(tmp_path):
    long_before(400.0)
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "A1234,2026-01-31T10:00:00,5.0\n" * 999)
    load = receive_file(path=path, kind="order_lines", send=False)
    found = pace(at_work(load, 10, ("read", 500, 0.0)), now=NOW)
    # 10 seconds of reading and 40 for 1,000 rows to enter.
    assert found.words.endswith("50 a second; about 50 seconds to go.")
    found = pace(at_work(load, 30, ("read", 1000, 20.0), ("enter", 0, 0.0)), now=NOW)
    assert found.words == "1,000 rows are read and enter the record; about 30 seconds to go."
    assert found.percent == "25"
    late = pace(at_work(load, 70, ("read", 1000, 20.0), ("enter", 0, 0.0)), now=NOW)
    assert late.words == (
        "1,000 rows are read and enter the record; it takes longer than the last time."
    )
    assert late.percent == "97"


def test_a_dry_run_of_the_same_file_has_counted_its_rows():
    dry = tried(understood(dropped()))
    Load.objects.filter(pk=dry.pk).update(read=5, loaded=2, rejected=3)
    real = load_tried(load=load_numbered(dry.pk), send=False)
    assert pace(at_work(real, 1, ("read", 0, 0.0)), now=NOW).words == "5 rows are to be read."


def test_a_file_whose_rows_nobody_can_count_beforehand_says_what_is_known(load):
    load = at_work(load, 10, ("read", 500, 0.0))
    with open(load.file_path, "w") as file:
        file.write("[{}]")
    found = pace(load, now=NOW)
    assert (found.words, found.percent) == ("500 rows are read, 50 a second.", "")


def test_the_page_of_a_load_at_work_shows_it(client, ann, load):
    client.force_login(ann)
    run = claim(run_pk=load.pk)
    run.steps = [{"step": "read", "rows": 500, "seconds": 0.0, "state": "running"}]
    run.save()
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert "500 of about 1,000 rows are read, " in page
    assert '<progress class="progress" max="100" value="50"' in page


def test_an_import_says_which_work_keeps_the_worker_from_it(client, ann, load):
    client.force_login(ann)
    assert waiting_words(load.run) == "A worker takes it in a moment."
    busy = request(name="measure", task="pipelines.tasks.measure", lane="results", send=False)
    claim(run_pk=busy.pk)
    words = f"It waits for a worker: result of a campaign, run {busy.pk}, is at work."
    assert words in client.get(f"/imports/{load.pk}/").content.decode()


def test_an_import_does_not_wait_for_what_refreshes_and_learns(load):
    busy = request(name="refresh", task="pipelines.tasks.refresh", lane="refresh", send=False)
    claim(run_pk=busy.pk)
    learning = request(name="train", task="pipelines.tasks.train", lane="train", send=False)
    assert waiting_words(load.run) == "A worker takes it in a moment."
    assert waiting_words(learning) == (
        "It waits for a worker: refresh of features, segments and scores,"
        f" run {busy.pk}, is at work."
    )


def test_an_import_counts_those_that_wait_before_it(load, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text(HEADER + "A,2026-01-31,5\n")
    second, third = (receive_file(path=path, kind="order_lines", send=False) for _ in range(2))
    claim(run_pk=load.pk)
    assert waiting_words(second.run) == f"It waits behind run {load.pk}."
    assert waiting_words(third.run) == f"It waits behind run {load.pk}. 1 other waits before it."
    Run.objects.filter(pk=load.pk).update(state="queued", started_at=None)
    for one in (load, second, third):
        perform(run=Run.objects.get(pk=one.pk), job=load_file)
    assert load_numbered(third.pk).identical == 1
