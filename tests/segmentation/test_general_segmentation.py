"""General segmentation: narrowed by dates and a segment, with what is expected and suggested."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from segmentation.expected import chance, expected_row, mean_of
from segmentation.models import Segment
from segmentation.selectors import OFFERED
from segmentation.services import create_segment
from segmentation.treemap import boxes
from tests.conftest import PASSWORD, person
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/segments/"
RICH = {"feature": "purchase_monetary_value", "op": ">=", "value": 50}


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def context(address: str, name: str = "mara") -> dict:
    answer = client_of(name).get(address)
    assert answer.status_code == 200
    return answer.context


@pytest.fixture
def nine(db, tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.A_DAY_LATER, only=["features", "segments"])


def test_within_a_segment_only_its_members_count(nine, mara):
    create_segment(name="Rich", definition=RICH, actor=mara)
    page = context(f"{PAGE}?in=rich")["page"]
    # D 50, F 100 and G 60.
    sizes = {group.name: (group.size, group.revenue) for group in page.groups if group.size != "0"}
    assert sizes == {
        "Loyal": ("1", "$50"), "Previously loyal": ("1", "$100"), "At risk": ("1", "$60"),
    }  # fmt: skip
    assert page.revenue == "$210"
    assert page.here.endswith(", within Rich")
    assert page.range_finding == ""
    everybody = context(PAGE)["page"]
    assert everybody.revenue == "$350"
    assert everybody.range_finding != ""


def test_the_dates_of_the_address_choose_whose_moves_are_shown(nine):
    shown = context(f"{PAGE}?from=2026-02-09&to=2026-03-02")
    assert shown["moves"]["note"] == "Between Sun 8 Feb and Sun 1 Mar"
    chosen = {f["name"]: [o["value"] for o in f["options"] if o["chosen"]] for f in
              shown["filters"]}  # fmt: skip
    assert chosen == {"from": ["2026-02-09"], "to": ["2026-03-02"], "in": [""]}
    latest = context(PAGE)
    assert latest["moves"]["note"] == "In the week to Sun 1 Mar"
    kinds = [f["name"] for f in context(f"{PAGE}?kind=cluster")["filters"]]
    assert kinds == ["in"]


def test_a_segment_that_is_not_there_is_not_found(nine):
    assert client_of("mara").get(f"{PAGE}?in=nothing").status_code == 404


def test_who_may_prepare_campaigns_is_led_to_one_and_everybody_sees_what_is_suggested(nine):
    groups = {group.name: group for group in context(PAGE)["page"].groups}
    assert groups["Champions"].action == "Leave them alone: no discount needed"
    link = "/campaigns/new/?segment=champions"
    assert link in client_of("mara").get(PAGE).content.decode()
    assert link not in client_of("vic").get(PAGE).content.decode()


def test_a_chance_comes_with_its_interval_and_few_customers_say_too_little():
    # 100 customers of probability 0.2: 1.96 × √16 ÷ 100 around 0.2.
    many = chance(100, 20.0, 16.0)
    assert (many.share, many.low, many.high) == pytest.approx((0.2, 0.1216, 0.2784))
    row = expected_row(many, 0.5)
    assert (row["share"], row["range"], row["sure"]) == ("20", "12–28", "yes")
    assert row["at"]["zero"] == "120.0"
    few = expected_row(chance(29, 10.0, 5.0), 0.5)
    assert (few["share"], few["range"], few["sure"]) == ("too few to say", "", "")
    assert expected_row(None, 0.5) == {}
    assert mean_of([many, None, chance(300, 120.0, 1.0)]) == pytest.approx(0.35)


def test_the_areas_of_a_treemap_are_the_shares_and_fill_it_without_overlap():
    values = [60.0, 60.0, 40.0, 30.0, 20.0, 20.0, 10.0]
    found = boxes(values, 600.0, 400.0)
    assert [w * h for _, _, w, h in found] == pytest.approx([v * 1000 for v in values])
    # The first row of the paper's own example: two tiles of 60, one above the other.
    assert found[:2] == [pytest.approx((0, 0, 300, 200)), pytest.approx((0, 200, 300, 200))]
    assert all(x >= 0 and y >= 0 and x + w <= 600.001 and y + h <= 400.001 for x, y, w, h in found)
    for i, (x, y, w, h) in enumerate(found):
        for a, b, c, d in found[i + 1 :]:
            apart = x + w <= a + 0.001 or a + c <= x + 0.001 or y + h <= b + 0.001
            assert apart or b + d <= y + 0.001


def ten_thousand() -> None:
    """As many rules as a busy shop may have in years; a size each, the largest is the last."""
    Segment.objects.bulk_create(
        Segment(slug=f"rule-{i}", name=f"Rule {i}", kind="rule", definition=RICH, size=i)
        for i in range(10_000)
    )


def queries(client: Client, address: str) -> tuple[int, int]:
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    assert answer.status_code == 200
    return len(asked), len(answer.content)


def test_ten_thousand_segments_break_no_chooser(nine, mara, api_of):
    client = client_of("mara")
    addresses = [PAGE, "/audience/", "/audience/?segment=rule-77"]
    for address in addresses[:2]:
        # What is worked out once a snapshot is there before anything is counted.
        queries(client, address)
    ten_thousand()
    counts, sizes = zip(*(queries(client, address) for address in addresses), strict=True)
    assert max(sizes) < 200_000
    offered = context(f"{PAGE}?in=rule-3")["filters"][-1]["options"]
    rules = [option["value"] for option in offered if option["value"].startswith("rule-")]
    assert rules == [*(f"rule-{i}" for i in range(9_999, 9_999 - OFFERED, -1)), "rule-3"]
    assert [option["value"] for option in offered if option["chosen"]] == ["rule-3"]
    sent = {"node": ["0 0 group", "1 0 segment"], "0-mode": "all", "1-segment": "Rule 123"}
    asked = client.post("/audience/", sent).context["page"]["tree"]["children"][0]
    assert asked["offered"] == [(f"rule-{i}", f"Rule {i}") for i in (*range(1239, 1229, -1), 123)]
    chosen = client.post("/audience/", {**sent, "1-segment": "rule-123"}).context["page"]
    assert chosen["rule"] == {"all": [{"segment": "rule-123"}]}
    assert chosen["preview"]["total"] == "3"
    page = api_of(mara).get("/api/v1/segments/?page=2&page_size=40").json()
    assert page["count"] == Segment.objects.filter(archived_at=None).count()
    assert len(page["results"]) == 40
    Segment.objects.filter(kind="rule").exclude(slug="rule-77").delete()
    assert tuple(queries(client, address)[0] for address in addresses) == counts
