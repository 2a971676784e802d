"""What became of messages: events that name their campaign, each once, and out again."""

import pytest

from ingestion.models import Reject
from ingestion.services import request_undo, undo_load
from runs.services import perform
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in
from transactions.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "customer_id,campaign,kind,at,channel,url\n"
SENT = "A,spring,Sent,2026-02-01T10:00Z,,\n"
CLICKED = "A,spring,clicked,2026-02-01T11:00Z,sms,https://shop.example/p1\n"


def counts(load) -> tuple[int, ...]:
    return (load.read, load.loaded, load.changed, load.identical, load.duplicate, load.rejected)


def test_a_response_is_an_event_that_names_its_campaign_and_channel(tmp_path):
    load = bring_in(tmp_path, HEADER + SENT + CLICKED, "campaign_responses")
    assert counts(load) == (2, 2, 0, 0, 0, 0)
    rows = Event.objects.order_by("at").values_list(
        "customer__customer_id", "identified", "visitor_id", "kind", "url", "properties"
    )
    assert list(rows) == [
        ("A", True, None, "sent", None, {"campaign": "spring", "channel": "email"}),
        ("A", True, None, "clicked", "https://shop.example/p1",
         {"campaign": "spring", "channel": "sms"}),
    ]  # fmt: skip


def test_the_same_responses_again_change_nothing_and_an_undo_takes_them_out(tmp_path):
    before = checksums()
    load = bring_in(tmp_path, HEADER + SENT + CLICKED + SENT, "campaign_responses")
    assert counts(load) == (3, 2, 0, 0, 1, 0)
    again = bring_in(tmp_path, HEADER + CLICKED + SENT, "campaign_responses")
    assert counts(again) == (2, 0, 0, 2, 0, 0)
    assert perform(run=request_undo(load=load, send=False), job=undo_load).error == ""
    assert checksums() == before


def test_what_is_no_response_is_turned_away_with_what_to_write(tmp_path):
    rows = (
        "A,spring,bounced,2026-02-01T10:00Z,,\n"
        ",spring,sent,2026-02-01T10:00Z,,\n"
        "A,,sent,2026-02-01T10:00Z,,\n"
    )
    load = bring_in(tmp_path, HEADER + rows, "campaign_responses")
    assert counts(load) == (3, 0, 0, 0, 0, 3)
    told = Reject.objects.filter(load=load).order_by("row").values_list("column", "reason")
    assert list(told) == [
        ("kind", "no response to a campaign"), ("customer_id", "empty"), ("campaign", "empty"),
    ]  # fmt: skip
    remedy = Reject.objects.filter(load=load, column="kind").get().remedy
    assert remedy == "write sent, delivered, opened, clicked, redeemed or unsubscribed"
