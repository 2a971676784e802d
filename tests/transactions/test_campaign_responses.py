"""What became of messages: events that name their campaign, each once, and out again."""

import pytest

from core.errors import Conflict
from customers.models import Consent
from customers.selectors import channel_states, customer_with_id
from ingestion.models import Reject
from ingestion.services import refuse_undo, request_undo, undo_load
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


AGREED = "customer_id,channel,granted,at,source\n"
YES = "A,email,yes,2026-01-01T10:00Z,till\nA,sms,yes,2026-01-01T10:00Z,till\n"
LEFT = "A,spring,unsubscribed,2026-02-02T09:00Z,,\n"


def may() -> dict[str, tuple[bool | None, str]]:
    states = channel_states(customer_with_id("A"))
    return {one.channel: (one.granted, one.source) for one in states if one.granted is not None}


def test_whoever_unsubscribed_has_withdrawn_that_channel_from_that_moment(tmp_path):
    bring_in(tmp_path, AGREED + YES, "consents")
    before = checksums()
    load = bring_in(tmp_path, HEADER + SENT + LEFT, "campaign_responses", source="mailer")
    assert counts(load) == (2, 2, 0, 0, 0, 0)
    assert may() == {"email": (False, "mailer"), "sms": (True, "till")}
    no = Consent.objects.get(granted=False)
    assert (no.at.isoformat(), no.purpose, no.load_id) == (
        "2026-02-02T09:00:00+00:00", "marketing", load.pk,
    )  # fmt: skip
    assert load.notes["withdrawn_consents"] == 1
    assert load.run.result["customers"] == [no.customer_id]
    again = bring_in(tmp_path, HEADER + LEFT, "campaign_responses", source="mailer")
    assert (counts(again), Consent.objects.count()) == ((1, 0, 0, 1, 0, 0), 3)
    assert perform(run=request_undo(load=load, send=False), job=undo_load).error == ""
    assert checksums() == before


def test_a_yes_after_it_holds_again_and_one_of_the_same_moment_does_not(tmp_path):
    bring_in(tmp_path, AGREED + YES + "A,email,yes,2026-02-02T09:00Z,shop\n", "consents")
    before = checksums()
    load = bring_in(tmp_path, HEADER + LEFT + LEFT, "campaign_responses")
    assert may()["email"] == (False, "generic")
    later = bring_in(tmp_path, AGREED + "A,email,yes,2026-02-03,shop\n", "consents")
    assert may()["email"] == (True, "shop")
    for one in (later, load):
        assert perform(run=request_undo(load=one, send=False), job=undo_load).error == ""
    assert checksums() == before


def test_a_load_whose_no_a_later_file_turned_into_a_yes_is_undone_after_it(tmp_path):
    load = bring_in(tmp_path, HEADER + LEFT, "campaign_responses")
    later = bring_in(tmp_path, AGREED + "A,email,yes,2026-02-02T09:00Z,shop\n", "consents")
    with pytest.raises(Conflict, match=f"import {later.pk} changed 1 of"):
        refuse_undo(load)


def test_unsubscribing_from_what_is_no_channel_of_ours_changes_no_consent(tmp_path):
    left = "A,spring,unsubscribed,2026-02-02T09:00Z,push,\n"
    assert counts(bring_in(tmp_path, HEADER + left, "campaign_responses"))[1] == 1
    assert not Consent.objects.exists()
