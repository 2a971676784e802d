"""Writing a campaign: what the form counts, what it refuses at which field, what it keeps."""

import json

import pytest

from campaigns.models import Campaign, CampaignState, Variant
from campaigns.services.planning import edit_campaign
from core.models import AuditEntry
from segmentation.services import create_segment
from tests.campaigns.outgoing import willing
from tests.campaigns.shop import BUYERS, approved, draft, launched, open_shop
from tests.shops.nine_and_one import AS_OF

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = {
    "name": "Spring", "goal": "Bring them back", "definition": json.dumps(BUYERS),
    "channel": "email", "control_share": "25", "horizon_days": "28", "offer_cost": "2.50",
    "budget": "100", "excludes_others": "on", "ticket": "one",
    "variant_name": ["A"], "variant_subject": ["Hello {{ first_name|there }}"],
    "variant_body": ["Dear {{ name|customer }},\n\n{{ products:2|come and look }}"],
}  # fmt: skip


@pytest.fixture
def open_(tmp_path):
    open_shop(tmp_path)


@pytest.fixture
def send(client, mara):
    """The form as mara sends it by a button."""
    client.force_login(mara)

    def sent(do="save", path="/campaigns/new/", headers=None, **changes):
        return client.post(path, {**TYPED, **changes, "do": do}, headers=headers)

    return sent


def words(count):
    return {row["words"]: row["value"] for row in count["who"]["rows"]}


def test_a_saved_form_is_a_draft_with_all_that_was_typed(open_, send, mara):
    answer = send()
    campaign = Campaign.objects.get()
    assert answer["Location"] == f"/campaigns/{campaign.pk}/"
    assert campaign.state == CampaignState.DRAFT
    assert campaign.definition == BUYERS
    assert (campaign.control_share, campaign.horizon_days) == (0.25, 28)
    assert (campaign.offer_cost_minor, campaign.budget_minor) == (250, 10_000)
    assert campaign.created_by == mara
    variant = Variant.objects.get()
    assert variant.subject == TYPED["variant_subject"][0]
    assert variant.body == TYPED["variant_body"][0]


def test_a_form_sent_twice_makes_one_campaign(open_, send):
    first, second = send(), send()
    assert first["Location"] == second["Location"]
    assert Campaign.objects.count() == 1
    assert AuditEntry.objects.filter(verb="create_campaign").count() == 1
    send(ticket="two")
    assert Campaign.objects.count() == 2


def test_who_would_be_in_is_counted_before_anything_is_saved(open_, send):
    answer = send("look", name="")
    count = answer.context["count"]
    assert words(count)["The rule fits"] == "9"
    assert words(count)["No consent for this channel"] == "−1"
    assert words(count)["In the campaign"] == "8"
    treated = int(words(count)["Would get it"])
    assert count["cost"]["finding"].startswith(f"{treated} customers at $2.50 each")
    assert "of $100" in count["cost"]["finding"]
    assert answer.context["form"].errors == {}
    assert not Campaign.objects.exists()
    send()
    assert Campaign.objects.get().counts["treated"] == treated


def test_another_channel_and_another_share_are_counted_anew(open_, send):
    nobody = send("look", channel="phone").context["count"]
    assert words(nobody)["No consent for this channel"] == "−9"
    everybody = send("look", control_share="0").context["count"]
    assert words(everybody)["Would get it"] == "8"
    assert everybody["notes"] == [
        "Nobody is in the control group (by choice): what it brings cannot be told."
    ]


