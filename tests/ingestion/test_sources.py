"""A source brings rows by the road of every file; its cursor moves with them, or not at all."""

import signal
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from core.errors import Conflict
from core.models import AuditEntry
from ingestion import sources
from ingestion.feeds import Feed, ReadAlready, move_on
from ingestion.known_connectors import BadSource
from ingestion.models import Load, Source
from ingestion.reading import read_source
from ingestion.services import receive_file
from runs.models import Run, RunState
from runs.services import perform, reap
from tests.conftest import person
from tests.neighbours.postgres import other_database
from tests.neighbours.readers import python, somebody_waits, standing_still, until
from tests.shops.checksums import checksums
from transactions.models import OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

LINES = "customer_id text, order_id text, changed_at timestamptz, amount numeric(9,2)"
MAPPING = {"columns": {"occurred_at": "changed_at"}}
COUNTS = ("read", "loaded", "changed", "identical", "duplicate", "rejected", "loads")


@pytest.fixture(scope="module")
def shop(django_db_setup):
    with other_database("shop") as other:
        yield other


@pytest.fixture
def till(shop, transactional_db) -> Source:
    shop.run(f"DROP TABLE IF EXISTS lines; CREATE TABLE lines ({LINES})")
    sold(shop, *range(1, 6))
    return sources.create_source(
        name="till",
        connector="sql",
        kind="order_lines",
        options={"url": shop.url, "password": shop.password, "table": "lines",
                 "cursor_column": "changed_at", "batch_rows": 2},
        mapping=MAPPING,
        actor=person("ann"),
    )  # fmt: skip


def sold(shop, *numbers: int) -> None:
    rows = ", ".join(
        f"('c{n % 2}', 'o{n}', '2026-02-{min(n, 20):02} 10:00Z', {n}.5)" for n in numbers
    )
    shop.run(f"INSERT INTO lines VALUES {rows}")


def read(source: Source) -> Run:
    run = perform(run=sources.request_read(source=source, send=False), job=read_source)
    source.refresh_from_db()
    return run


def counts(run: Run) -> tuple[int, ...]:
    assert run.error == ""
    return tuple(run.result[name] for name in COUNTS)


def test_a_source_is_read_in_loads_and_on_from_where_it_stopped(shop, till):
    assert counts(read(till)) == (5, 5, 0, 0, 0, 0, 3)
    assert set(OrderLine.objects.values_list("order__source__name", flat=True)) == {"till"}
    assert counts(read(till)) == (0, 0, 0, 0, 0, 0, 0)
    # Late, and of the moment of the last row that was read.
    shop.run("INSERT INTO lines VALUES ('c9', 'late', '2026-02-05 10:00Z', 1)")
    sold(shop, 6)
    assert counts(read(till)) == (2, 2, 0, 0, 0, 0, 2)
    assert sorted(OrderLine.objects.values_list("order__order_id", flat=True)) == [
        "late", "o1", "o2", "o3", "o4", "o5", "o6",
    ]  # fmt: skip
    newest = Load.objects.first()
    assert (newest.feed, newest.source, newest.file_name) == (till, "till", "1 row of lines")
    assert (till.problem, till.failures) == ("", 0)


def test_rows_of_another_table_are_read_from_their_beginning(shop, till):
    read(till)
    shop.run("DROP TABLE IF EXISTS old_lines; CREATE TABLE old_lines AS SELECT * FROM lines")
    shop.run("UPDATE old_lines SET order_id = 'old ' || order_id, changed_at = '2025-01-01'")
    stood = till.cursor
    for changed, cursor in (({"batch_rows": 3}, stood), ({"table": "old_lines"}, {})):
        options = {**till.options, **changed}
        sources.change_source(
            source=till, kind=till.kind, options=options, mapping=MAPPING, actor=person("ann")
        )
        till.refresh_from_db()
        assert till.cursor == cursor
    assert counts(read(till))[:2] == (5, 5)


