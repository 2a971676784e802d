"""Any file, however dirty: each row is accounted for, twice changes nothing, and an undo leaves the
tables as they were, or is refused for a reason that the rows themselves show."""

from collections.abc import Iterator

import hypothesis.strategies as st
import pytest
from django.apps import apps
from django.db import connection
from hypothesis import HealthCheck, given, settings

from core.errors import Conflict
from core.models import RowBefore
from ingestion.models import Load
from ingestion.services import load_numbered, request_undo, undo_load
from runs.services import perform
from tests.shops.checksums import TABLES, checksums
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)

# Few of each, so that rows meet: good ones, and such as no column can hold or that mean nothing.
DIRT = st.sampled_from(["", " ", "?", "-", "NULL", "1e400", "9" * 19, "31.02.2026", "0001-01-01"])
IDS = st.sampled_from(["A", "B", "C", ""])
DAYS = st.sampled_from(["2026-02-01", "2026-02-02T10:00:00Z", "01.02.2026 09:30"])
SKUS = st.sampled_from(["p1", "p2", ""])
MONEY = st.sampled_from(["1", "2.50", "-3.10", "0"])
WORDS = st.sampled_from(["North", "Süd", "", '"a ""b"""', "x" * 40])
YES_NO = st.sampled_from(["yes", "no", "true", "0"])
CELLS = {
    "order_lines": {
        "customer_id": IDS, "order_id": st.sampled_from(["o1", "o2", "o3", ""]),
        "line_number": st.sampled_from(["", "1", "2"]), "occurred_at": DAYS, "sku": SKUS,
        "quantity": st.sampled_from(["1", "-1", "0", ""]), "amount": MONEY, "store": WORDS,
    },
    "customers": {
        "customer_id": IDS, "name": st.sampled_from(["Mara Klein", "Sam Ode", ""]),
        "email": st.sampled_from(["mara@x.example", ""]),
        "birth_date": st.sampled_from(["1990-05-17", "2090-01-01", ""]), "region": WORDS,
    },
    "products": {"sku": SKUS, "name": WORDS, "category": WORDS, "price": MONEY},
    "consents": {
        "customer_id": IDS, "channel": st.sampled_from(["email", "SMS", "pigeon"]),
        "granted": YES_NO, "at": DAYS,
    },
    "interactions": {
        "customer_id": IDS, "channel": st.sampled_from(["email", "chat"]), "opened_at": DAYS,
        "closed_at": DAYS, "text": WORDS, "outcome": WORDS,
    },
    "feedback": {
        "customer_id": IDS, "kind": st.sampled_from(["nps", "review", "shout"]),
        "score": st.sampled_from(["0", "9", "11", ""]), "text": WORDS, "at": DAYS,
    },
    "events": {
        "customer_id": IDS, "visitor_id": st.sampled_from(["v1", "v2", ""]),
        "kind": st.sampled_from(["visit", "search"]), "at": DAYS, "sku": SKUS,
    },
    "campaign_responses": {
        "customer_id": IDS, "campaign": WORDS, "at": DAYS,
        "kind": st.sampled_from(["sent", "Opened", "unsubscribed", "bounced", ""]),
    },
    "customer_features": {
        "customer_id": IDS, "recency_days": st.sampled_from(["3", "-3", ""]), "mood": WORDS,
    },
}  # fmt: skip
KINDS = sorted(CELLS)
# Which kinds of files write rows that a later file of another kind changes or names.
MEETING = [
    *((kind, kind) for kind in KINDS),
    *((kind, "customers") for kind in KINDS if kind != "products"),
    *(("customers", kind) for kind in ("order_lines", "consents", "events", "customer_features")),
    ("products", "order_lines"), ("order_lines", "products"), ("order_lines", "consents"),
    ("consents", "campaign_responses"), ("campaign_responses", "consents"),
]  # fmt: skip
HARD = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def files(draw, kinds=KINDS) -> tuple[str, str]:
    """A kind and a file of it: one cell in sixteen is dirty, a row may be cut or be longer."""
    kind = draw(st.sampled_from(kinds))
    dirty = st.integers(0, 15).map(lambda n: n == 15)
    rows = [",".join(CELLS[kind])]
    for _ in range(draw(st.integers(2, 6))):
        cells = [draw(DIRT if draw(dirty) else cell) for cell in CELLS[kind].values()]
        cells = cells[:-1] if draw(dirty) else [*cells, "more"] if draw(dirty) else cells
        rows.append(",".join(cells))
    return kind, "\n".join([*rows, *draw(st.lists(st.sampled_from(rows), max_size=2))]) + "\n"


