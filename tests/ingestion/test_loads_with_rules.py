"""A mapping's cleaning rules at work in whole loads: every row is accounted for."""

from pathlib import Path

import pytest

from core.errors import Refused
from core.services import configure_organisation
from customers.models import Customer
from ingestion.models import Reject
from ingestion.services import load_file, load_numbered
from ingestion.total_words import total_words
from ingestion.trials import load_tried
from runs.services import perform
from tests.pipelines.test_erasure import erased_now
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.models import Order, OrderLine

pytestmark = pytest.mark.django_db(transaction=True)

MESSY = """customer_id;order_id;occurred_at;sku;quantity;amount;channel;Status
A;1;31.01.2026 10:00;p1;1;1.250,00 €;Web;paid
A;1;31.01.2026 10:00;p1;1;1.250,00 €;Web;paid
B;C2;01.02.2026 11:30;p1;1;(10,00);web ;paid
C;3;02.02.2026 09:00;p2;1;12,00;WEB;refunded
D;4;03.02.2026 09:00;p2;1;$5;Web;paid
E;5;2026-02-04;p2;1;7,00;Web;paid
F;6;05.02.2026 12:00;p2;1;9,50;n/a;paid
"""
RULES = [
    {"rule": "dates", "column": "occurred_at", "forms": ["%d.%m.%Y %H:%M"]},
    {"rule": "amounts", "column": "amount", "decimal": ","},
    {"rule": "absent", "columns": ["channel"]},
    {"rule": "categories", "column": "channel"},
    {"rule": "repeats"},
    {"rule": "returns", "by": "prefix"},
    {"rule": "returns", "by": "column", "column": "Status", "values": ["refunded"],
     "then": "left out"},
    {"rule": "outliers", "column": "amount", "method": "limits", "most": 1000.0, "then": "capped"},
]  # fmt: skip

MAPPING = {"options": {"delimiter": ";"}, "rules": RULES}


@pytest.fixture
def _euros():
    configure_organisation(currency="EUR", time_zone="Europe/Berlin")


def counts(load) -> tuple[int, ...]:
    return (load.read, load.loaded, load.changed, load.identical, load.duplicate, load.rejected)


def line(load, key: str, place: int = 0) -> dict:
    return [one for one in load.notes["rules"] if one["rule"] == key][place]


@pytest.mark.usefixtures("_euros")
def test_a_messy_file_comes_in_clean_and_every_row_is_accounted_for(tmp_path):
    load = bring_in(tmp_path, MESSY, mapping=MAPPING)
    assert load.run.error == ""
    assert counts(load) == (7, 3, 0, 0, 1, 3)
    assert [
        (o.order_id, o.channel, str(o.occurred_at)) for o in Order.objects.order_by("order_id")
    ] == [
        ("1", "Web", "2026-01-31 09:00:00+00:00"),
        ("6", None, "2026-02-05 11:00:00+00:00"),
        ("C2", "Web", "2026-02-01 10:30:00+00:00"),
    ]
    lines = OrderLine.objects.order_by("order__order_id")
    assert list(lines.values_list("amount_minor", "returned")) == [
        (100000, False), (950, False), (-1000, True),
    ]  # fmt: skip
    rejects = Reject.objects.filter(load=load).order_by("row").values_list("row", "value", "reason")
    assert list(rejects) == [
        (5, "refunded", "a return or cancellation, left out"),
        (6, "$5", "written in $: the organisation counts in EUR"),
        (7, "2026-02-04", "not written in a form that the rule names"),
    ]


@pytest.mark.usefixtures("_euros")
def test_control_totals_agree_with_what_rules_took_off(tmp_path):
    load = bring_in(tmp_path, MESSY, mapping=MAPPING)
    assert load.sums["amount_minor"] == {
        # 1250 twice, -10, 12, 9.50; what no rule could read is no sum, and row 7 was not asked.
        "file": 251150, "record": 99950, "rejected": 1200, "duplicate": 125000,
        "difference": 0, "by_rules": 25000,
    }  # fmt: skip


@pytest.mark.usefixtures("_euros")
def test_control_totals_are_written_as_the_shop_writes_figures(tmp_path):
    configure_organisation(locale="de-DE")
    words = total_words(bring_in(tmp_path, MESSY, mapping=MAPPING))
    (amount,) = [total for total in words["totals"] if total.label == "Sum of amount"]
    written = [cell["value"] for cell in amount.cells]
    assert written == ["2.511,50", "999,50", "12,00", "1.250,00", "0,00"]


@pytest.mark.usefixtures("_euros")
def test_each_rule_says_what_it_did_with_examples(tmp_path):
    load = bring_in(tmp_path, MESSY, mapping=MAPPING)
    dates = line(load, "dates")
    assert (dates["rows_before"], dates["rows_after"]) == (7, 6)
    assert (dates["changed"], dates["rejected"]) == (6, 1)
    assert dates["examples"][0] == {
        "row": 2, "column": "occurred_at", "before": "31.01.2026 10:00",
        "after": "2026-01-31T10:00:00.000000",
    }  # fmt: skip
    assert line(load, "repeats")["repeated"] == 1
    assert line(load, "returns")["changed"] == 1
    assert line(load, "returns", 1)["left_out"] == 1
    capped = line(load, "outliers")
    assert (capped["changed"], capped["learnt"]) == (1, "usual is at most 1,000")
    assert capped["examples"] == [{"row": 2, "column": "amount", "before": "1250", "after": "1000"}]