def test_what_is_read_from_its_beginning_changes_nothing(till):
    read(till)
    before = checksums()
    sources.start_over(source=till, actor=person("ann"))
    till.refresh_from_db()
    assert counts(read(till)) == (5, 0, 0, 5, 0, 0, 3)
    assert checksums() == before


def test_a_batch_that_another_reader_has_entered_does_not_enter_again(till, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("customer_id,order_id,occurred_at,amount\nA,o1,2026-02-01,5\n")
    load = receive_file(
        path=path, kind="order_lines", feed=Feed(till, {"value": 1, "seen": {}}), send=False
    )
    move_on(load)
    till.refresh_from_db()
    assert (till.cursor, till.position) == ({"value": 1, "seen": {}}, 1)
    with pytest.raises(ReadAlready):
        move_on(load)
    till.refresh_from_db()
    assert till.position == 1


def test_rejects_are_told_and_kept_and_the_rest_enters(shop, till):
    shop.run("INSERT INTO lines VALUES ('', 'o9', '2026-02-20 10:00Z', 1)")
    run = read(till)
    assert counts(run) == (6, 5, 0, 0, 0, 1, 3)
    assert Load.objects.get(rejected=1).state == RunState.SUCCEEDED


def test_a_column_that_is_gone_stops_it_and_moves_nothing(shop, till):
    read(till)
    stood = till.cursor
    sold(shop, 6)
    shop.run("ALTER TABLE lines RENAME COLUMN amount TO total")
    run = read(till)
    assert run.state == RunState.FAILED
    assert "The column amount is missing" in run.error
    assert "till has changed" in run.error
    assert till.problem == run.error
    assert (till.cursor, till.failures) == (stood, 1)
    assert till.changes == "Its columns changed; new: total; gone: amount."
    shop.run("ALTER TABLE lines RENAME COLUMN total TO amount")
    assert counts(read(till)) == (1, 1, 0, 0, 0, 0, 1)
    assert (till.problem, till.failures) == ("", 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"password": "wrong"}, "password authentication failed"),
        ({"table": "sales"}, 'relation "sales" does not exist'),
        ({"cursor_column": "changed"}, "The nearest is 'changed_at'"),
        ({"url": "postgresql://nobody@127.0.0.1:9/none"}, "Connection refused"),
        ({"url": "sqlite:////etc/passwd"}, "An address begins with"),
        ({"url": "mysql://a@b/c?read_default_file=/etc/passwd"}, "may say charset and sslmode"),
        ({"url": "postgresql://a:b@c/d"}, "Write the password in its own field"),
        ({"query": "SELECT 1"}, "one of the two"),
        ({"table": "", "query": "DELETE FROM lines"}, "syntax error"),
        ({"table": "", "query": "SELECT pg_sleep(9), now() AS changed_at"}, "statement timeout"),
    ],
)
def test_what_is_wrong_with_a_database_is_said_and_nothing_moves(shop, till, change, words):
    kept = {**till.options, "timeout_seconds": 1, **change}
    sources.change_source(
        source=till, kind=till.kind, options=kept, mapping=MAPPING, actor=person("ann")
    )
    till.refresh_from_db()
    stood = till.position
    run = read(till)
    assert run.state == RunState.FAILED
    assert words in run.error
    assert shop.password not in run.error
    assert (till.cursor, till.position, OrderLine.objects.count()) == ({}, stood, 0)


def test_no_statement_of_a_source_can_write(shop, till):
    query = "WITH gone AS (DELETE FROM lines RETURNING *) SELECT * FROM gone"
    options = {**till.options, "table": "", "query": query, "cursor_column": ""}
    sources.change_source(
        source=till, kind=till.kind, options=options, mapping=MAPPING, actor=person("ann")
    )
    assert read(till).state == RunState.FAILED
    options = {**till.options, "table": "lines", "query": "", "cursor_column": "changed_at"}
    sources.change_source(
        source=till, kind=till.kind, options=options, mapping=MAPPING, actor=person("ann")
    )
    till.refresh_from_db()
    assert counts(read(till))[0] == 5


