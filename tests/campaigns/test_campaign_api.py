"""Campaigns over HTTP: the thin line from a draft to a launch, and what is refused on the way."""

import csv
import io

import pytest

from campaigns.models import Assignment, Campaign, Message, Origin
from core.models import AuditEntry
from customers.models import ContactLedger
from runs.models import Run
from tests.campaigns.launched import launched_campaign
from tests.campaigns.shop import BUYERS, open_shop
from tests.shops.coming_in import bring_in
from tests.shops.nine_and_one import AS_OF

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/campaigns/"


@pytest.fixture
def ten(tmp_path):
    open_shop(tmp_path)


def drafted(client, **values) -> dict:
    sent = {"name": "Spring", "audience": {"definition": BUYERS}, "channel": "email"}
    answer = client.post(PATH, sent | values, format="json")
    assert answer.status_code == 201, answer.content
    return answer.json()


def launched(maker, approver, **values) -> str:
    path = f"{PATH}{drafted(maker, **values)['id']}/"
    assert approver.post(f"{path}approve/").status_code == 200
    answer = maker.post(f"{path}launch/")
    assert (answer.status_code, answer.json()["state"]) == (200, "running")
    return path


def rows_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))


def by_id(answer) -> dict[str, dict[str, str]]:
    return {row["customer_id"]: row for row in rows_of(answer)}


def test_name_audience_and_channel_are_enough(ten, mara, api_of):
    made = drafted(api_of(mara))
    assert (made["state"], made["control_share"], made["horizon_days"]) == ("draft", 0.2, 10)
    assert (made["offer_cost"], made["budget"], made["goal"]) == (0.0, None, "")
    assert made["audience"] == {"definition": BUYERS}
    assert made["variants"] == [{"name": "A", "subject": "Spring", "body": "Spring"}]
    assert made["counts"]["found"] == 9
    assert made["detectable_effect"]["days"] == 10
    assert made["created_by"] == "mara"


def test_the_line_from_draft_to_launch(ten, mara, sam, api_of):
    path = launched(api_of(mara), api_of(sam), control_share=0)
    shown = api_of(sam).get(path).json()
    assert (shown["counts"]["treated"], shown["launch"]["state"]) == (8, "succeeded")
    assert shown["approved_by"] == "sam"
    assert Message.objects.filter(state="queued").count() == 8
    assert [row["id"] for row in api_of(sam).get(PATH).json()["results"]] == [shown["id"]]
    again = api_of(mara).post(f"{path}launch/")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    verbs = AuditEntry.objects.filter(subject="spring").order_by("pk")
    assert list(verbs.values_list("verb", "actor_label")) == [
        ("create_campaign", "mara"), ("approve_campaign", "sam"),
        ("launch_campaign", "mara"), ("freeze_audience", "system"),
    ]  # fmt: skip


def test_the_receipt_is_paged_filtered_and_masked(ten, tmp_path, mara, sam, sue, api_of):
    bring_in(tmp_path, "customer_id,name\nA,Anna Example\n", "customers")
    path = launched(api_of(mara), api_of(sam), control_share=0)
    page = api_of(mara).get(f"{path}audience/?page_size=9").json()
    assert page["count"] == 9
    assert len(api_of(mara).get(f"{path}audience/?page_size=2").json()["results"]) == 2
    assert {row["customer_id"]: row for row in page["results"]}["A"] == {
        "customer_id": "A", "name": "A••• E•••", "decision": "treated", "reason": "",
        "variant": "A",
    }  # fmt: skip
    assert not AuditEntry.objects.filter(verb="view_audience").exists()
    left_out = api_of(sue).get(f"{path}audience/?reason=no_consent").json()["results"]
    assert [row["customer_id"] for row in left_out] == ["I"]
    assert AuditEntry.objects.filter(verb="view_audience", actor_label="sue").count() == 1
    wrong = api_of(mara).get(f"{path}audience/?decision=maybe")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "bad_query")


