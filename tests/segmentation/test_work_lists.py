"""Work lists: made once, worked entry by entry, and nobody is called from two of them."""

from datetime import date, timedelta

import pytest
from django.db import connection

from core.errors import Conflict, NotAllowed
from core.models import AuditEntry
from core.people import person_verbs
from customers.models import Customer
from segmentation.models import WorkEntry, WorkList
from segmentation.services import (
    change_work_list,
    close_work_list,
    create_work_list,
    finish_entry,
    note_entry,
    reopen_entry,
    reopen_work_list,
    take_work_list,
)
from segmentation.services.work_lists import BadWorkList
from segmentation.work import (
    DONE,
    ELSEWHERE,
    TO_DO,
    ListFigures,
    Source,
    entries,
    list_figures,
    on_open_lists,
    people_of_rule,
    tallies,
    work_lists,
)
from tests.shops import nine_and_one as shop

AT_RISK = {"feature": "rfm_group", "op": "=", "value": "At risk"}
SILENT = {"feature": "recency_days", "op": ">=", "value": 19}
NOW = shop.AS_OF
LATER = NOW + timedelta(hours=1)


def made(actor, name: str = "Call them", rule: dict = SILENT, **values) -> WorkList:
    source = Source(people_of_rule(rule), origin="the rule of the test", definition=rule)
    return create_work_list(name=name, source=source, actor=actor, at=NOW, **values)


def states(work_list: WorkList) -> dict[str, str]:
    ids = dict(Customer.objects.values_list("pk", "customer_id"))
    return {ids[row["customer_pk"]]: row["state"] for row in entries([work_list]).to_dicts()}


def entry(work_list: WorkList, customer_id: str) -> WorkEntry:
    return WorkEntry.objects.get(work_list=work_list, customer__customer_id=customer_id)


def test_a_list_holds_who_fits_now_and_who_spent_most_stands_first(opened, sam):
    work_list = made(sam, owner=sam, due_on=date(2026, 3, 4))
    assert list(states(work_list)) == ["F", "G", "H", "I"]
    assert list_figures([work_list])[work_list.pk] == ListFigures(4, 0, 0, 205.0)
    noted = AuditEntry.objects.get(verb="create_work_list")
    assert (noted.subject, noted.detail) == (
        f"work list {work_list.pk}",
        {"name": "Call them", "customers": 4, "origin": "the rule of the test", "owner": "sam"},
    )


def test_nobody_too_many_and_no_name_make_no_list(opened, sam, ada):
    for values, words in (
        ({"rule": {"feature": "recency_days", "op": ">", "value": 900}}, "Nobody is in it now"),
        ({"name": "  "}, "Give the list a name"),
        ({"owner": ada}, "ada may not see customers"),
    ):
        with pytest.raises(BadWorkList, match=words):
            made(sam, **values)
    with pytest.raises(BadWorkList, match="5,001 customers are too many"):
        create_work_list(name="All", source=Source(range(5_001), "everybody"), actor=sam, at=NOW)
    assert WorkList.objects.count() == AuditEntry.objects.filter(verb="create_work_list").count()
    assert WorkList.objects.count() == 0


def test_done_is_done_once_and_can_be_taken_back(opened, sam, sue):
    work_list = made(sam)
    first = finish_entry(entry=entry(work_list, "F"), actor=sam, at=NOW)
    again = finish_entry(entry=first, actor=sue, at=LATER)
    assert (again.done_at, again.done_by) == (NOW, sam)
    assert states(work_list) == {"F": DONE, "G": TO_DO, "H": TO_DO, "I": TO_DO}
    assert list_figures([work_list])[work_list.pk] == ListFigures(4, 1, 0, 205.0)
    reopen_entry(entry=again, actor=sue)
    reopen_entry(entry=again, actor=sue)
    assert states(work_list)["F"] == TO_DO
    verbs = ["finish_work_entry", "reopen_work_entry"]
    told = AuditEntry.objects.filter(verb__in=verbs).order_by("id")
    assert [(e.actor_label, e.verb, e.subject) for e in told] == [
        ("sam", "finish_work_entry", "F"), ("sue", "reopen_work_entry", "F"),
    ]  # fmt: skip


def test_a_customer_on_two_open_lists_is_called_from_the_older_one(opened, sam, mara):
    older = made(sam, "At risk", AT_RISK, owner=sam)
    younger = made(mara, "Silent")
    assert states(younger) == {"F": TO_DO, "G": ELSEWHERE, "H": ELSEWHERE, "I": TO_DO}
    assert set(states(older).values()) == {TO_DO}
    with pytest.raises(Conflict, match="G is on the list At risk of sam: a customer on two"):
        finish_entry(entry=entry(younger, "G"), actor=sam, at=NOW)
    finish_entry(entry=entry(older, "G"), actor=sam, at=LATER)
    close_work_list(work_list=older, actor=sam, at=LATER)
    # G was called meanwhile, H was not.
    assert states(younger) == {"F": TO_DO, "G": ELSEWHERE, "H": TO_DO, "I": TO_DO}
    finish_entry(entry=entry(younger, "H"), actor=sam, at=LATER)
    assert list_figures([younger])[younger.pk] == ListFigures(4, 1, 1, 205.0)
    assert on_open_lists(people_of_rule(AT_RISK)) == 2