def test_secrets_are_kept_encrypted_and_stay_when_they_are_not_given(shop, till):
    with connection.cursor() as cursor:
        cursor.execute("SELECT options::text, secrets FROM ingestion_source")
        ((options, kept),) = cursor.fetchall()
    assert "password" not in options
    assert shop.password.encode() not in bytes(kept)
    sources.change_source(
        source=till, kind=till.kind, options=till.options, mapping=MAPPING, actor=person("ann")
    )
    till.refresh_from_db()
    assert counts(read(till))[0] == 5
    told = str(list(AuditEntry.objects.values_list("detail", flat=True)))
    assert shop.password not in told


def test_a_source_that_cannot_be_meant_is_refused_and_not_saved(till):
    def make(**values):
        sources.create_source(
            **{"name": "x", "connector": "sql", "kind": "order_lines", "options": {"url": "u"},
               "actor": None, **values}
        )  # fmt: skip

    with pytest.raises(Conflict, match="There is a source till already"):
        make(name="till")
    with pytest.raises(BadSource, match="needs the option url"):
        make(options={})
    with pytest.raises(BadSource, match="Rows at a time|batch_rows"):
        make(options={"url": "u", "batch_rows": 0})
    assert Source.objects.count() == 1


def test_the_clock_asks_for_what_is_due_and_later_after_each_failure(till):
    made = Source.objects.filter(pk=till.pk)
    now = timezone.now()
    assert sources.request_due(now=now) == []
    made.update(every_minutes=5)
    (run,) = sources.request_due(now=now)
    assert (run.name, run.arguments, run.requested_by) == ("read_source", {"source": till.pk}, None)
    # One that waits or works is joined.
    assert sources.request_due(now=now + timedelta(hours=1)) == []
    assert sources.request_read(source=till) == run
    perform(run=run, job=read_source)
    made.update(failures=0)
    assert sources.request_due(now=run.created_at + timedelta(minutes=4)) == []
    till.refresh_from_db()
    assert sources.next_read(till) == run.created_at + timedelta(minutes=5)
    made.update(failures=3)
    till.refresh_from_db()
    assert sources.next_read(till) == run.created_at + timedelta(minutes=40)
    made.update(failures=40)
    till.refresh_from_db()
    assert sources.next_read(till) == run.created_at + timedelta(days=1)
    sources.pause_source(source=till, paused=True, actor=person("ann"))
    assert sources.request_due(now=now + timedelta(days=9)) == []


def test_a_reading_killed_right_before_a_commit_loses_and_doubles_nothing(till):
    Source.objects.update(columns=["customer_id", "order_id", "changed_at", "amount"])
    run = sources.request_read(source=till, send=False)
    with standing_still(till), python("-c", CARRY_OUT, str(run.pk)) as process:
        until(somebody_waits)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert (OrderLine.objects.count(), Load.objects.count()) == (0, 1)
    reap()
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    ended = perform(run=run, job=read_source)
    assert (ended.error, ended.result["read"]) == ("", 5)
    assert sorted(OrderLine.objects.values_list("order__order_id", flat=True)) == [
        "o1", "o2", "o3", "o4", "o5",
    ]  # fmt: skip
    till.refresh_from_db()
    assert (till.position, till.failures) == (3, 0)
    assert set(Load.objects.values_list("run__state", "read")) == {
        ("succeeded", 2),
        ("succeeded", 1),
    }


def test_a_load_that_waits_for_somebody_holds_the_source(till):
    """Control totals of a source agree by themselves: one is held here as its sender's would be."""
    assert counts(read(till))[0] == 5
    load = Load.objects.first()
    Run.objects.filter(pk=load.run_id).update(state=RunState.HELD)
    Load.objects.filter(pk=load.pk).update(held_for="The control total of rows differs.")
    run = read(till)
    assert run.state == RunState.FAILED
    assert f"Import {load.pk} is held: The control total of rows differs." in run.error


CARRY_OUT = """
import sys, django
django.setup()
from ingestion.tasks import read
read(int(sys.argv[1]))
"""
