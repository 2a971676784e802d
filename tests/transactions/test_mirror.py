"""The mirror says what the record says, or says that it does not."""

import io
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from django.core.management import call_command
from django.db.models import F

from core.services import configure_organisation
from ingestion.services import load_numbered, request_undo, undo_load
from pipelines.services import refresh, request_refresh
from runs.services import perform
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in
from transactions.agreement import mirror_differences
from transactions.frames import mirror_lines
from transactions.models import MirrorFile, Order, OrderLine, Product
from transactions.services import DamagedMirror, rebuild_mirror, update_mirror

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = "customer_id,order_id,line_number,occurred_at,sku,amount\n"


def verify() -> tuple[int, dict]:
    out = io.StringIO()
    try:
        call_command("mirror", "verify", "--json", stdout=out)
    except SystemExit as ended:
        return int(ended.code), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


def test_it_holds_each_load_in_a_file_of_its_own(tmp_path):
    first = bring_in(tmp_path, shop.ORDER_LINES)
    second = bring_in(tmp_path, HEADER + "A,x,1,2026-02-01,p1,1\n")
    assert update_mirror().rows == 18 + 1 + 2
    files = MirrorFile.objects.filter(kind="lines").values_list("load_id", "rows")
    assert dict(files) == {first.pk: 18, second.pk: 1}
    assert verify() == (0, {"equal": True, "differences": []})


def test_a_changed_line_moves_to_the_file_of_the_load_that_changed_it(tmp_path):
    first = bring_in(tmp_path, HEADER + "A,x,1,2026-02-01,p1,1\nA,x,2,2026-02-01,p1,2\n")
    update_mirror()
    second = bring_in(tmp_path, HEADER + "A,x,1,2026-02-01,p1,9\n")
    assert verify()[0] == 1
    update_mirror()
    assert verify()[0] == 0
    files = MirrorFile.objects.filter(kind="lines").values_list("load_id", "rows")
    assert dict(files) == {first.pk: 1, second.pk: 1}
    assert sorted(mirror_lines().collect()["amount_minor"]) == [200, 900]


def test_a_corrected_order_makes_the_file_of_its_unchanged_line_anew(tmp_path):
    first = bring_in(tmp_path, HEADER + "A,x,1,2026-02-01,p1,1\n")
    update_mirror()
    second = bring_in(tmp_path, HEADER + "A,x,1,2026-02-03,p1,1\n")
    assert (second.changed, second.identical) == (0, 1)
    update_mirror()
    assert verify()[0] == 0
    assert mirror_lines().collect()["local_day"].to_list() == [date(2026, 2, 3)]
    assert OrderLine.objects.get().load_id == first.pk


def test_an_undone_load_leaves_it(tmp_path):
    load = bring_in(tmp_path, shop.ORDER_LINES)
    update_mirror()
    perform(run=request_undo(load=load_numbered(load.pk), send=False), job=undo_load)
    update_mirror()
    assert mirror_lines().collect().height == 0
    assert mirror_differences() == []


