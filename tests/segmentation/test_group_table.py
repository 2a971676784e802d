"""The group table: edited in versions, previewed, used by the next refresh, and gone back."""

import pytest
from django.test import Client

from analytics.rfm import DEFAULT_GROUPS
from core.models import AuditEntry
from segmentation.models import Grouping, GroupTable, Segment
from segmentation.selectors import promoted
from tests.conftest import PASSWORD, person
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import refreshed
from tests.shops.opened_once import open_nine_in_groups

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/segments/table/"
BACK = "/segments/table/back/"
CUTS = {
    "recency_days": ["2.4", "5", "17", "37.6"],
    "purchase_frequency": ["1", "1", "1.8", "2.4"],
    "purchase_monetary_value": ["16", "35", "35", "54"],
}


@pytest.fixture
def nine(db, tmp_path):
    open_nine_in_groups(tmp_path)


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def form(*, based_on: int = 1, way: str = "fifths", cells=None, cuts=None) -> dict[str, str]:
    """The form as it is sent: the glossary's table, with these cells and cut-offs instead."""
    named = {f"cell_{r}_{fm}": n for r, row in DEFAULT_GROUPS.items() for fm, n in row.items()}
    written = {**CUTS, **(cuts or {})}
    numbers = {f"cut_{n}_{i}": text for n, four in written.items() for i, text in enumerate(four)}
    return {**named, **(cells or {}), **numbers, "way": way, "based_on": str(based_on)}


def save(name: str = "mara", **changed) -> dict:
    answer = client_of(name).post(PAGE, {**form(**changed), "do": "save"})
    return {"status": answer.status_code, "page": answer.context}


def sizes() -> dict[str, int]:
    refreshed_groups = promoted("rfm").groups
    return {group["name"]: group["size"] for group in refreshed_groups if group["size"]}


def test_the_page_begins_with_the_glossary_and_the_cut_offs_that_hold(nine):
    page = client_of("mara").get(PAGE).context
    assert page["finding"] == "Version 1 holds: 10 groups by fifths of the customers."
    assert [cell["value"] for cell in page["rows"][0]["cells"]] == [
        "New", "Active", "Active", "Champions", "Champions",
    ]  # fmt: skip
    assert {cut["label"]: [i["value"] for i in cut["inputs"]] for cut in page["cuts"]} == {
        "Silent, days": CUTS["recency_days"],
        "Orders": CUTS["purchase_frequency"],
        "Spent": CUTS["purchase_monetary_value"],
    }
    assert page["effect"]["finding"] == "None of 10 customers would move"


def test_a_preview_says_who_would_move_and_saves_nothing(nine):
    cuts = {"recency_days": ["3", "5", "50", "60"]}
    page = client_of("ann").post(PAGE, form(way="own", cuts=cuts)).context
    assert page["effect"]["finding"] == "3 of 10 customers would change group"
    assert page["effect"]["ways"] == [
        "2 customers from At risk to Needs attention",
        "1 customer from Previously loyal to Loyal",
    ]
    rows = {row["name"]: (row["now"], row["then"], row["change"]) for row in page["effect"]["rows"]}
    assert rows["Needs attention"] == ("0", "2", "+2")
    assert rows["At risk"] == ("2", "0", "−2")
    assert [table.version for table in GroupTable.objects.all()] == [1]


def test_what_would_move_asked_for_beside_a_pressed_button_neither_saves_nor_refuses(nine):
    part, mara = {"HX-Request": "true"}, client_of("mara")
    for changed in (
        {"cells": {"cell_5_5": "Best"}},
        {"way": "own", "cuts": {"recency_days": [""] * 4}},
    ):
        assert mara.post(PAGE, {**form(**changed), "do": "save"}, headers=part).status_code == 200
    assert [table.version for table in GroupTable.objects.all()] == [1]
    assert not AuditEntry.objects.filter(verb="save_group_table").exists()
    assert not AuditEntry.objects.filter(verb="save_group_table").exists()


def test_the_next_refresh_uses_the_new_version_and_each_run_keeps_its_own(nine):
    # D alone has recency 4 with orders and spend 4.
    assert save(cells={"cell_4_4": "Stars"})["status"] == 302
    assert sizes()["Loyal"] == 1
    entry = AuditEntry.objects.get(verb="save_group_table")
    assert (entry.actor_label, entry.subject) == ("mara", "2")
    assert entry.detail == {"version": 2, "own_cut_offs": False, "rerank": False}
    refreshed(shop.A_DAY_LATER, only=["features", "segments"])
    versions = Grouping.objects.filter(kind="rfm").order_by("pk")
    assert list(versions.values_list("group_table__version", flat=True)) == [1, 2]
    assert sizes()["Stars"] == 1
    assert "Loyal" not in sizes()
    stars = Segment.objects.get(slug="stars")
    assert (stars.name, stars.size) == ("Stars", 1)