def loaded(folder, file: tuple[str, str]) -> Load:
    """Brought in, with everything that must hold of any file."""
    kind, text = file
    load = bring_in(folder, text, kind)
    if load.run.state == "failed":
        assert load.run.error.startswith("The file")
        return load
    assert load.read == load.loaded + load.changed + load.identical + load.duplicate + load.rejected
    assert all(total["difference"] == 0 for total in load.sums.values())
    before = checksums()
    again = bring_in(folder, text, kind)
    assert (again.loaded, again.changed, again.rejected) == (0, 0, load.rejected)
    assert again.identical + again.duplicate == load.read - load.rejected
    assert checksums() == before
    assert RowBefore.objects.filter(load_id=again.pk).count() == 0
    return load


def undone(load: Load) -> bool:
    """False where it is refused, and then nothing has happened."""
    if load.run.state == "failed":
        return True
    before = checksums()
    try:
        run = request_undo(load=load_numbered(load.pk), send=False)
    except Conflict:
        assert checksums() == before
        return False
    assert perform(run=run, job=undo_load).error == ""
    return True


def rows() -> dict[tuple[str, int], dict]:
    """{(table, id): row} of all that a load may write."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                held = dict(zip(names, row, strict=True))
                found[table, held["id"]] = held
    return found


def named_by(table: str, row: dict) -> Iterator[tuple[str, int]]:
    """The rows of other tables that a row cannot be without."""
    model = next(m for m in apps.get_models() if m._meta.db_table == table)
    if table == "transactions_event" and not row["identified"]:
        return
    for field in model._meta.fields:
        if field.many_to_one and row[field.column] is not None:
            yield field.related_model._meta.db_table, row[field.column]


def in_the_way(start: dict, first: dict, second: dict, earlier: Load, later: Load) -> bool:
    """Whether the later load changed a row of the earlier one, or has or keeps a row that names one
    that the earlier brought in."""
    if any(row["load_id"] == earlier.pk != second[key]["load_id"] for key, row in first.items()):
        return True
    brought = first.keys() - start.keys()
    theirs = {key: row for key, row in second.items() if row["load_id"] == later.pk}
    kept = {key: first[key] for key in theirs if key in first}
    return any(
        name in brought
        for held in (theirs, kept)
        for (table, _), row in held.items()
        for name in named_by(table, row)
    )


@pytest.fixture(autouse=True)
def a_shop(tmp_path):
    """Rows that were there before, of every table."""
    bring_in(tmp_path, "customer_id,order_id,line_number,occurred_at,sku,amount,store\n"
             "A,o1,1,2026-02-01,p1,1,North\nA,o1,2,2026-02-01,p2,2,North\n")  # fmt: skip
    bring_in(tmp_path, "customer_id,name\nA,Mara Klein\n", "customers")
    bring_in(tmp_path, "visitor_id,kind,at\nv1,visit,2026-02-01\n", "events")
    bring_in(tmp_path, "customer_id,mood\nA,North\n", "customer_features")


@settings(HARD, max_examples=12)
@given(file=files())
def test_a_dirty_file_is_accounted_for_and_undone(tmp_path, file):
    before = checksums()
    load = loaded(tmp_path, file)
    assert undone(load)
    assert checksums() == before
    assert RowBefore.objects.filter(load_id=load.pk).count() == 0


@settings(HARD, max_examples=18)
@given(pair=st.sampled_from(MEETING).flatmap(lambda two: st.tuples(*(files([k]) for k in two))))
def test_two_dirty_files_are_undone_in_any_order_that_the_rows_allow(tmp_path, pair):
    earlier, later = pair
    before, start = checksums(), rows()
    first = loaded(tmp_path, earlier)
    between, middle = checksums(), rows()
    second = loaded(tmp_path, later)
    both = (first.run.state, second.run.state) == ("succeeded", "succeeded")
    allowed = not (both and in_the_way(start, middle, rows(), first, second))
    assert undone(first) is allowed
    assert undone(second)
    if not allowed:
        assert checksums() == between
        assert undone(first)
    assert checksums() == before
