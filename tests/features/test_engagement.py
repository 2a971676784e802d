"""Visits, contacts and answers as features: from files, at once, of past days, not learnt from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from django.utils import timezone

from core.errors import Refused
from customers.models import Customer
from features.building import record_said, record_shop
from features.frames import customer_features, features_as_of, for_learners, snapshot
from features.selectors import catalogue
from features.shop import features_at
from pipelines.services import update_customers
from predictions.frames import learner_features
from runs.models import Run
from runs.services import perform, request
from segmentation.services.cluster_options import ClusterOptions, checked_algorithm
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = (
    "visits_30d", "product_views_30d", "last_visit_days", "support_contacts_90d", "last_nps",
    "email_open_rate_90d",
)  # fmt: skip
EVENTS = """customer_id,visitor_id,kind,at,sku
A,,visit,2026-02-27T12:00Z,
A,,product_view,2026-02-27T12:01Z,p1
A,,visit,2026-01-01T12:00Z,
,b7,visit,2026-02-20T09:00Z,
"""
CONTACTS = "customer_id,channel,opened_at,subject\nA,phone,2026-02-01T12:00Z,Card\n"
ANSWERS = "customer_id,kind,score,at\nA,nps,9,2026-02-05T12:00Z\nB,nps,3,2026-02-05T12:00Z\n"
RESPONSES = """customer_id,campaign,kind,at
A,winter,sent,2026-01-10T08:00Z
A,spring,sent,2026-02-20T08:00Z
A,spring,opened,2026-02-20T09:00Z
"""
MADE_UP = {"mapping": {"options": {"synthetic": True}}}


def come_in(tmp_path, **options) -> None:
    bring_in(tmp_path, shop.ORDER_LINES)
    bring_in(tmp_path, EVENTS, "events", **options)
    bring_in(tmp_path, CONTACTS, "interactions", **options)
    bring_in(tmp_path, ANSWERS, "feedback", **options)
    bring_in(tmp_path, RESPONSES, "campaign_responses", **options)


def pk_of(customer_id: str) -> int:
    return Customer.objects.get(customer_id=customer_id).pk


def of(customer_id: str) -> tuple:
    known = customer_features(pk_of(customer_id))
    return tuple(known[name] for name in NAMES)


def updated(load) -> None:
    pks = load.run.result["customers"]
    run = request(name="update_customers", task="t", arguments={"customers": pks}, send=False)
    assert perform(run=run, job=update_customers).error == ""


def test_a_refresh_works_them_out_from_the_record(tmp_path):
    come_in(tmp_path)
    refreshed(shop.AS_OF)
    assert of("A") == (1, 1, 1, 1, 9, 0.5)
    assert of("B") == (None, None, None, None, 3, None)
    assert of("C") == (None,) * 6


def test_the_day_before_knows_nothing_of_the_day_after(tmp_path):
    come_in(tmp_path)
    frame = features_as_of(datetime(2026, 2, 2, tzinfo=UTC)).filter(pl.col("customer_id") == "A")
    assert frame.select(NAMES).row(0) == (0, 0, 31, 1, None, 0.0)


def test_a_sign_in_brings_a_visitors_visits_to_their_customer_at_once(tmp_path):
    come_in(tmp_path)
    refreshed(shop.AS_OF)
    known = "customer_id,visitor_id,kind,at\nC,b7,sign_in,2026-02-21T09:00Z\n"
    load = bring_in(tmp_path, known, "events")
    assert load.run.result["customers"] == [pk_of("C")]
    updated(load)
    assert of("C")[2] is not None
    # Another name on the way takes the visit from C: both are worked out anew.
    earlier = "customer_id,visitor_id,kind,at\nD,b7,sign_in,2026-02-20T10:00Z\n"
    load = bring_in(tmp_path, earlier, "events")
    assert load.run.result["customers"] == sorted([pk_of("C"), pk_of("D")])
    updated(load)
    assert of("C") == (None,) * 6
    assert of("D")[2] is not None


@pytest.mark.parametrize(
    ("kind", "row", "values"),
    [
        (
            "interactions",
            "customer_id,channel,opened_at\nC,chat,{}\n",
            (None, None, None, 1, None, None),
        ),
        (
            "feedback",
            "customer_id,kind,score,at\nC,nps,10,{}\n",
            (None, None, None, None, 10, None),
        ),
    ],
)
def test_a_small_file_is_in_the_features_at_once(tmp_path, kind, row, values):
    come_in(tmp_path)
    refreshed(shop.AS_OF)
    load = bring_in(tmp_path, row.format((timezone.now() - timedelta(days=1)).isoformat()), kind)
    assert load.run.result["customers"] == [pk_of("C")]
    updated(load)
    assert of("C") == values


def test_a_contact_logged_by_hand_asks_for_an_update_of_its_customer(tmp_path, client, sue):
    come_in(tmp_path)
    client.force_login(sue)
    call = {"channel": "phone", "opened_at": "2026-02-24T14:30", "subject": "Lost", "state": "open"}
    client.post("/customers/B/contacts/new/", call)
    assert not Run.objects.filter(name="update_customers").exists()
    refreshed(shop.AS_OF)
    client.post("/customers/C/contacts/new/", call)
    run = Run.objects.get(name="update_customers")
    assert run.arguments == {"customers": [pk_of("C")]}


def at_the_end(said=None) -> pl.DataFrame:
    """What learners may know at the end of the data."""
    told = record_said() if said is None else said
    return features_at(replace(record_shop(), said=told), shop.AS_OF.replace(tzinfo=None))


def test_learners_see_what_is_real(tmp_path):
    come_in(tmp_path)
    refreshed(shop.AS_OF)
    known = at_the_end().filter(pl.col("customer_pk") == pk_of("A"))
    assert known.select(NAMES).row(0) == (1, 1, 1, 1, 9, 0.5)
    assert set(NAMES) <= set(for_learners().collect_schema().names())
    assert not any(entry.synthetic for entry in catalogue())
    checked_algorithm(ClusterOptions(features=("visits_30d", "recency_days")))


def test_learners_never_see_what_was_made_up(tmp_path):
    come_in(tmp_path, **MADE_UP)
    refreshed(shop.AS_OF)
    # All nine who bought something, and not one value.
    assert at_the_end().select(NAMES).null_count().row(0) == (9,) * 6
    # People do, marked as made up.
    assert of("A") == (1, 1, 1, 1, 9, 0.5)
    assert {entry.name for entry in catalogue() if entry.synthetic} == set(NAMES)
    seen, learnt = snapshot().collect_schema().names(), for_learners().collect_schema().names()
    assert set(seen) - set(learnt) == set(NAMES)
    with pytest.raises(Refused, match="visits_30d rests on rows that were made up"):
        checked_algorithm(ClusterOptions(features=("visits_30d", "recency_days")))
    day = shop.AS_OF.replace(tzinfo=None)
    assert set(NAMES).isdisjoint(learner_features(record_shop(), day).columns)


def test_one_made_up_row_in_an_update_marks_its_column_until_all_is_made_anew(tmp_path):
    come_in(tmp_path)
    refreshed(shop.AS_OF)
    row = "customer_id,kind,score,at\nC,nps,10,2026-02-28T12:00Z\n"
    updated(bring_in(tmp_path, row, "feedback", **MADE_UP))
    assert {entry.name for entry in catalogue() if entry.synthetic} == {"last_nps"}


def test_a_program_reads_in_the_catalogue_what_is_made_up(tmp_path, ann, api_of):
    come_in(tmp_path, **MADE_UP)
    refreshed(shop.AS_OF)
    told = api_of(ann).get("/api/v1/features/", {"page_size": 500}).json()["results"]
    assert {entry["name"] for entry in told if entry["synthetic"]} == set(NAMES)