def test_the_receipt_as_csv_is_safe_and_has_what_the_role_may_see(
    ten, tmp_path, mara, sam, sue, api_of
):
    bring_in(tmp_path, "customer_id,name\nA,=cmd|calc\n", "customers")
    path = launched(api_of(mara), api_of(sam), control_share=0)
    rows = by_id(api_of(mara).get(f"{path}audience/?format=csv"))
    assert sorted(rows) == list("ABCDEFGHI")
    assert rows["A"] == {"customer_id": "A", "decision": "treated", "reason": "", "variant": "A"}
    assert rows["I"]["reason"] == "no_consent"
    assert by_id(api_of(sam).get(f"{path}audience/?format=csv"))["A"]["name"] == "'=cmd|calc"
    assert AuditEntry.objects.filter(verb="export_audience").count() == 2
    denied = api_of(sue).get(f"{path}audience/?format=csv")
    assert (denied.status_code, denied.json()["error"]["code"]) == (403, "not_allowed")
    assert AuditEntry.objects.filter(verb="export_audience").count() == 2


def test_a_list_is_handed_over_once_for_each_customer(ten, mara, sam, api_of):
    path = launched(api_of(mara), api_of(sam), channel="sms", control_share=0)
    assert not Message.objects.exists()
    bring_back = {row["customer_id"] for row in rows_of(api_of(mara).post(f"{path}list/"))}
    assert bring_back == set("ABCDEFGH")
    assert ContactLedger.objects.filter(channel="sms", campaign="spring").count() == 8
    again = rows_of(api_of(sam).post(f"{path}list/"))
    assert {row["customer_id"] for row in again} == bring_back
    assert {"name", "phone"} <= set(again[0])
    assert ContactLedger.objects.count() == 8
    handed = AuditEntry.objects.filter(verb="hand_over_list").order_by("pk")
    assert [entry.detail["new"] for entry in handed] == [8, 0]
    taken = AuditEntry.objects.filter(verb="export_campaign_list").order_by("pk")
    assert [(entry.actor_label, entry.detail) for entry in taken] == [
        ("mara", {"personal": False}), ("sam", {"personal": True}),
    ]  # fmt: skip


def test_a_list_for_the_post_has_addresses_for_whoever_may_see_them(
    ten, tmp_path, mara, sam, api_of
):
    bring_in(tmp_path, "customer_id,name,address\nA,Anna Example,1 High Street\n", "customers")
    path = launched(api_of(mara), api_of(sam), channel="post", **consenting_to_post())
    assert "address" not in by_id(api_of(mara).post(f"{path}list/"))["A"]
    assert by_id(api_of(sam).post(f"{path}list/"))["A"]["address"] == "1 High Street"


def test_who_withdrew_consent_after_the_launch_is_not_on_the_list(ten, tmp_path, mara, sam, api_of):
    path = launched(api_of(mara), api_of(sam), channel="sms", control_share=0)
    bring_in(tmp_path, "customer_id,channel,granted,at\nB,sms,no,2026-02-01\n", "consents")
    listed = by_id(api_of(mara).post(f"{path}list/"))
    assert sorted(listed) == list("ACDEFGH")
    skipped = Message.objects.get(state="skipped")
    assert (skipped.customer.customer_id, skipped.reason) == ("B", "no consent for this channel")


@pytest.mark.parametrize("verb", ["pause", "stop"])
def test_no_list_leaves_a_campaign_that_does_not_run(ten, mara, sam, api_of, verb):
    path = launched(api_of(mara), api_of(sam), channel="post", **consenting_to_post())
    api_of(mara).post(f"{path}{verb}/")
    answer = api_of(mara).post(f"{path}list/")
    assert answer.status_code == 409
    assert not ContactLedger.objects.exists()


def consenting_to_post() -> dict:
    from customers.models import Consent, Customer
    from tests.shops.nine_and_one import AS_OF

    for customer in Customer.objects.all():
        Consent.objects.create(customer=customer, channel="post", granted=True, at=AS_OF)
    return {"control_share": 0}


def test_a_preview_counts_and_saves_nothing(ten, mara, api_of):
    asked = {
        "audience": {"definition": BUYERS}, "channel": "email", "control_share": 0,
        "offer_cost": "1.5", "budget": 10, "horizon_days": 28,
    }  # fmt: skip
    told = api_of(mara).post(f"{PATH}preview/", asked, format="json").json()
    assert (told["counts"]["found"], told["reachable"]) == (9, 8)
    assert (told["cost"], told["within_budget"]) == (12.0, False)
    assert told["notes"] == [
        "Nobody is in the control group (by choice): what it brings cannot be told."
    ]
    assert told["detectable_effect"]["revenue"]["absolute"] is None
    assert not Campaign.objects.exists()


