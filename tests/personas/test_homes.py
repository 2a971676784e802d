"""The homes of marketing, sales and the viewer: their finding, their next thing, and to whom."""

import json
from datetime import datetime, timedelta

import polars as pl
import pytest
from django.test import Client
from django.utils import timezone

from core.models import AuditEntry
from personas.calling import figures_frame
from personas.doubt import churn_in_use
from personas.homes import marketing, parts, sales
from personas.homes.flow import flow
from personas.homes.verdicts import Judged, _axis, _finding
from personas.selectors import Day
from personas.weeks import last_week, weekly_chart
from personas.work_lists import local_day
from segmentation.ledger import Move, at_stake
from segmentation.models import Segment, SegmentKind
from segmentation.movement import Movement, standings
from segmentation.selectors import promoted
from segmentation.services import create_work_list
from segmentation.work import source_of_segment
from tests.conftest import PASSWORD, person
from tests.shops import nine_and_one as shop

START = datetime(2026, 2, 16, tzinfo=shop.AS_OF.tzinfo)


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def home(name: str) -> dict:
    answer = client_of(name).get("/")
    assert answer.status_code == 200
    return answer.context["home"]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def movement(moves: list[tuple[str, str, int, float]]) -> Movement:
    of = {segment.slug: segment for segment in Segment.objects.filter(kind=SegmentKind.RFM)}
    told = [Move(of[before], of[after], size, spent) for before, after, size, spent in moves]
    return Movement(START, START + timedelta(days=7), told, standings(promoted(SegmentKind.RFM)))


def test_marketing_opens_with_the_best_who_slipped_and_what_is_at_stake(opened):
    told = home("mara")
    assert plain(told["finding"]) == (
        "1 Loyal customer slipped since Sun 22 Feb.\nThey spent $100 in the past year."
    )
    assert plain(told["lede"]) == (
        "1 is now Previously loyal; nobody made the way back. Of the 1, about 1 (0 to 1) will"
        " probably not buy in the next 10 days."
    )
    assert told["next"]["title"] == "Next: write to this customer"
    assert json.loads(told["next"]["definition"]) == {"segment": "previously-loyal"}
    assert "1 are Previously loyal; 0 of them may be written to by e-mail." in plain(
        told["next"]["text"]
    )
    assert told["waits"] == []


def test_the_best_groups_come_before_others_in_marketings_sentence(opened):
    of = movement([
        ("loyal", "at-risk", 3, 900.0), ("champions", "previously-loyal", 2, 500.0),
        ("active", "at-risk", 9, 2_000.0), ("at-risk", "loyal", 4, 100.0),
    ])  # fmt: skip
    slips = marketing._slips(of)
    assert [(m.before.slug, m.customers) for m in slips] == [("loyal", 3), ("champions", 2)]
    assert marketing._after(slips) == {"At risk": 3, "Previously loyal": 2}
    assert marketing._flow_finding(of) == "More customers slipped than came back"
    only_others = movement([("active", "at-risk", 9, 2_000.0)])
    assert [m.customers for m in marketing._slips(only_others)] == [9]


def test_what_is_at_stake_counts_the_money_of_the_year_and_the_risk(opened):
    of = {segment.slug: segment for segment in Segment.objects.filter(kind=SegmentKind.RFM)}
    since, until = datetime(2026, 2, 23, tzinfo=START.tzinfo), shop.AS_OF
    found = at_stake(since, until, [of["loyal"]], [of["previously-loyal"]])
    assert (found.customers, found.spent, found.scored) == (1, 100.0, 1)
    assert at_stake(since, until, [of["champions"]], [of["dormant"]]).customers == 0


def test_bands_lie_in_their_groups_and_falls_into_silence_have_a_colour(opened):
    of = movement([
        ("champions", "champions", 60, 1.0), ("champions", "at-risk", 20, 1.0),
        ("at-risk", "champions", 5, 1.0), ("at-risk", "at-risk", 15, 1.0),
    ])  # fmt: skip
    groups = list(Segment.objects.filter(kind=SegmentKind.RFM).order_by("position"))
    drawn = flow(of, groups)
    assert [(n["name"], n["before"], n["after"], n["change"]) for n in drawn["nodes"]] == [
        ("Champions", "80", "65", "−15"), ("At risk", "20", "35", "+15"),
    ]  # fmt: skip
    assert [band["css"] for band in drawn["bands"]] == ["still", "still", "back", "g-at-risk"]
    assert drawn["labels"] == ["20 slipped", "5 came back"]
    # 100 customers on 300 units less two gaps and half names: 2.75 a customer, from 24 down.
    assert drawn["nodes"][0]["before_height"] == "220.0"
    assert drawn["bands"][0]["path"].startswith("M195 24.0C")
    assert drawn["bands"][0]["path"].endswith("195 189.0Z")
    assert flow(movement([]), groups) == {}


@pytest.mark.django_db
def test_the_mean_in_the_weekly_chart_says_that_it_is_of_the_same_days():
    first = datetime(2026, 2, 1, tzinfo=START.tzinfo).date()
    for orders, words in (
        ([1] * 28, "12-week mean, $70"),
        ([1] * 21 + [0] + [1] * 6, "12-week mean of the same 6 days, $60"),
    ):
        days = [Day(first + timedelta(days=n), 10.0 * o, o) for n, o in enumerate(orders)]
        assert plain(weekly_chart(days, last_week(days))["data"]["usual_words"]) == words