def test_every_fault_is_told_at_its_field_and_nothing_typed_is_lost(open_, send):
    answer = send(
        name="", control_share="many", horizon_days="0", variant_subject=["Hi {{ frist_name|you }}"]
    )
    assert answer.status_code == 400
    form, variant = answer.context["form"], answer.context["variants"][0]
    assert form.errors == {
        "name": ["Give the campaign a name."],
        "control_share": ["Write a number with a point, such as 2.50."],
        "horizon_days": ["At least one day."],
    }
    assert variant.errors["variant_subject"] == [
        "There is no field 'frist_name'; the nearest is first_name. Fields are: first_name, name,"
        " region, shop, products, slot."
    ]
    assert form.fields["name"].widget.attrs["autofocus"]
    page = answer.content.decode()
    for kept in ("Bring them back", "frist_name", "many", "Dear {{ name|customer }}"):
        assert kept in page
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    "changes", [{}, {"name": "", "variant_subject": ["Hi {{ frist_name|you }}"]}]
)
def test_a_count_asked_for_beside_a_pressed_button_neither_saves_nor_refuses(
    open_, send, mara, changes
):
    part = {"HX-Request": "true"}
    asked = send(headers=part, **changes)
    assert asked.status_code == 200
    assert words(asked.context["count"])["In the campaign"] == "8"
    assert not Campaign.objects.exists()
    campaign = draft(mara)
    path = f"/campaigns/{campaign.pk}/edit/"
    assert send(path=path, headers=part, version=1, **changes).status_code == 200
    campaign.refresh_from_db()
    assert (campaign.name, campaign.version) == ("Spring", 1)
    assert not AuditEntry.objects.filter(verb="edit_campaign").exists()


