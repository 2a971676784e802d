"""Who moved, on a page: what it says, and to whom it shows the people."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client

from core.models import AuditEntry
from personas.sections import moved
from segmentation.ledger import Move
from segmentation.models import Segment
from segmentation.movement import Movement, standings
from segmentation.moves_page import finding, lede
from segmentation.selectors import promoted
from segmentation.services import create_segment
from tests.conftest import PASSWORD, person
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.four_in_berlin import AS_OF, ENDS, HEADER

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/segments/moves/"
WEEK = "from=2026-03-23&to=2026-03-30"
SLIPPED = f"{PAGE}people/?{WEEK}&was=loyal&is=previously-loyal"
EXPORT = f"{PAGE}people/export/?{WEEK}&was=loyal&is=previously-loyal"


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def context(address: str, name: str = "mara") -> dict:
    answer = client_of(name).get(address)
    assert answer.status_code == 200
    return answer.context


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_page_opens_with_the_worst_move_and_then_the_best(four):
    page = context(f"{PAGE}?from=2026-02-16&to=2026-03-09")
    assert plain(page["finding"]) == (
        "1 customer slipped from Almost lost to Dormant between Sun 15 Feb and Sun 8 Mar; they"
        " spent €10 in the year before."
    )
    assert plain(page["lede"]) == (
        "The other way, 1 customer came back from At risk to Loyal; they spent €520 in the year"
        " before. In all 2 of 4 changed group: 1 moved down, 1 up."
    )
    assert [(f["label"], f["value"]) for f in page["figures"]] == [
        ("Moved down", "1"), ("Moved up", "1"), ("Changed group", "2 of 4"),
        ("New in the record", "1"),
    ]  # fmt: skip
    down, up = page["lists"]
    assert (down["rows"][0]["spent"], up["rows"][0]["spent"]) == ("€10", "€520")


def test_falling_silent_comes_before_other_falls_and_coming_back_before_other_rises(four):
    of = {s.slug: s for s in Segment.objects.all()}
    moves = [
        Move(of["champions"], of["loyal"], 9, 5000.0),
        Move(of["almost-lost"], of["dormant"], 3, 900.0),
        Move(of["champions"], of["at-risk"], 2, 50.0),
        Move(of["loyal"], of["champions"], 7, 4000.0),
        Move(of["at-risk"], of["active"], 1, 60.0),
        Move(of["prospects"], of["new"], 4, 70.0),
        Move(None, of["new"], 5, 10.0),
        Move(of["new"], of["promising"], 6, 80.0),
        Move(of["active"], of["active"], 100, 9.0),
    ]
    found = Movement(ENDS[0], ENDS[1], moves, standings(promoted("rfm")))
    assert [m.spent for m in found.falls] == [5000.0, 900.0, 80.0, 50.0]
    assert [m.spent for m in found.rises] == [4000.0, 70.0, 60.0]
    assert plain(finding(found)) == (
        "2 Champions slipped to At risk in the week to Sun 15 Feb; they spent €50 in the year"
        " before."
    )
    assert plain(lede(found)) == (
        "The other way, 1 customer came back from At risk to Active; they spent €60 in the year"
        " before. In all 32 of 137 changed group: 20 moved down, 12 up."
    )


def test_a_week_that_is_not_over_says_so_and_nobody_is_said_to_have_moved(four):
    page = context(PAGE)
    assert page["finding"] == "Nobody changed group since Sun 29 Mar."
    assert page["lede"] == "5 customers are where they were."
    assert page["notes"] == [
        "This week is not over: it holds 2 whole days of 7.",
        "No order after Mon 30 Mar, 09:00 is in it.",
    ]
    assert [o["label"] for o in page["choices"][0]["options"]] == [
        "Sun 8 Feb", "Sun 15 Feb", "Sun 22 Feb", "Sun 1 Mar", "Sun 8 Mar", "Sun 15 Mar",
        "Sun 22 Mar", "Sun 29 Mar",
    ]  # fmt: skip
    assert page["choices"][1]["options"][-1] == {
        "value": "2026-04-01T12:30:15.123456", "label": "Wed 1 Apr, 12:30", "chosen": True,
    }  # fmt: skip
    both = "&".join(
        f"{c['name']}={next(o['value'] for o in c['options'] if o['chosen'])}"
        for c in page["choices"]
    )
    assert context(f"{PAGE}?{both}")["finding"] == page["finding"]


def test_the_curves_begin_at_the_first_week_end_and_end_now(four):
    rows = {row["name"]: row for row in context(PAGE)["curves"]["rows"]}
    assert (rows["Active"]["first"], rows["Active"]["last"], rows["Active"]["change"]) == (
        "0", "2", "+2",
    )  # fmt: skip
    assert rows["Dormant"]["sizes"] == ["0", "0", "0", "0", "1", "1", "1", "1", "1"]
    # Two customers are the largest change; 13 units of the picture up from its middle.
    assert rows["Active"]["path"].endswith("L200.0 3.0")


def test_the_matrix_holds_everybody(four):
    page = context(f"{PAGE}?from=2026-02-16&to=2026-03-09")
    rows = {row["name"]: row["cells"] for row in page["matrix"]["rows"]}
    filled = {
        (name, page["matrix"]["columns"][i]["name"]): (cell["customers"], cell["css"])
        for name, cells in rows.items()
        for i, cell in enumerate(cells)
        if cell["customers"]
    }
    assert filled == {
        ("At risk", "Loyal"): ("1", "tone-3"),
        ("Almost lost", "Dormant"): ("1", "tone-1"),
        ("Prospects", "Prospects"): ("1", "stayed"),
        ("Not there yet", "Prospects"): ("1", "tone-1"),
    }


def test_before_the_first_refresh_it_says_what_will_stand_there(db):
    page = context(PAGE)
    assert page["finding"] == "Nobody has moved yet: there is one moment to look at."
    assert client_of("mara").get(SLIPPED).status_code == 404


def test_cut_offs_made_anew_are_said(four, tmp_path):
    bring_in(tmp_path, HEADER + "g,o9,2026-03-31T09:00:00,40.00\n")
    refreshed(AS_OF, rerank=True)
    assert context(PAGE)["notes"][-1] == (
        "Cut-offs were made anew in between: some customers moved because of them."
    )


def test_days_in_the_wrong_order_and_unknown_groups_are_refused(four):
    mara = client_of("mara")
    answer = mara.get(f"{PAGE}?from=2026-03-30&to=2026-03-23")
    assert answer.status_code == 400
    assert "Sun 29 Mar does not lie before Sun 22 Mar" in answer.content.decode()
    assert mara.get(f"{PAGE}?from=yesterday").status_code == 400
    assert mara.get(f"{PAGE}people/?{WEEK}&was=loyal&is=nothing").status_code == 404


def test_who_may_see_customers_sees_them_masked_and_others_no_way_to_them(four, tmp_path):
    bring_in(tmp_path, "customer_id,name\nc,Clara Berg\n", "customers")
    for name, link in (("mara", True), ("vic", False), ("ada", False)):
        html = client_of(name).get(f"{PAGE}?{WEEK}").content.decode()
        assert (f"{PAGE}people/" in html) == link
        assert client_of(name).get(SLIPPED).status_code == (200 if link else 403)
    masked = client_of("mara").get(SLIPPED)
    assert plain(masked.context["finding"]) == (
        "1 customer slipped from Loyal to Previously loyal in the week to Sun 29 Mar."
    )
    assert masked.context["lede"] == "They spent €20 in the year before."
    assert "Clara Berg" not in masked.content.decode()
    assert not AuditEntry.objects.filter(verb="view_movers").exists()
    assert "Clara Berg" in client_of("sam").get(SLIPPED).content.decode()
    assert AuditEntry.objects.get(verb="view_movers").subject == "loyal-to-previously-loyal"


def exported(name: str) -> list[dict[str, str]]:
    answer = client_of(name).get(EXPORT)
    assert answer.status_code == 200
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_the_people_of_a_move_leave_the_house_as_other_lists_do(four, tmp_path):
    bring_in(tmp_path, "customer_id,name\nc,=Clara\n", "customers")
    row = exported("mara")[0]
    assert (row["customer_id"], row["group_before"], row["group_after"], row["spent_365d"]) == (
        "c", "Loyal", "Previously loyal", "20.0",
    )  # fmt: skip
    assert row["recency_days"] == "42"
    assert "name" not in row
    assert exported("sam")[0]["name"] == "'=Clara"
    assert AuditEntry.objects.filter(verb="export_movers").count() == 2
    for name in ("sue", "pete", "ada", "vic"):
        assert client_of(name).get(EXPORT).status_code == 403
    assert AuditEntry.objects.filter(verb="export_movers").count() == 2


def test_who_came_into_the_record_is_listed_too(four):
    page = context(f"{PAGE}people/?from=2026-03-30&was=none&is=active")
    assert page["finding"] == "1 customer came into the record as Active since Sun 29 Mar."
    assert [row["person"].customer_id for row in page["rows"]] == ["a"]
    nobody = context(f"{PAGE}people/?{WEEK}&was=champions&is=dormant")
    assert nobody["finding"] == "Nobody went from Champions to Dormant in the week to Sun 29 Mar."


def test_a_segment_called_moves_has_a_page_of_its_own(four, mara):
    rule = {"feature": "recency_days", "op": ">=", "value": 30}
    segment = create_segment(name="Moves", definition=rule, actor=mara)
    assert segment.slug == "segment-moves"
    assert client_of("mara").get(f"/segments/{segment.slug}/").context["segment"] == segment


def test_a_home_says_who_moved_in_its_largest_falls_and_rises(four):
    refreshed(ENDS[7] + timedelta(days=7))
    block = moved()
    # b: 18 days silent, then 25.
    assert plain(block["finding"]) == (
        "1 customer slipped from Active to Needs attention in the week to Sun 5 Apr"
    )
    assert plain(block["note"]) == (
        "They spent €30 in the year before. Nobody came the other way. In all 1 of 6 changed"
        " group: 1 moved down, 0 up."
    )


@pytest.mark.parametrize("dates", [
    "from=0001-01-01", "to=0001-01-01", "from=0001-01-02&to=2026-01-01", "to=9999-12-31",
    "to=0001-01-01T00:00%2B14:00",
])  # fmt: skip
def test_dates_at_the_ends_of_the_calendar_are_refused_in_words(four, dates):
    answer = client_of("mara").get(f"{PAGE}?{dates}")
    assert answer.status_code == 400
    assert "date" in answer.content.decode()
