"""The list of campaigns and the page of one: what they say, and what one press does."""

from datetime import timedelta

import pytest

from accounts.capabilities import Role
from campaigns.models import Assignment, Campaign, CampaignState, Message, MessageState, Origin
from campaigns.services.lifecycle import finish_due
from campaigns.services.planning import edit_campaign
from core.models import AuditEntry
from runs.models import Run
from tests.campaigns.launched import launched_campaign
from tests.campaigns.outgoing import waiting_campaign, willing
from tests.campaigns.shop import approved, draft, launched, open_shop
from tests.shops import nine_and_one as shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def open_(tmp_path):
    open_shop(tmp_path)


@pytest.fixture
def page_of(client):
    """What the page of a campaign says to somebody."""

    def asked(user, campaign):
        client.force_login(user)
        response = client.get(f"/campaigns/{campaign.pk}/")
        assert response.status_code == 200
        return response.context

    return asked


@pytest.fixture
def press(client):
    """One press of somebody's button; what was said afterwards."""

    def pressed(user, campaign, verb, **sent):
        client.force_login(user)
        response = client.post(f"/campaigns/{campaign.pk}/{verb}/", sent, follow=True)
        assert response.status_code == 200
        return [str(message) for message in response.context["messages"]]

    return pressed


def state_of(campaign):
    return Campaign.objects.get(pk=campaign.pk).state


def test_an_empty_list_says_what_will_stand_there(client, vic):
    client.force_login(vic)
    response = client.get("/campaigns/")
    assert response.context["finding"] == "There is no campaign yet."
    assert "Campaigns stand here once one is prepared" in response.content.decode()


def test_what_runs_stands_first_what_waits_next_and_history_last(open_, client, mara, sam, vic):
    history = launched_campaign(
        slug="coupons", launched_at=shop.AS_OF - timedelta(days=90), treated=["A", "B"],
        origin=Origin.HISTORY,
    )  # fmt: skip
    Campaign.objects.update(state=CampaignState.FINISHED)
    waits = draft(mara, name="Waits")
    ready = approved(mara, sam, name="Ready")
    runs = launched(mara, sam, name="Runs")
    client.force_login(vic)
    context = client.get("/campaigns/").context
    assert [row["pk"] for row in context["own"]] == [runs.pk, waits.pk, ready.pk]
    assert [row["pk"] for row in context["past"]] == [history.pk]
    assert [row["audience"] for row in context["own"] + context["past"]] == ["8", "8", "8", "2"]
    assert context["finding"] == (
        "One campaign is running, one waits for approval and one is approved; one past one is kept"
        " as history."
    )
    assert context["past_finding"] == ("1 past campaign, targeted, not randomised: no causal claim")


def test_the_list_is_narrowed_sorted_and_paged_by_its_address(open_, client, mara, vic):
    for name in ("Beta", "Alpha", "Gamma"):
        draft(mara, name=name)
    client.force_login(vic)

    def names(path):
        return [row["name"] for row in client.get(path).context["own"]]

    assert names("/campaigns/?sort=name") == ["Alpha", "Beta", "Gamma"]
    assert names("/campaigns/?sort=-name&show=now") == ["Gamma", "Beta", "Alpha"]
    assert names("/campaigns/?show=ended") == []
    assert names("/campaigns/?sort=nonsense&show=nonsense&page=99") == ["Gamma", "Alpha", "Beta"]


def test_a_simulated_campaign_is_marked_where_it_is_listed_and_shown(client, vic, page_of):
    made_up = launched_campaign(
        slug="trial", launched_at=shop.AS_OF, treated=["A"], origin=Origin.SIMULATED
    )
    client.force_login(vic)
    rows = client.get("/campaigns/").context["own"]
    assert rows[0]["origin"] == "outcomes are simulated"
    assert page_of(vic, made_up)["page"]["origin"] == "outcomes are simulated"


def test_a_draft_says_who_would_be_in_and_who_may_approve(open_, page_of, mara, sam, vic):
    page = page_of(mara, draft(mara))["page"]
    rows = {row["words"]: row["value"] for row in page["who"]["rows"]}
    assert rows["The rule fits"] == "9"
    assert rows["No consent for this channel"] == "−1"
    assert rows["In the campaign"] == "8"
    treated, control = int(rows["Would get it"]), int(rows["Control: gets nothing"])
    assert treated + control == 8
    assert page["finding"] == (
        f"Spring waits for approval: {treated} customers would get it, {control} held out."
    )
    assert page["lede"] == "A second person has to approve it: sam (sales)."
    assert page["rule"] == [
        ("Customers ", False), ("whose orders are ", False), ("at least 1", True), (".", False),
    ]  # fmt: skip
    assert not page["may"]["launch"]


