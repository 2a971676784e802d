"""The mirror says what the record says, or says that it does not."""

import io
import json
from datetime import date

import polars as pl
import pytest
from django.core.management import call_command

from core.services import configure_organisation
from ingestion.services import load_numbered, request_undo, undo_load
from runs.services import perform
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in
from transactions.frames import mirror_lines
from transactions.models import MirrorFile, OrderLine
from transactions.selectors import mirror_differences
from transactions.services import update_mirror

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
    assert named == [("amount", 1)]
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