def test_own_cut_offs_hold_until_a_version_without_them(nine):
    cuts = {"recency_days": ["3", "5", "50", "60"]}
    assert save(way="own", cuts=cuts)["status"] == 302
    refreshed(shop.AS_OF, only=["features", "segments"])
    assert promoted("rfm").thresholds["recency_days"] == [3.0, 5.0, 50.0, 60.0]
    assert sizes() == {
        "Champions": 1, "Active": 2, "Loyal": 2, "Promising": 1, "Needs attention": 2,
        "Dormant": 1, "Prospects": 1,
    }  # fmt: skip
    assert save(based_on=2)["status"] == 302
    refreshed(shop.AS_OF, only=["features", "segments"])
    assert promoted("rfm").thresholds["recency_days"] == pytest.approx([2.4, 5, 17, 37.6])


def test_fifths_are_made_anew_once_where_a_version_says_so(nine):
    refreshed(shop.A_DAY_LATER, only=["features", "segments"])
    assert promoted("rfm").thresholds["recency_days"] == pytest.approx([2.4, 5, 17, 37.6])
    assert save(way="anew")["status"] == 302
    refreshed(shop.A_DAY_LATER, only=["features", "segments"])
    assert promoted("rfm").thresholds["recency_days"] == pytest.approx([3.4, 6, 18, 38.6])
    refreshed(shop.AS_OF, only=["features", "segments"])
    assert promoted("rfm").thresholds["recency_days"] == pytest.approx([3.4, 6, 18, 38.6])


def test_going_back_repeats_the_older_version_and_can_be_undone(nine):
    save(cells={"cell_4_4": "Stars"})
    client = client_of("mara")
    page = client.post(BACK, {"version": "1"}, follow=True)
    assert page.context["finding"] == "Version 3 holds: 10 groups by fifths of the customers."
    assert GroupTable.objects.get(version=3).restores == 1
    assert "Version 1 holds again, as version 3." in page.content.decode()
    # The message carries its own undo: the version that held before.
    assert '<input type="hidden" name="version" value="2">' in page.content.decode()
    client.post(BACK, {"version": "2"})
    assert GroupTable.objects.get(version=4).cells["4"]["4"] == "Stars"
    verbs = AuditEntry.objects.filter(verb="restore_group_table").order_by("pk")
    assert [(e.actor_label, e.detail["restores"]) for e in verbs] == [("mara", 1), ("mara", 2)]


def test_the_versions_say_who_saved_them_and_which_run_used_them_last(nine):
    save(cells={"cell_4_4": "Stars"})
    rows = client_of("ann").get(PAGE).context["versions"]
    run = Grouping.objects.get(kind="rfm").run_id
    told = [(r["version"], r["holds"], r["words"], r["by"], r["run"], r["used"]) for r in rows]
    assert told == [
        (2, True, "11 groups, fifths", "mara", None, "not yet"),
        (1, False, "10 groups, fifths", "the glossary", run, "Sun 1 Mar 2026"),
    ]


REFUSED = [
    ({}, 409, "Nothing differs from the version that holds, so none was saved."),
    ({"based_on": 7}, 409, "Version 1 was saved meanwhile. Look at it, then make your change"
     " there."),
    ({"cells": {"cell_4_4": "  "}}, 400, "Recency 4 with orders and spend 4 has no group."),
    ({"cells": {"cell_4_4": "prospects"}}, 400, "Prospects are those without an order; choose"
     " another name."),
    ({"cells": {"cell_4_4": "champions"}}, 400, "Champions and champions differ in capitals only."),
    ({"cells": {"cell_4_4": "x" * 41}}, 400, "A group's name has at most 40 letters."),
    ({"way": "own", "cuts": {"recency_days": ["1", "2", "x", "4"]}}, 400, "'x' is not a number."
     " Write it like 17 or 37.6."),
    ({"way": "own", "cuts": {"recency_days": ["1", "3", "2", "4"]}}, 400, "Cut-offs rise: none may"
     " be below the one before it."),
    ({"way": "own", "cuts": {"recency_days": ["1", "2", "nan", "4"]}}, 400, "A cut-off is a number"
     " from 0 up. Four are needed."),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "status", "why"), REFUSED)
def test_what_cannot_be_a_table_is_refused_and_what_was_typed_stays(mara, changed, status, why):
    found = save(**changed)
    assert found["status"] == status
    assert found["page"]["draft"].problem == why
    typed = {cell["name"]: cell["value"] for row in found["page"]["rows"] for cell in row["cells"]}
    assert typed["cell_4_4"] == changed.get("cells", {}).get("cell_4_4", "Loyal")
    assert GroupTable.objects.filter(version__gt=1).count() == 0


def test_sam_may_not_change_the_table(nine, sam):
    assert save("sam", cells={"cell_4_4": "Stars"})["status"] == 403
    assert client_of("sam").post(BACK, {"version": "1"}).status_code == 403
    assert [table.version for table in GroupTable.objects.all()] == [1]


def test_a_version_that_never_was_is_not_found(mara):
    assert client_of("mara").get(f"{PAGE}?version=9").status_code == 404
    assert client_of("mara").post(BACK, {"version": "9"}).status_code == 404
    assert client_of("mara").post(BACK, {"version": "x"}).status_code == 404