def test_a_difference_is_named(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    update_mirror()
    line = OrderLine.objects.order_by("pk").first()
    OrderLine.objects.filter(pk=line.pk).update(amount_minor=line.amount_minor + 1)
    code, answer = verify()
    assert code == 1
    named = [(d["what"], d["record"] - d["mirror"]) for d in answer["differences"]]
    assert named == [("amount", line.pk % 1009)]
    call_command("mirror", "rebuild", stdout=io.StringIO())
    assert verify()[0] == 0


def test_days_and_hours_are_the_shops(tmp_path):
    configure_organisation(time_zone="America/New_York")
    bring_in(tmp_path, HEADER + "A,x,1,2026-02-01T03:30:00Z,p1,1\n")
    update_mirror()
    row = mirror_lines().select("local_day", "local_hour").collect().row(0)
    assert (str(row[0]), row[1]) == ("2026-01-31", 22)


def test_an_empty_mirror_has_its_columns():
    frame = mirror_lines().collect()
    assert frame.height == 0
    assert frame.schema["local_at"] == pl.Datetime("us")


SEVEN_AND_SEVEN = {"amount_minor": F("amount_minor") + 7}, {"amount_minor": F("amount_minor") - 7}


@pytest.mark.parametrize(
    ("model", "changes", "what"),
    [
        (OrderLine, SEVEN_AND_SEVEN, "amount"),
        (OrderLine, ({"discount_minor": 5}, {"discount_minor": -5}), "discount"),
        (OrderLine, ({"returned": True},), "returned"),
        (OrderLine, ({"quantity": 0}, {"quantity": 2}), "quantity"),
        (OrderLine, ({"quantity": None},), "quantity"),
        (OrderLine, ({"product": None},), "products"),
        (Order, ({"channel": "web"},), "channel"),
        (Order, ({"store": "Köln"},), "store"),
        (Order, ({"occurred_at": "2026-02-18T12:00:00.000001Z"},), "times"),
        (Order, ({"occurred_at": "1969-12-31T23:59:59.5Z"},), "times"),
        (Product, ({"name": "Soap"},), "products with this name"),
        (Product, ({"category": "Home"},), "products with this category"),
    ],
)
def test_any_change_of_the_record_is_noticed_and_a_rebuild_mends_it(tmp_path, model, changes, what):
    bring_in(tmp_path, shop.ORDER_LINES)
    update_mirror()
    assert verify()[0] == 0
    rows = model.objects.order_by("pk")
    for row, change in zip(rows[1:], changes, strict=False):
        model.objects.filter(pk=row.pk).update(**change)
    code, answer = verify()
    assert code == 1
    assert what in [d["what"] for d in answer["differences"]]
    rebuild_mirror()
    assert verify() == (0, {"equal": True, "differences": []})


def test_a_line_that_went_to_another_order_is_noticed(tmp_path):
    bring_in(tmp_path, HEADER + "A,x,1,2026-02-01,p1,1\nA,y,1,2026-02-01,p1,1\n")
    update_mirror()
    line = OrderLine.objects.order_by("pk").first()
    OrderLine.objects.filter(pk=line.pk).update(
        order=Order.objects.exclude(pk=line.order_id).get(), line_key=2
    )
    assert [d["what"] for d in verify()[1]["differences"]] == ["orders"]


def spoil(kind: str, how: str) -> MirrorFile:
    entry = MirrorFile.objects.get(kind=kind)
    path = Path(entry.path)
    path.unlink() if how == "missing" else path.write_bytes(path.read_bytes()[:100])
    return entry


@pytest.mark.parametrize("kind", ["lines", "products"])
@pytest.mark.parametrize("how", ["missing", "cannot be read"])
def test_a_file_that_is_gone_or_cut_short_is_named(tmp_path, kind, how):
    bring_in(tmp_path, shop.ORDER_LINES)
    update_mirror()
    load_id = spoil(kind, how).load_id
    code, answer = verify()
    assert (code, answer["equal"]) == (1, False)
    found = [(d["load_id"], d["what"], d["problem"]) for d in answer["differences"]]
    assert found == [(load_id, f"{kind} file", how)]
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("mirror", "verify", stdout=out)
    assert how in out.getvalue().splitlines()[0]
    with pytest.raises(DamagedMirror, match=rf"{how}.*mirror rebuild"):
        update_mirror()
    rebuild_mirror()
    assert verify()[0] == 0


def test_a_refresh_that_finds_a_file_gone_says_how_to_mend_it(tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    update_mirror()
    load_id = spoil("lines", "missing").load_id
    ended = perform(run=request_refresh(as_of=shop.AS_OF, send=False), job=refresh)
    assert ended.error == (
        f"The mirror's lines file of load {load_id} is missing."
        " Make it anew: manage.py mirror rebuild"
    )
