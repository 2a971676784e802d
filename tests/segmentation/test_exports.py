"""Lists of members in several chunks, and who is in what after a few customers changed."""

import csv
import io

import pytest

from customers.models import Customer
from segmentation.exports import member_csv
from segmentation.models import Membership, Segment
from segmentation.services import create_segment
from tests.segmentation.test_segments import SILENT, inside
from tests.segmentation.test_small_changes import HEADER, INCOMES, ten, updated
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

LITTLE = {"all": [SILENT, {"feature": "purchase_monetary_value", "op": "<", "value": 90}]}
pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["ten"]


def rows(rule: dict, *, personal: bool = False, at_once: int = 3) -> list[dict[str, str]]:
    segment = Segment(slug="s", name="S", definition=rule)
    parts = list(member_csv(segment, personal=personal, rows_at_once=at_once))
    return list(csv.DictReader(io.StringIO(b"".join(parts).decode())))


def test_a_list_in_chunks_has_every_member_once_with_their_own_figures(ten):
    everybody = {"feature": "reachable_email", "op": "in", "value": [True, False]}
    whole = rows(everybody, at_once=100)
    assert sorted(row["customer_id"] for row in whole) == [*"ABCDEFGHIJ"]
    for at_once in (1, 3, 5, 10):
        assert rows(everybody, at_once=at_once) == whole
    money = {row["customer_id"]: row["purchase_monetary_value"] for row in whole}
    assert (money["A"], money["F"], money["J"]) == ("35.0", "100.0", "")
    few = rows(SILENT, at_once=2)
    assert sorted(row["customer_id"] for row in few) == ["G", "H", "I"]
    assert few == [row for row in whole if row["customer_id"] in "GHI"]


def test_a_list_of_nobody_is_a_header(ten):
    nobody = Segment(definition={"feature": "purchase_frequency", "op": ">", "value": 1_000})
    (header,) = member_csv(nobody, personal=True)
    assert header.startswith(b"customer_id,name,email,phone,")
    assert header.count(b"\n") == 1


def test_names_and_addresses_are_readable_for_those_who_may_see_them(ten, tmp_path):
    text = 'customer_id,name,email,phone\nG,"Ä, ""G""",g@shop.example,\nH,,,+49 30 1\n'
    bring_in(tmp_path, text, "customers")
    found = {row["customer_id"]: row for row in rows(SILENT, personal=True)}
    assert [found["G"][c] for c in ("name", "email", "phone")] == ['Ä, "G"', "g@shop.example", ""]
    assert [found["H"][c] for c in ("name", "email", "phone")] == ["", "", "'+49 30 1"]
    assert [found["I"][c] for c in ("name", "email", "phone")] == ["", "", ""]


def test_who_is_gone_from_the_record_since_the_snapshot_leaves_a_row_without_a_name(ten):
    Membership.objects.filter(customer__customer_id="J").delete()
    orderless = {"feature": "purchase_frequency", "op": "is_null"}
    assert [row["customer_id"] for row in rows(orderless, personal=True)] == ["J"]
    Customer.objects.get(customer_id="J").delete()
    (row,) = rows(orderless, personal=True)
    assert (row["customer_id"], row["name"]) == ("", "")


def test_a_few_changed_customers_enter_and_leave_and_nobody_else(ten, tmp_path, mara):
    segment = create_segment(name="Long silent", definition=LITTLE, actor=mara)
    before = Membership.objects.get(segment=segment, customer__customer_id="G")
    groups = {s.slug: inside(s.slug) for s in Segment.objects.exclude(pk=segment.pk)}
    updated(bring_in(tmp_path, HEADER + "I,o98,2026-02-28T12:00Z,90\n"))
    assert inside("long-silent") == ["G", "H"]
    segment.refresh_from_db()
    assert (segment.size, segment.revenue_minor) == (2, 9500)
    after = Membership.objects.get(segment=segment, customer__customer_id="G")
    assert (after.pk, after.entered_at, after.left_at) == (before.pk, before.entered_at, None)
    left = Membership.objects.get(segment=segment, customer__customer_id="I")
    assert left.left_at >= left.entered_at
    for slug, members in groups.items():
        assert [m for m in inside(slug) if m != "I"] == [m for m in members if m != "I"]
    updated(bring_in(tmp_path, HEADER + "I,o99,2026-02-28T12:00Z,1\n"))
    assert inside("long-silent") == ["G", "H"]
    assert Membership.objects.filter(segment=segment).count() == 3


def test_a_rule_that_cannot_be_answered_keeps_no_other_segment_from_a_small_update(
    ten, tmp_path, mara
):
    bring_in(tmp_path, INCOMES, "customer_features")
    refreshed(shop.AS_OF)
    gone = create_segment(
        name="Well off", definition={"feature": "income", "op": ">", "value": 50}, actor=mara
    )
    create_segment(name="Long silent", definition=LITTLE, actor=mara)
    Segment.objects.filter(pk=gone.pk).update(
        definition={"feature": "wealth", "op": ">", "value": 50}
    )
    updated(bring_in(tmp_path, HEADER + "I,o98,2026-02-28T12:00Z,90\n"))
    gone.refresh_from_db()
    assert "There is no feature 'wealth'" in gone.problem
    assert inside("well-off") == ["B"]
    assert inside("long-silent") == ["G", "H"]
