"""Work lists as pages: what they say, to whom they offer what, and what one press does."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry
from personas.work_lists import due_words, local_day
from segmentation.models import WorkEntry, WorkList
from segmentation.services import create_segment, create_work_list
from segmentation.work import Source, people_of_rule
from tests.conftest import PASSWORD, person

SILENT = {"feature": "recency_days", "op": ">=", "value": 19}
AT_RISK = {"feature": "rfm_group", "op": "=", "value": "At risk"}


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def made(actor, name: str = "Call them", rule: dict = SILENT, **values) -> WorkList:
    source = Source(people_of_rule(rule), origin="the rule of the test", definition=rule)
    return create_work_list(name=name, source=source, actor=actor, at=timezone.now(), **values)


def page_of(work_list: WorkList, name: str = "sam", query: str = "") -> dict:
    answer = client_of(name).get(f"/worklists/{work_list.pk}/{query}")
    assert answer.status_code == 200
    return answer.context["page"]


def shown(page: dict) -> list[str]:
    return [row["person"].customer_id for row in page["rows"]]


def press(client: Client, work_list: WorkList, customer_id: str, do: str, **values) -> str:
    """Where it leads."""
    entry = WorkEntry.objects.get(work_list=work_list, customer__customer_id=customer_id)
    url = reverse("worklists:entry", args=[work_list.pk, entry.pk])
    answer = client.post(url, {"do": do, **values})
    assert answer.status_code == 302
    return answer["Location"].replace(f"entry-{entry.pk}", "entry")


def test_the_lists_open_with_what_is_due_and_what_nobody_has(opened, sam, mara):
    today = local_day(timezone.now())
    made(sam, "Silent", owner=sam, due_on=today - timedelta(days=2))
    made(mara, "At risk", AT_RISK)
    page = client_of("sam").get("/worklists/").context
    assert page["finding"] == "One list is overdue, one has no owner."
    assert page["lede"] == "Two lists are open; a customer on two lists is called once."
    first, second = page["rows"]
    assert (first["name"], first["due"], first["done"], first["elsewhere"], first["spent"]) == (
        "Silent", "2 days overdue", "0 of 4", "", "$205",
    )  # fmt: skip
    assert (second["owner"], second["due"], second["elsewhere"], second["takeable"]) == (
        "", "no day", "2 on other lists", True,
    )  # fmt: skip
    assert "handed over by mara" in second["origin"]
    assert not client_of("mara").get("/worklists/").context["rows"][1]["takeable"]
    mine = client_of("sam").get("/worklists/?show=mine").context["rows"]
    assert [row["name"] for row in mine] == ["Silent"]


@pytest.mark.parametrize(("tallies", "words"), [
    ((0, 0, 0), "nothing is due today"),
    ((2, 0, 0), "two lists are due today"),
    ((3, 1, 2), "one list is overdue, two are due today, two have no owner"),
    ((1, 0, 1), "one list is due today, one has no owner"),
])  # fmt: skip
def test_what_is_due_is_said_in_words(tallies, words):
    due, overdue, unowned = tallies
    assert due_words({"due": due, "overdue": overdue, "unowned": unowned}) == words


def test_a_list_says_why_how_and_whom_another_list_has(opened, sam, mara):
    older = made(sam, "At risk", AT_RISK, owner=sam)
    younger = made(mara, "Silent")
    page = page_of(younger)
    assert page["finding"] == "Silent: 0 of 4 done."
    assert page["lede"].startswith("Nobody has it yet; from the rule of the test, handed over by")
    assert page["lede"].endswith("2 customers are on other lists, and called from there.")
    rows = {row["person"].customer_id: row for row in page["rows"]}
    assert list(rows) == ["F", "G", "H", "I"]
    assert rows["F"]["why"] == "Silent 19 days, never over 1 before"
    assert rows["I"]["why"] == "Last order 89 days ago; one order day so far"
    assert (rows["F"]["phone"], rows["G"]["phone"]) == ("+1 555 0101", "")
    assert (rows["G"]["other"], rows["F"]["other"]) == (older, None)
    html = client_of("sam").get(f"/worklists/{younger.pk}/").content.decode()
    assert f'<a href="/worklists/{older.pk}/">At risk</a> of sam' in html
    assert html.count('value="done"') == 2


def test_names_are_masked_and_nothing_is_pressed_without_the_capability(opened, sam):
    work_list = made(sam)
    for name, personal, may in (
        ("sam", True, True), ("sue", True, True), ("mara", False, False), ("pete", False, False),
        ("ann", False, False),
    ):  # fmt: skip
        html = client_of(name).get(f"/worklists/{work_list.pk}/").content.decode()
        assert ("Fay Ford" in html) == personal
        assert ("+1 555 0101" in html) == personal
        assert ('value="done"' in html) == may
    looks = AuditEntry.objects.filter(verb="view_work_list")
    assert sorted(looks.values_list("actor_label", flat=True)) == ["sam", "sue"]
    for name in ("mara", "pete", "ann"):
        entry = WorkEntry.objects.first()
        url = reverse("worklists:entry", args=[work_list.pk, entry.pk])
        assert client_of(name).post(url, {"do": "done"}).status_code == 403
    assert not WorkEntry.objects.exclude(done_at=None).exists()
    for name in ("ada", "vic"):
        assert client_of(name).get(f"/worklists/{work_list.pk}/").status_code == 403


def test_one_press_does_it_and_leads_back_to_the_same_place(opened, sam):
    work_list, client = made(sam), client_of("sam")
    at = press(client, work_list, "F", "done", back="show=todo&sort=-spent&page=1")
    assert at == f"/worklists/{work_list.pk}/?show=todo&sort=-spent&page=1#entry"
    assert press(client, work_list, "F", "done") == f"/worklists/{work_list.pk}/#entry"
    page = page_of(work_list)
    assert page["finding"] == "Call them: 1 of 4 done."
    assert page["rows"][0]["done_words"].endswith(" by sam")
    press(client, work_list, "F", "undo")
    press(client, work_list, "F", "note", note="Comes on Saturday")
    assert page_of(work_list)["rows"][0]["note"] == "Comes on Saturday"
    hidden = page_of(work_list, "mara")["rows"][0]
    assert (hidden["note"], hidden["has_note"]) == ("", True)
    broken = press(client, work_list, "F", "done", back="a=b\r\nSet-Cookie: c=d")
    assert broken == f"/worklists/{work_list.pk}/?a=b%0D%0ASet-Cookie%3A+c%3Dd#entry"


def test_a_list_is_narrowed_sorted_and_paged_by_its_address(opened, sam):
    work_list = made(sam)
    press(client_of("sam"), work_list, "G", "done")
    assert shown(page_of(work_list, query="?show=todo&sort=-silent")) == ["I", "H", "F"]
    assert shown(page_of(work_list, query="?show=done")) == ["G"]
    assert shown(page_of(work_list, query="?sort=spent")) == ["I", "H", "G", "F"]
    assert shown(page_of(work_list, query="?show=nonsense&sort=name&page=99")) == [*"FGHI"]
    assert page_of(work_list, query="?show=elsewhere")["rows"] == []


def test_a_list_is_made_from_a_segment_a_move_and_a_rule(opened, mara, sam):
    client, today = client_of("mara"), local_day(timezone.now())
    for query, name, members in (
        ("?segment=at-risk", "At risk", ["G", "H"]),
        ("?from=2026-02-23&to=2026-03-01&was=loyal&is=previously-loyal", None, ["F"]),
        ("?silent=previously-loyal", "Previously loyal, longest silence ever", []),
    ):
        form = client.get(f"/worklists/new/{query}").context
        carried = dict(form["carried"])
        if name:
            assert form["form"].initial["name"] == name
        sent = {
            **carried, "name": f"From {query}", "owner": sam.pk, "due_on": today.isoformat(),
            "ticket": form["form"].initial["ticket"],
        }  # fmt: skip
        answer = client.post("/worklists/new/", sent)
        if not members:
            assert "so there is nobody to contact" in answer.content.decode()
            continue
        again = client.post("/worklists/new/", sent)
        assert answer.status_code == 302
        assert answer["Location"] == again["Location"]
        work_list = WorkList.objects.get(name=f"From {query}")
        assert sorted(shown(page_of(work_list))) == members
        assert (work_list.owner, work_list.due_on, work_list.created_by) == (sam, today, mara)
    rule = '{"all": [{"feature": "recency_days", "op": ">=", "value": 40}]}'
    begun = client.post("/worklists/new/", {"do": "begin", "definition": rule})
    assert begun.context["origin"] == "the rule whose days since the last order are at least 40"
    client.post("/worklists/new/", {"definition": rule, "name": "Very silent", "ticket": "t"})
    assert shown(page_of(WorkList.objects.get(name="Very silent"))) == ["H", "I"]


def test_what_is_wrong_with_a_new_list_is_said_and_nothing_typed_is_lost(opened, sam, ada):
    client = client_of("sam")
    for values, words in (
        ({"name": ""}, "Give the list a name."),
        ({"owner": ada.pk}, "others see no customers"),
        ({"due_on": "soon"}, "Write a day such as 2026-11-27."),
    ):
        sent = {"segment": "at-risk", "name": "Kept", "due_on": "", **values}
        answer = client.post("/worklists/new/", sent)
        assert answer.status_code == 400
        assert words in answer.content.decode()
        assert ("Kept" in answer.content.decode()) == (values != {"name": ""})
    assert client.get("/worklists/new/").status_code == 404
    assert client.get("/worklists/new/?segment=nothing").status_code == 404
    assert not WorkList.objects.exists()


def test_a_list_is_taken_changed_closed_and_opened_again(opened, mara, sam):
    work_list, client = made(mara), client_of("sam")
    change = reverse("worklists:change", args=[work_list.pk])
    client.post(change, {"do": "take"})
    client.post(change, {"do": "save", "name": "Renamed", "owner": mara.pk, "due_on": "2026-12-01"})
    work_list.refresh_from_db()
    assert (work_list.name, work_list.owner, f"{work_list.due_on}") == (
        "Renamed", mara, "2026-12-01",
    )  # fmt: skip
    assert client_of("pete").post(change, {"do": "close"}).status_code == 403
    client.post(change, {"do": "close"})
    page = page_of(work_list)
    assert (page["closed"], page["may_work"]) == (True, False)
    assert client.get("/worklists/?show=closed").context["rows"][0]["name"] == "Renamed"
    client.post(change, {"do": "reopen"})
    assert page_of(work_list)["may_work"]


def test_a_list_called_script_is_text(opened, sam, mara):
    segment = create_segment(name="<script>alert(1)</script> x", definition=SILENT, actor=mara)
    client = client_of("sam")
    html = client.get(f"/worklists/new/?segment={segment.slug}").content.decode()
    assert "<script>alert(1)" not in html
    made(sam, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in client.get("/worklists/").content.decode()


def test_the_page_asks_as_often_for_many_as_for_few(opened, sam, django_assert_num_queries):
    everybody = {"feature": "reachable_email", "op": "in", "value": [True, False]}
    made(sam, "Has them all", everybody)
    few, many, client = made(sam, "Few", AT_RISK), made(sam, "Many", everybody), client_of("sam")
    client.get(f"/worklists/{few.pk}/")
    with django_assert_num_queries(queries(client, few)):
        client.get(f"/worklists/{many.pk}/")


def queries(client: Client, work_list: WorkList) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as seen:
        client.get(f"/worklists/{work_list.pk}/")
    return len(seen)