@pytest.mark.parametrize(("orders", "words"), [
    ([1] * 28, "Revenue of the week to 28 Feb is as usual."),
    ([1] * 21 + [2] * 7, "Revenue of the week to 28 Feb is up 100 % on the 12-week mean."),
    ([1] * 21 + [0] + [1] * 6, "Sunday 22 February is empty: the last week holds six days. On the"
     " other days, revenue is as usual."),
    ([1] * 6, "There is less than a week of data: nothing can be compared yet."),
    ([1] * 7, "There is no week before to compare with."),
])  # fmt: skip
def test_the_weeks_line_compares_like_days_and_says_what_is_missing(orders, words):
    first = datetime(2026, 2, 1, tzinfo=START.tzinfo).date()
    days = [Day(first + timedelta(days=n), 10.0 * o, o) for n, o in enumerate(orders)]
    assert parts.week_words(last_week(days)) == words


def test_who_is_worth_keeping_stands_by_risk_times_spend_and_names_are_masked(opened):
    table = home("mara")["leaving"]
    rows = table["rows"]
    worth = [row["churn_probability"] * row["purchase_monetary_value"] for row in rows]
    assert worth == sorted(worth, reverse=True)
    assert all(row["churn_probability"] >= 0.3 for row in rows)
    shown = {row["person"].customer_id: row["person"].name for row in rows}
    assert shown["F"] == "F••• F•••"
    assert json.loads(table["rule"])["all"][0]["value"] == parts.LIKELY


def test_sales_opens_with_whom_to_call_and_the_lists_that_are_due(opened, sam):
    told = home("sam")
    # G is silent for 30 days and bought once; nobody of the shop has five orders.
    assert told["finding"] == "Nobody of 10 customers is silent longer than ever before."
    assert told["lists_finding"] == "Nothing is due today"
    now = timezone.now()
    create_work_list(
        name="At risk", source=source_of_segment("at-risk"), actor=sam, owner=sam, at=now,
        due_on=local_day(now),
    )  # fmt: skip
    told = home("sam")
    assert told["lists_finding"] == "One list is due today"
    assert [(row["name"], row["done"], row["due"]) for row in told["lists"]] == [
        ("At risk", "0 of 2", "today"),
    ]  # fmt: skip
    assert told["groups_finding"] == "Previously loyal are worth most: $100 each"
    assert [group["name"] for group in told["groups"]][:2] == ["Champions", "Loyal"]


def test_names_on_sales_home_are_written_down(opened, sam):
    group = Segment.objects.get(slug="previously-loyal")
    frame = figures_frame().filter(pl.col("rfm_group") == group.name).collect()
    silent = sales.Silent(group, frame, size=3, revenue=400.0)
    assert plain(sales._finding(silent, [])) == (
        "1 Previously loyal customer is in the longest silence they ever had.\nThey spent $100."
    )
    figures = {f["label"]: (f["value"], f["note"]) for f in sales._figures(silent, churn_in_use())}
    assert figures["Spent"] == ("$100", "25 of 100 of the group's $400")
    assert figures["May be called"] == ("1 of 1", "0 may be written to, 0 neither")
    (row,) = sales._first(silent, sam, churn_in_use())["rows"]
    assert (row["person"].name, row["phone"]) == ("Fay Ford", "+1 555 0101")
    assert AuditEntry.objects.filter(verb="view_home_list").count() == 1
    assert sales._next(silent)["url"] == "/worklists/new/?silent=previously-loyal"


def test_who_may_not_be_called_is_not_among_those_to_call_first(opened, sam):
    group = Segment.objects.get(slug="previously-loyal")
    frame = figures_frame().filter(pl.col("rfm_group").is_in([group.name, "Champions"])).collect()
    told = sales._first(sales.Silent(group, frame, size=9, revenue=400.0), sam, churn_in_use())
    assert told["finding"] == "Whom to call first: 1 of 1 who may be called"
    assert [row["person"].customer_id for row in told["rows"]] == ["F"]
    nobody = frame.filter(~pl.col("reachable_phone"))
    assert nobody.height > 0
    assert sales._first(sales.Silent(group, nobody, 9, 400.0), sam, churn_in_use()) == {}


def test_the_viewer_reads_figures_and_is_offered_nothing_to_change(opened):
    html = client_of("vic").get("/").content.decode()
    main = html[html.index("<main") : html.index("</main>")]
    for word in ("<form", "/customers/", "/worklists/", "Fay", "F•••", "Export", "Prepare"):
        assert word not in main
    told = home("vic")
    assert told["next"]["verb"] == "See segments"
    assert told["groups"][0]["name"] == "Champions"
    assert told["verdicts"] == {}


def test_verdicts_stand_on_one_round_axis_that_holds_zero():
    low, high, ticks = _axis([{"low": 8.09, "high": 41.94}, {"low": -3.0, "high": 2.0}])
    assert (low, high, ticks) == (-20.0, 60.0, [-20.0, 0.0, 20.0, 40.0, 60.0])
    assert _axis([]) == (0.0, 1.0, [0.0, 1.0])
    assert _finding([Judged(None, None), Judged(None, None)]) == (
        "None of two campaigns has shown an effect"
    )