@pytest.mark.parametrize(
    ("changes", "field", "begins"),
    [
        ({"definition": ""}, "segment", "Choose a segment, or build an audience"),
        ({"definition": "{"}, "segment", "Choose a segment, or build an audience"),
        ({"definition": '["\\u0000"]'}, "segment", "A text holds the character NUL"),
        ({"definition": "[" * 100_000}, "segment", "The JSON is nested without end."),
        ({"definition": '{"segment": "nowhere"}'}, "segment", "There is no segment 'nowhere'."),
        ({"segment": "nowhere"}, "segment", "Select a valid choice."),
        ({"channel": "pigeon"}, "channel", "Select a valid choice."),
        ({"name": "!!!"}, "name", "A campaign needs a name of letters or digits."),
        ({"budget": "-1"}, "budget", "Not under 0."),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_refused_at_its_field(db, send, changes, field, begins):
    answer = send(**changes)
    assert answer.status_code == 400
    assert answer.context["form"].errors[field][0].startswith(begins)
    assert not Campaign.objects.exists()


def test_wordings_are_added_and_removed_and_named_once(db, send):
    two = {
        "variant_name": ["A", "B"], "variant_subject": ["One", "Two"],
        "variant_body": ["First", "Second"],
    }  # fmt: skip
    added = send("add-variant", **two).context["variants"]
    assert [one["variant_name"].value() for one in added] == ["A", "B", "C"]
    left = send("remove-variant:0", **two).context["variants"]
    assert [one["variant_body"].value() for one in left] == ["Second"]
    four = {name: ["A", "B", "C", "D"] for name in two}
    full = send("add-variant", **four).context
    assert len(full["variants"]) == 4
    assert not full["addable"]
    twice = send(**{**two, "variant_name": ["A", "A"]})
    assert twice.context["variants"][1].errors["variant_name"] == [
        "Another wording has this name already."
    ]


def test_a_slot_that_is_not_there_is_refused_at_the_text_that_names_it(db, send):
    answer = send(variant_body=["Look:\n\n{{ slot:nowhere|nothing }}"])
    errors = answer.context["variants"][0].errors["variant_body"]
    assert errors == ["There is no slot 'nowhere'."]


def test_a_rule_that_nobody_fits_says_so_and_may_wait_as_a_draft(open_, send):
    rule = json.dumps({"feature": "purchase_frequency", "op": ">", "value": 999})
    count = send("look", definition=rule).context["count"]
    assert count["waits"] == "The rule fits nobody now. Choose another audience."
    assert send(definition=rule).status_code == 302


def test_the_builder_hands_its_rule_over_and_a_segment_hands_itself_over(open_, client, mara, ann):
    client.force_login(mara)
    rule = json.dumps(BUYERS)
    begun = client.post("/campaigns/new/", {"do": "begin", "definition": rule})
    assert begun.context["form"]["definition"].value() == rule
    assert words(begun.context["count"])["The rule fits"] == "9"
    segment = create_segment(name="Buyers", definition=BUYERS, actor=ann)
    begun = client.get(f"/campaigns/new/?segment={segment.slug}")
    assert begun.context["form"]["segment"].value() == "buyers"
    assert words(begun.context["count"])["The rule fits"] == "9"
    path = f"/campaigns/new/?segment={segment.slug}"
    assert path in client.get(f"/segments/{segment.slug}/").content.decode()
    client.force_login(ann)
    assert path not in client.get(f"/segments/{segment.slug}/").content.decode()


def test_an_edit_shows_what_was_saved_and_takes_an_approval_back(open_, client, send, mara, sam):
    campaign = approved(mara, sam, control_share=0.125)
    client.force_login(mara)
    path = f"/campaigns/{campaign.pk}/edit/"
    form = client.get(path).context["form"]
    assert form["name"].value() == "Spring"
    assert form["control_share"].value() == "12.5"
    assert json.loads(form["definition"].value()) == BUYERS
    send(path=path, name="Summer")
    campaign.refresh_from_db()
    assert (campaign.name, campaign.version, campaign.state) == ("Summer", 2, CampaignState.DRAFT)
    assert campaign.approved_by is None


def test_what_was_launched_is_not_edited(open_, client, send, mara, sam):
    campaign = launched(mara, sam)
    path, page = f"/campaigns/{campaign.pk}/edit/", f"/campaigns/{campaign.pk}/"
    assert send(path=path, name="Summer")["Location"] == page
    answer = client.get(path, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert "A campaign that was launched stays as it was approved." in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.name == "Spring"


def test_a_message_is_looked_at_as_a_customer_masked_for_marketing(client, open_, mara):
    customer = willing(1)[0]
    campaign = draft(
        mara, variants=[{"name": "A", "subject": "Hello {{ first_name|there }}", "body": "Buy."}]
    )
    client.force_login(mara)
    path = f"/campaigns/{campaign.pk}/message/"
    assert client.get(path).context["written"].subject == "Hello there"
    shown = client.get(f"{path}?customer={customer.customer_id}").context
    assert shown["written"].subject == "Hello G•••"
    assert shown["masked"]
    lost = client.get(f"{path}?customer=nobody")
    assert lost.status_code == 200
    assert "nobody" in lost.context["problem"]


def test_a_test_message_goes_to_ones_own_letter_box(client, open_, mara, settings, tmp_path):
    settings.EMAIL_BACKEND = "campaigns.outbox.FileBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "outbox"
    campaign = draft(mara, variants=[{"name": "A", "subject": "Hello", "body": "Buy."}])
    client.force_login(mara)
    answer = client.post(f"/campaigns/{campaign.pk}/test/", {"variant": "A"}, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said == ["Sent to mara@shop.example, marked as a test."]
    assert len(list((tmp_path / "outbox").rglob("*.eml"))) == 1
    assert AuditEntry.objects.filter(verb="test_send").count() == 1


@pytest.mark.parametrize("typed", [{"customer": "\0"}, {"variant": "\0"}, {"customer": "nobody"}])
def test_a_test_message_for_nobody_is_refused_in_words(client, open_, mara, settings, typed):
    settings.EMAIL_BACKEND = "campaigns.outbox.FileBackend"
    campaign = draft(mara, variants=[{"name": "A", "subject": "Hello", "body": "Buy."}])
    client.force_login(mara)
    answer = client.post(f"/campaigns/{campaign.pk}/test/", typed, follow=True)
    (said,) = [str(message) for message in answer.context["messages"]]
    assert said.startswith("There is no ")
    assert not AuditEntry.objects.filter(verb="test_send").exists()


def test_an_edit_of_somebody_else_is_replaced_only_knowingly(open_, client, send, mara):
    campaign = draft(mara)
    path = f"/campaigns/{campaign.pk}/edit/"
    opened = client.get(path).context["form"]["version"].value()
    edit_campaign(campaign=campaign, actor=mara, at=AS_OF, goal="Theirs")
    refused = send(path=path, goal="Mine", version=opened)
    assert refused.status_code == 409
    assert "mara has changed the campaign since you opened it." in refused.content.decode()
    form = refused.context["form"]
    assert (form["goal"].value(), form["version"].value()) == ("Mine", "2")
    campaign.refresh_from_db()
    assert (campaign.goal, campaign.version) == ("Theirs", 2)
    assert send(path=path, goal="Mine", version=2).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.goal, campaign.version) == ("Mine", 3)