def test_an_edit_over_http_needs_a_new_approval(ten, mara, sam, api_of):
    path = f"{PATH}{drafted(api_of(mara))['id']}/"
    api_of(sam).post(f"{path}approve/", {"version": 1}, format="json")
    edited = api_of(mara).patch(path, {"budget": 100, "horizon_days": 14}, format="json").json()
    assert (edited["state"], edited["version"], edited["approved_by"]) == ("draft", 2, None)
    assert (edited["budget"], edited["horizon_days"], edited["control_share"]) == (100.0, 14, 0.2)
    late = api_of(sam).post(f"{path}approve/", {"version": 1}, format="json")
    assert (late.status_code, late.json()["error"]["fields"]) == (409, {"version": "2"})
    assert api_of(mara).post(f"{path}launch/").status_code == 409
    assert api_of(mara).delete(path).status_code == 204
    assert api_of(mara).get(path).status_code == 404


@pytest.mark.parametrize(
    ("values", "field"),
    [({"variants": [{"body": "x"}]}, "variants"), ({"audience": {}}, "audience")],
)
def test_half_a_variant_or_audience_is_no_edit(ten, mara, api_of, values, field):
    path = f"{PATH}{drafted(api_of(mara))['id']}/"
    answer = api_of(mara).patch(path, values, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert Campaign.objects.get().version == 1


@pytest.mark.parametrize("who", ["sam", "sue", "pete", "ann", "ada", "vic"])
def test_nobody_else_prepares_or_launches(ten, mara, sam, pete, api_of, who, request):
    path = f"{PATH}{drafted(api_of(mara))['id']}/"
    api_of(pete).post(f"{path}approve/")
    client = api_of(request.getfixturevalue(who))
    answers = [
        client.post(PATH, {}, format="json"), client.patch(path, {"goal": "x"}, format="json"),
        client.delete(path), client.post(f"{path}launch/"), client.post(f"{path}stop/"),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [403] * 5
    assert Campaign.objects.get().state == "approved"
    assert not Assignment.objects.exists()
    assert not Run.objects.filter(name="launch").exists()


@pytest.mark.parametrize("who", ["mara", "sue", "ann", "ada", "vic"])
def test_who_may_not_approve_does_not(ten, mara, api_of, who, request):
    path = f"{PATH}{drafted(api_of(mara))['id']}/"
    answer = api_of(request.getfixturevalue(who)).post(f"{path}approve/")
    assert answer.status_code == 403
    assert Campaign.objects.get().approved_by is None


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"control_share": 1}, "control_share"),
        ({"control_share": "nan"}, "control_share"),
        ({"horizon_days": 0}, "horizon_days"),
        ({"channel": "pigeon"}, "channel"),
        ({"offer_cost": -1}, "offer_cost"),
        ({"name": "   "}, "name"),
        ({"variants": [{"name": "A"}, {"name": "A"}]}, "variants"),
        ({"audience": {}}, "audience"),
        ({"audience": {"definition": {"feature": "x"}}}, "definition"),
    ],
)
def test_a_bad_campaign_is_refused_by_the_name_of_its_field(ten, mara, api_of, values, field):
    sent = {"name": "Spring", "audience": {"definition": BUYERS}, "channel": "email"}
    answer = api_of(mara).post(PATH, sent | values, format="json")
    assert answer.status_code == 400
    assert field in answer.json()["error"]["fields"]
    assert not Campaign.objects.exists()


def test_past_campaigns_stand_in_the_list_without_counts(ten, vic, api_of):
    past = launched_campaign(launched_at=AS_OF, treated=["A"], origin=Origin.HISTORY)
    viewer = api_of(vic)
    (row,) = viewer.get(PATH).json()["results"]
    assert row == viewer.get(f"{PATH}{past.pk}/").json()
    assert (row["origin"], row["counts"], row["detectable_effect"]) == ("history", None, None)