def test_who_was_called_before_the_list_was_made_may_be_called_again(opened, sam):
    older = made(sam, "At risk", AT_RISK)
    finish_entry(entry=entry(older, "G"), actor=sam, at=NOW - timedelta(days=3))
    close_work_list(work_list=older, actor=sam, at=NOW)
    assert set(states(made(sam, "Again", AT_RISK)).values()) == {TO_DO}


def test_a_closed_list_is_not_worked_on_until_it_is_opened_again(opened, sam):
    work_list = made(sam)
    close_work_list(work_list=work_list, actor=sam, at=NOW)
    close_work_list(work_list=work_list, actor=sam, at=LATER)
    with pytest.raises(Conflict, match="Call them is closed"):
        finish_entry(entry=entry(work_list, "F"), actor=sam, at=NOW)
    with pytest.raises(Conflict, match="Call them is closed"):
        note_entry(entry=entry(work_list, "F"), note="Hello", actor=sam)
    assert entry(work_list, "F").note is None
    reopen_work_list(work_list=work_list, actor=sam)
    assert finish_entry(entry=entry(work_list, "F"), actor=sam, at=NOW).done_at == NOW
    assert AuditEntry.objects.filter(verb="close_work_list").count() == 1


def test_a_note_is_kept_encrypted_and_the_audit_does_not_repeat_it(opened, sam):
    work_list = made(sam)
    note_entry(entry=entry(work_list, "F"), note=" Comes on Saturday ", actor=sam)
    assert entry(work_list, "F").note == "Comes on Saturday"
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM segmentation_workentry WHERE note IS NOT NULL")
        (stored,) = cursor.fetchone()
    assert b"Saturday" not in bytes(stored)
    assert "Saturday" not in str(AuditEntry.objects.get(verb="note_work_entry").detail)
    with pytest.raises(BadWorkList, match="2,001 characters"):
        note_entry(entry=entry(work_list, "F"), note="x" * 2_001, actor=sam)
    note_entry(entry=entry(work_list, "F"), note="", actor=sam)
    assert entry(work_list, "F").note is None


def test_only_who_works_with_customers_or_has_a_part_in_a_list_changes_it(opened, mara, pete, sue):
    work_list = made(pete)
    with pytest.raises(NotAllowed):
        change_work_list(work_list=work_list, actor=mara, owner=mara)
    change_work_list(work_list=work_list, actor=pete, owner=mara, due_on=date(2026, 3, 9))
    change_work_list(work_list=work_list, actor=mara, name="Milk", due_on=date(2026, 3, 9))
    close_work_list(work_list=work_list, actor=sue, at=NOW)
    work_list.refresh_from_db()
    assert (work_list.name, work_list.owner, work_list.due_on) == ("Milk", mara, date(2026, 3, 9))
    details = AuditEntry.objects.filter(verb="change_work_list").order_by("id")
    assert [entry.detail for entry in details] == [
        {"name": "Call them", "owner": "mara", "due_on": "2026-03-09"}, {"name": "Milk"},
    ]  # fmt: skip


def test_lists_are_told_by_their_day_and_owner(opened, sam, sue):
    today = date(2026, 3, 4)
    late = made(sam, "Late", owner=sam, due_on=today - timedelta(days=1))
    due = made(sam, "Due", owner=sue, due_on=today)
    some_day = made(sam, "Some day")
    closed = close_work_list(work_list=made(sam, "Closed", owner=sam), actor=sam, at=NOW)
    assert list(work_lists("open")) == [late, due, some_day]
    assert list(work_lists("closed")) == [closed]
    assert tallies(owner_id=sam.pk, today=today) == {
        "open": 3, "closed": 1, "mine": 1, "due": 2, "overdue": 1, "unowned": 1,
    }  # fmt: skip


def test_a_person_learns_on_which_lists_they_were_and_moves_with_a_merge(opened, sam):
    both, one = made(sam, "Both"), made(sam, "One", {"feature": "rfm_group", "op": "in",
                                                     "value": ["Previously loyal"]})  # fmt: skip
    note_entry(entry=entry(both, "F"), note="Left a message", actor=sam)
    (verbs,) = (v for v in person_verbs() if v.key == "segmentation")
    f, g = (Customer.objects.get(customer_id=c).pk for c in "FG")
    assert [(w["work_list"], w["note"]) for w in verbs.disclose(f)["work_lists"]] == [
        ("Both", "Left a message"), ("One", None),
    ]  # fmt: skip
    journal = verbs.repoint(f, g)
    assert list(states(one)) == ["G"]
    assert list(states(both)) == ["F", "G", "H", "I"]
    verbs.repoint_back(journal, f, g)
    assert list(states(one)) == ["F"]


def test_whoever_is_first_takes_a_list_and_others_learn_who_has_it(opened, sam, sue, mara):
    work_list = made(mara)
    with pytest.raises(NotAllowed, match="people who work with customers"):
        take_work_list(work_list=work_list, actor=mara)
    take_work_list(work_list=work_list, actor=sam)
    with pytest.raises(Conflict, match="sam has .* already"):
        take_work_list(work_list=work_list, actor=sue)
    assert WorkList.objects.get().owner == sam