def test_a_second_person_approves_the_version_that_they_see_with_one_press(
    open_, page_of, press, mara, sam
):
    campaign = draft(mara)
    approval = page_of(sam, campaign)["page"]["approval"]
    assert approval["version"] == 1
    edit_campaign(campaign=campaign, actor=mara, at=shop.AS_OF, goal="more")
    assert press(sam, campaign, "approve", version=1) == [
        "The campaign was edited since you looked at it. Look at it again, then approve."
    ]
    assert state_of(campaign) == CampaignState.DRAFT
    assert press(sam, campaign, "approve", version=2) == [
        "Approved. Whoever prepares campaigns can launch Spring now."
    ]
    assert press(sam, campaign, "approve", version=2) == []
    assert state_of(campaign) == CampaignState.APPROVED
    assert AuditEntry.objects.filter(verb="approve_campaign").count() == 1


def test_nobody_approves_their_own_campaign_and_is_told_who_may(
    open_, page_of, press, mara, sam, pete
):
    campaign = draft(mara)
    mara.role = Role.SALES
    mara.save()
    page = page_of(mara, campaign)["page"]
    words = (
        "You made or last edited it, so somebody else approves it: pete (product) or sam (sales)."
    )
    assert page["approval"] == {"box": True, "words": words}
    assert press(mara, campaign, "approve", version=1) == [
        "You made or last edited this campaign. Ask somebody else who may approve. Who may:"
        " pete (product) or sam (sales)."
    ]
    assert state_of(campaign) == CampaignState.DRAFT
    assert not AuditEntry.objects.filter(verb="approve_campaign").exists()


def test_support_and_viewers_see_a_campaign_and_change_nothing(open_, client, mara, sue, vic):
    campaign = draft(mara)
    for user in (sue, vic):
        client.force_login(user)
        page = client.get(f"/campaigns/{campaign.pk}/").context["page"]
        assert not any(page["may"][may] for may in ("edit", "launch", "stop", "delete", "export"))
        for verb in ("approve", "launch", "pause", "stop", "delete"):
            sent = {"version": 1, "sure": "Spring"}
            assert client.post(f"/campaigns/{campaign.pk}/{verb}/", sent).status_code == 403
    assert Campaign.objects.get().version == 1
    assert state_of(campaign) == CampaignState.DRAFT


def test_an_audience_that_nobody_is_left_in_cannot_be_approved_and_says_why(
    open_, page_of, press, mara, sam
):
    campaign = draft(mara, definition={"feature": "purchase_frequency", "op": ">", "value": 999})
    page = page_of(sam, campaign)["page"]
    assert page["finding"] == "Spring cannot go out as it is."
    assert page["lede"].startswith("The rule fits nobody now.")
    assert "version" not in page["approval"]
    assert press(sam, campaign, "approve", version=1)[0].startswith("The rule fits nobody now.")
    assert state_of(campaign) == CampaignState.DRAFT


def test_launched_twice_is_launched_once(open_, press, page_of, mara, sam):
    campaign = approved(mara, sam)
    assert page_of(mara, campaign)["page"]["may"]["launch"]
    first = press(mara, campaign, "launch")
    treated = Campaign.objects.get().counts["treated"]
    assert first == [f"Launched: {treated} are treated, the audience is frozen."]
    assert press(mara, campaign, "launch") == [
        "The campaign was launched already. Nobody is written to twice."
    ]
    assert Run.objects.filter(name="launch").count() == 1
    assert Assignment.objects.count() == 9
    assert Message.objects.count() == treated


def test_a_draft_is_not_launched_however_it_is_asked(open_, press, mara):
    campaign = draft(mara)
    assert press(mara, campaign, "launch") == [
        "The campaign has to be approved by a second person first."
    ]
    assert not Assignment.objects.exists()


def test_a_launch_that_waits_for_a_worker_shows_its_step(open_, page_of, mara, sam):
    from campaigns.services.launch import request_launch

    campaign = approved(mara, sam)
    request_launch(campaign=campaign, actor=mara, send=False)
    context = page_of(mara, campaign)
    assert context["page"]["launching"]
    assert context["page"]["finding"] == "Spring is being launched."
    assert [step["state"] for step in context["page"]["steps"]] == ["to come"]


def test_a_refused_launch_says_why_and_the_campaign_stays_approved(
    open_, press, page_of, mara, sam
):
    campaign = approved(mara, sam)
    Campaign.objects.filter(pk=campaign.pk).update(budget_minor=1, offer_cost_minor=100)
    said = press(mara, campaign, "launch")
    assert said[0].startswith("The budget is enough for 0 customers")
    page = page_of(mara, campaign)["page"]
    assert page["failed"].error.startswith("The budget is enough for 0 customers")
    assert state_of(campaign) == CampaignState.APPROVED


