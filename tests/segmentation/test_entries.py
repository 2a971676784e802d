"""A customer's three figures on the page of clusters: one entry, or a pasted list."""

import csv
import io

import pytest
from django.test import Client

from core.models import AuditEntry
from segmentation.entries import pasted
from segmentation.models import Grouping
from tests.conftest import PASSWORD, person
from tests.shops import nine_and_one as shop
from tests.shops.opened_once import open_nine_in_groups

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/segments/predict/"
FIGURES = {name: {k: v[i] for k, v in shop.RFM.items() if v[0] is not None}
           for i, name in enumerate(("recency_days", "purchase_frequency",
                                     "purchase_monetary_value"))}  # fmt: skip


def of(customer: str) -> dict[str, float]:
    return {name: values[customer] for name, values in FIGURES.items()}


@pytest.fixture
def nine(db, tmp_path):
    open_nine_in_groups(tmp_path)


def client_of(name: str) -> Client:
    client = Client()
    assert client.login(email=person(name).email, password=PASSWORD)
    return client


def asked(name: str = "mara", **figures) -> dict:
    answer = client_of(name).get(PAGE, figures)
    assert answer.status_code == 200
    return answer.context


def test_the_page_answers_as_the_api_does(nine, ann, api_of):
    for customer in FIGURES["recency_days"]:
        sent = api_of(ann).post("/api/v1/segmentation/assign/", of(customer), format="json").json()
        page = asked(**of(customer))["page"]
        assert page["finding"].startswith(sent["name"])
        assert page["border"]["finding"].endswith(f": {sent['border']:.2f} of 1")
        chosen = [row["name"] for row in page["clusters"] if row["here"]]
        assert chosen == [sent["name"]]


def test_a_customers_own_figures_are_like_that_customer(nine):
    page = asked(**of("A"))["page"]
    first = page["nearest"]["rows"][0]
    assert (first["person"].customer_id, first["distance"]) == ("A", "0.00")
    assert (first["silent"], first["orders"], first["spent"]) == ("0", "3", "$35")
    assert len(page["nearest"]["rows"]) == 5
    assert page["near"]
    assert "like this." in page["finding"]
    assert "no customer" not in page["finding"]


def test_figures_far_from_everybody_say_so_before_they_answer(nine):
    page = asked(recency_days="3000", purchase_frequency="900", purchase_monetary_value="2")["page"]
    assert page["finding"].endswith("And no customer of yours is like this.")
    assert page["nearest"]["finding"] == "The nearest customers, none of them like this"
    assert "Check the figures first." in page["lede"]


def test_the_clusters_stand_there_before_anything_is_entered(nine):
    shown = asked()
    many = len(Grouping.objects.get(kind="cluster", promoted=True).groups)
    assert shown["page"]["finding"] == f"Three figures find one of {many} clusters."
    assert sum(int(row["size"]) for row in shown["page"]["clusters"]) == 9
    assert not shown["asked"]


def test_a_figure_that_is_none_says_what_to_write(nine):
    shown = asked(recency_days="soon", purchase_frequency="", purchase_monetary_value="-3")
    assert [field["wrong"] for field in shown["fields"]] == [
        "Not a number. Write it with digits and a point, like 34 or 34.50.",
        "Empty. Write it with digits and a point, like 34 or 34.50.",
        "Negative. Write 0 or more.",
    ]
    assert [field["value"] for field in shown["fields"]] == ["soon", "", "-3"]
    assert shown["page"]["finding"] == "The figures below say what they lack."


def test_vic_sees_the_cluster_and_no_customers_and_sue_is_written_down(nine, vic, sue):
    page = asked("vic", **of("A"))
    assert page["page"]["nearest"] == {}
    assert not page["sees_customers"]
    assert not AuditEntry.objects.filter(verb="view_similar_customers").exists()
    asked("sue", **of("A"))
    entry = AuditEntry.objects.get(verb="view_similar_customers")
    assert (entry.actor_label, entry.detail) == ("sue", {"shown": 5})


LIST = """Monetary value;Recency;Frequency
35;0;3

20;0;x
100;19;4
-1;4
"""


def test_a_list_names_its_bad_lines_by_row_column_and_remedy(nine):
    shown = client_of("ann").post(PAGE, {"list": LIST, "do": "answer"}).context["list"]
    assert shown["finding"] == "A list: 2 lines answered, 2 not"
    assert [(row["row"], row["figures"]) for row in shown["rows"]] == [
        (2, "0, 3, $35"), (5, "19, 4, $100"),
    ]  # fmt: skip
    told = [(p.row, p.column, p.value, p.reason) for p in shown["problems"]]
    assert told == [
        (4, "Frequency", "x", "not a number"),
        (6, "Monetary value", "-1", "negative"),
        (6, "Frequency", "", "missing"),
    ]
    remedies = [p.remedy for p in shown["problems"]]
    assert remedies == [
        "Write it with digits and a point, like 34 or 34.50.",
        "Write 0 or more.",
        "Write recency, frequency and monetary value in each line.",
    ]


def test_the_csv_has_every_line_in_its_order_by_the_code_of_the_api(nine, ann, api_of):
    answer = client_of("ann").post(PAGE, {"list": LIST + "=1+1, 2, 3", "do": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row["row"] for row in rows] == ["2", "4", "5", "6", "6", "7"]
    sent = api_of(ann).post("/api/v1/segmentation/assign/", [of("A"), of("F")], format="json")
    good = [row for row in rows if row["name"]]
    for row, answered in zip(good, sent.json(), strict=True):
        assert row["name"] == answered["name"]
        assert row["border"] == str(answered["border"])
    # A spreadsheet would run what begins like a formula.
    assert [row["value"] for row in rows if row["row"] == "7"] == ["'=1+1"]


def test_lists_come_with_tabs_commas_or_blanks():
    for divider in ("\t", ", ", " ", ";"):
        found = pasted(divider.join(["5", "90", "3200"]))
        assert found.problems == []
        assert found.rows == [
            (1, {"recency_days": 5.0, "purchase_frequency": 90.0,
                 "purchase_monetary_value": 3200.0})
        ]  # fmt: skip


def test_a_number_with_a_comma_in_it_is_told_apart_from_a_fourth_figure():
    found = pasted("5, 90, 3,200")
    assert [(p.reason, p.remedy) for p in found.problems] == [
        ("more than three figures",
         "Divide lines by tabs or semicolons where numbers have commas in them.")
    ]  # fmt: skip


def test_before_the_first_refresh_there_are_no_clusters_to_ask(mara):
    answer = client_of("mara").get(PAGE, of("A"))
    assert "There are no clusters yet." in answer.content.decode()