@pytest.mark.usefixtures("_euros")
def test_the_same_messy_file_again_changes_nothing(tmp_path):
    bring_in(tmp_path, MESSY, mapping=MAPPING)
    before = checksums()
    again = bring_in(tmp_path, MESSY, mapping=MAPPING)
    assert counts(again) == (7, 0, 0, 3, 1, 3)
    assert checksums() == before


@pytest.mark.usefixtures("_euros")
def test_a_dry_run_is_loaded_by_the_rules_that_it_was_tried_with(tmp_path):
    tried = bring_in(tmp_path, MESSY, mapping=MAPPING, dry_run=True)
    load = load_tried(load=load_numbered(tried.pk), send=False)
    perform(run=load.run, job=load_file)
    assert counts(load_numbered(load.pk)) == (7, 3, 0, 0, 1, 3)


def test_without_rules_order_lines_come_in_as_ever(tmp_path):
    load = bring_in(tmp_path, "customer_id,occurred_at,amount\nA,2026-01-31,1\nA,2026-01-31,1\n")
    assert counts(load) == (2, 2, 0, 0, 0, 0)
    assert "rules" not in load.notes
    assert load.mapping["rules"] == []


def test_numbers_of_customers_are_filled_by_those_who_are_alike(tmp_path):
    rows = "".join(f"C{i},{20 + i},{1000 * (20 + i)}\n" for i in range(20))
    rule = {"rule": "missing", "column": "income", "how": "neighbours", "k": 2}
    load = bring_in(
        tmp_path, f"customer_id,age,income\n{rows}X,25.5,\n", "customer_features",
        mapping={"rules": [rule]},
    )  # fmt: skip
    assert load.run.error == ""
    told = line(load, "missing")
    assert told["learnt"] == "from 20 customers, by age"
    assert told["examples"] == [{"row": 22, "column": "income", "before": "", "after": "25500"}]


def test_customers_who_may_be_one_are_flagged_and_both_come_in(tmp_path):
    text = "customer_id,name,email\n1,Ann Lee,ann@example.com\n2,Lee Ann,ANN@example.com\n"
    load = bring_in(tmp_path, text, "customers")
    assert counts(load) == (2, 2, 0, 0, 0, 0)
    assert Customer.objects.count() == 2
    told = line(load, "similar_customers")
    assert told["flagged"] == 1
    assert "ann" not in str(told["examples"]).lower()


@pytest.mark.parametrize("kept", [True, False])
def test_an_erased_person_leaves_the_examples(tmp_path, kept):
    text = "customer_id,occurred_at,amount,channel\nA,2026-01-31,1,marks\nB,2026-01-31,1,Web \n"
    rule = {"rule": "categories", "column": "channel", "case": "upper"}
    load = bring_in(tmp_path, text, mapping={"rules": [rule]})
    assert [one["before"] for one in line(load, "categories")["examples"]] == ["marks", "Web "]
    if not kept:
        Path(load.file_path).unlink()
    erased_now("A")
    told = line(load_numbered(load.pk), "categories")
    # Without the file nobody knows whose rows they were.
    assert [one["before"] for one in told["examples"]] == (["Web "] if kept else [])
    assert told["changed"] == 2


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ("dates", '"rules" of a mapping is a list'),
        ([{"rule": "polish"}], "There is no rule 'polish'. Rules are: absent, amounts"),
        ([{"rule": "dates", "column": "occurred_at"}], "needs the option forms"),
        ([{"rule": "dates", "column": "amount", "forms": ["%d.%m.%Y"]}], "amount is a money"),
        ([{"rule": "dates", "column": "occurred_at", "forms": ["soon"]}], "no form of a date"),
        ([{"rule": "outliers", "column": "price"}], "there is no column price"),
        ([{"rule": "outliers", "column": "amount", "then": "eaten"}], "one of flagged, capped"),
        ([{"rule": "missing", "column": "customer_id"}], "a row without it is rejected anyway"),
        ([{"rule": "similar_customers"}], "is for customers, not for order_lines"),
    ],
)  # fmt: skip
def test_a_rule_that_means_nothing_is_refused_before_anything_is_read(tmp_path, rules, words):
    with pytest.raises(Refused, match="(?s).*") as refusal:
        bring_in(
            tmp_path, "customer_id,occurred_at,amount\nA,2026-01-31,1\n", mapping={"rules": rules}
        )
    assert words in refusal.value.message


def test_the_page_shows_what_the_rules_did(client, ann, tmp_path):
    client.force_login(ann)
    load = bring_in(
        tmp_path, "customer_id,occurred_at,amount\nA,2026-01-31,1\nA,2026-01-31,1\n",
        mapping={"rules": [{"rule": "repeats"}]},
    )  # fmt: skip
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert "1 cleaning rule: 1 row not taken twice" in page
    assert "Row 3, whole row: the same as row 2 → not taken again" in page


def test_the_heading_counts_rows_whichever_and_however_many_rules_changed_them(
    client, ann, tmp_path
):
    client.force_login(ann)
    upper = [
        {"rule": "categories", "column": name, "case": "upper"} for name in ("channel", "store")
    ]
    most = {"rule": "outliers", "column": "amount", "method": "limits", "most": 100.0}
    text = "customer_id,occurred_at,amount,channel,store\n" + (
        "A,2026-01-31,1,web,north\nB,2026-01-31,900,web,SOUTH\nC,2026-01-31,1,WEB,SOUTH\n"
    )
    load = bring_in(tmp_path, text, mapping={"rules": [*upper, most]})
    assert [line["changed"] for line in load.notes["rules"]] == [2, 1, 0]
    page = client.get(f"/imports/{load.pk}/").content.decode()
    assert "3 cleaning rules: 2 rows changed, 1 flagged and kept" in page