def test_after_the_launch_the_receipt_is_shown_and_leaves_only_with_its_capability(
    open_, client, page_of, mara, sam, sue
):
    campaign = launched(mara, sam)
    page = page_of(mara, campaign)["page"]
    assert page["who"]["finding"] == "8 of 9 were in, 1 left out, each with a reason"
    answer = client.get(f"/campaigns/{campaign.pk}/receipt/")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 10
    assert "I,excluded,no_consent" in "\n".join(lines)
    client.force_login(sue)
    assert client.get(f"/campaigns/{campaign.pk}/receipt/").status_code == 403
    assert AuditEntry.objects.filter(verb="export_audience").count() == 1


def test_a_running_campaign_is_paused_resumed_and_stopped_by_its_name(
    open_, press, page_of, mara, sam
):
    campaign = launched(mara, sam)
    press(mara, campaign, "pause")
    assert page_of(mara, campaign)["page"]["finding"] == (
        "Spring is paused: nothing more is handed over."
    )
    press(mara, campaign, "resume")
    assert press(mara, campaign, "stop", sure="spring") == [
        "To stop it, type its name: Spring. It goes on."
    ]
    assert state_of(campaign) == CampaignState.RUNNING
    press(mara, campaign, "stop", sure="Spring")
    assert state_of(campaign) == CampaignState.STOPPED
    assert press(mara, campaign, "stop", sure="Spring") == [
        "Only a running campaign can be stopped, and this one is stopped."
    ]


def test_only_a_draft_is_deleted(open_, press, mara, sam):
    ready, unfinished = approved(mara, sam), draft(mara, name="Second")
    assert press(mara, ready, "delete")[0].startswith("Only a draft can be deleted")
    assert press(mara, unfinished, "delete") == ["The draft Second is deleted."]
    assert list(Campaign.objects.all()) == [ready]


def test_an_ended_campaign_says_when_it_ended(open_, page_of, mara, sam, vic):
    campaign = launched(mara, sam)
    finish_due(shop.AS_OF + timedelta(days=29))
    assert page_of(vic, campaign)["page"]["finding"].startswith("Spring ended on ")


def test_messages_nobody_knows_of_are_listed_and_settled_by_a_person(
    client, page_of, press, mara, vic
):
    campaign = waiting_campaign(willing(3))
    first = Message.objects.order_by("pk").first()
    Message.objects.filter(pk=first.pk).update(
        state=MessageState.UNKNOWN, reason="The server died."
    )
    Message.objects.exclude(pk=first.pk).update(state=MessageState.SENT)
    told = page_of(mara, campaign)["delivery"]
    assert told["finding"] == "2 of 3 messages sent"
    assert [row["customer"] for row in told["listed"]] == ["c0"]
    assert page_of(vic, campaign)["delivery"]["listed"] == []
    assert press(mara, campaign, "unknown", choice="nonsense") == [
        "'nonsense' is no answer. Say again or delivered."
    ]
    assert press(mara, campaign, "unknown", choice="delivered") == ["1 count as delivered."]
    assert page_of(mara, campaign)["delivery"]["finding"] == "All 3 messages were sent"


def test_why_messages_were_not_sent_is_told_with_how_many(page_of, mara):
    campaign = waiting_campaign(willing(3))
    said = "no e-mail address is known"
    Message.objects.update(state=MessageState.SKIPPED, reason=said)
    rows = page_of(mara, campaign)["delivery"]["rows"]
    assert [(row["words"], row["value"], row["why"]) for row in rows] == [
        ("Skipped", "3", f"3: {said}")
    ]


def test_a_list_is_handed_over_from_the_page_by_whoever_may_export(open_, client, press, mara, sam):
    campaign = launched(mara, sam, channel="sms")
    client.force_login(mara)
    answer = client.post(f"/campaigns/{campaign.pk}/list/")
    assert b"".join(answer.streaming_content).decode().splitlines()[0].startswith("customer_id")
    treated = Campaign.objects.get().counts["treated"]
    assert Message.objects.filter(state=MessageState.SENT).count() == treated


def test_a_past_campaign_shows_what_is_known_and_offers_nothing(client, page_of, mara):
    history = launched_campaign(
        slug="coupons", launched_at=shop.AS_OF, treated=["A", "B"], origin=Origin.HISTORY
    )
    Campaign.objects.filter(pk=history.pk).update(state=CampaignState.FINISHED)
    context = page_of(mara, history)
    page = context["page"]
    assert page["lede"] == "Targeted, not randomised: no causal claim."
    assert dict(page["facts"])["Got it"] == "2"
    assert page["who"] == page["effect"] == page["cost"] == context["delivery"] == {}
    assert not any(page["may"][name] for name in ("edit", "launch", "pause", "stop", "delete"))
