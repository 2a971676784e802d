"""A campaign from draft to launch: who decides what, and who is in it for which reason."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from campaigns.models import Assignment, Campaign, CampaignState, Message
from campaigns.selectors import receipt_counts
from campaigns.services.approval import approve_campaign
from campaigns.services.launch import end_of_horizon, launch_campaign
from campaigns.services.lifecycle import (
    finish_due,
    pause_campaign,
    resume_campaign,
    stop_campaign,
)
from campaigns.services.planning import create_campaign, delete_campaign, edit_campaign
from core.errors import Conflict, NotAllowed, Refused
from core.models import AuditEntry
from core.services import configure_organisation
from customers.models import ContactLedger, Customer, Suppression
from runs.models import Run
from tests.campaigns.shop import BUYERS, approved, draft, launched, open_shop, receipt_of
from tests.shops.nine_and_one import AS_OF

pytestmark = pytest.mark.django_db(transaction=True)
IN = {("treated", ""), ("control", "")}


@pytest.fixture
def ten(tmp_path):
    open_shop(tmp_path)


def states() -> dict[str, str]:
    return dict(Campaign.objects.values_list("name", "state"))


def customer(name: str) -> Customer:
    return Customer.objects.get(customer_id=name)


def test_a_draft_says_who_would_be_in_it(ten, mara):
    campaign = draft(mara, name="Spring sale")
    assert (campaign.slug, campaign.state, campaign.version) == ("spring-sale", "draft", 1)
    counted = campaign.counts
    assert counted["found"] == 9
    assert counted["treated"] + counted["control"] == 8
    assert counted["excluded"] == {
        "no_consent": 1, "suppressed": 0, "capped": 0, "holdout": 0, "other_campaign": 0,
    }  # fmt: skip
    assert sum(counted["variants"].values()) == counted["treated"]


def test_a_launch_freezes_a_receipt_and_queues_the_treated(ten, mara, sam):
    campaign = launched(mara, sam, salt="a")
    found = receipt_of(campaign)
    assert sorted(found) == list("ABCDEFGHI")
    assert found["I"] == ("excluded", "no_consent")
    assert {found[name] for name in "ABCDEFGH"} == IN
    treated = {name for name, row in found.items() if row == ("treated", "")}
    queued = Message.objects.filter(campaign=campaign, state="queued", step=1)
    assert set(queued.values_list("customer__customer_id", flat=True)) == treated
    assert campaign.counts == receipt_counts(campaign)
    assert (campaign.state, campaign.launched_at) == ("running", AS_OF)
    assert campaign.ends_at == AS_OF + timedelta(days=28)


def test_each_exclusion_has_its_first_reason(ten, mara, sam):
    configure_organisation(cap_messages=2, cap_days=30)
    for name in "BI":
        Suppression.objects.create(customer=customer(name), channel="email", reason="x", at=AS_OF)
    for name, days in (("C", 1), ("C", 30), ("D", 1), ("D", 31)):
        ContactLedger.objects.create(
            customer=customer(name), channel="email", campaign="old", at=AS_OF - timedelta(days)
        )
    found = receipt_of(launched(mara, sam))
    assert found["I"] == ("excluded", "no_consent")
    assert found["B"] == ("excluded", "suppressed")
    assert found["C"] == ("excluded", "capped")
    assert found["D"] in IN


def test_whoever_another_running_campaign_treats_is_left_out(ten, mara, sam):
    first = launched(mara, sam, name="First", control_share=0.5)
    second = launched(mara, sam, name="Second", salt="other", control_share=0)
    taken = {n for n, row in receipt_of(first).items() if row[0] == "treated"}
    left_out = {n for n, row in receipt_of(second).items() if row[1] == "other_campaign"}
    assert 0 < len(taken) < 8
    assert left_out == taken
    stop_campaign(campaign=first, actor=mara, at=AS_OF)
    stop_campaign(campaign=second, actor=mara, at=AS_OF)
    third = launched(mara, sam, name="Third", control_share=0)
    assert third.counts["excluded"]["other_campaign"] == 0


def test_the_global_holdout_stays_and_only_grows(ten, mara):
    def held() -> set[str]:
        from campaigns.audience import decided, terms_of

        frame = decided(terms_of(campaign), at=AS_OF)
        return set(frame.filter(frame["reason"] == "holdout")["customer_id"])

    campaign = draft(mara)
    sizes = []
    for share in (0.2, 0.5, 0.8):
        configure_organisation(holdout_share=share)
        sizes.append(held())
    assert sizes[0] <= sizes[1] <= sizes[2]
    configure_organisation(holdout_share=1.0)
    assert held() == set("ABCDEFGH")


@pytest.mark.parametrize("who", ["mara", "pete"])
def test_nobody_approves_what_they_made_or_edited(ten, mara, pete, who):
    campaign = draft(mara)
    edit_campaign(campaign=campaign, actor=pete, at=AS_OF, goal="win back")
    with pytest.raises(NotAllowed, match="somebody else"):
        approve_campaign(campaign=campaign, actor={"mara": mara, "pete": pete}[who], at=AS_OF)
    assert states() == {"Spring": "draft"}
    assert not AuditEntry.objects.filter(verb="approve_campaign").exists()


def test_an_approval_of_what_was_edited_since_is_refused(ten, mara, sam):
    campaign = draft(mara)
    edit_campaign(campaign=campaign, actor=mara, at=AS_OF, control_share=0.4)
    with pytest.raises(Conflict, match="edited since"):
        approve_campaign(campaign=campaign, actor=sam, at=AS_OF, version=1)
    done = approve_campaign(campaign=campaign, actor=sam, at=AS_OF, version=2)
    assert (done.state, done.approved_by, done.control_share) == ("approved", sam, 0.4)


def test_an_edit_takes_the_approval_back(ten, mara, sam):
    campaign = approved(mara, sam)
    edited = edit_campaign(campaign=campaign, actor=mara, at=AS_OF, horizon_days=60)
    assert (edited.state, edited.approved_by, edited.approved_at) == ("draft", None, None)
    with pytest.raises(Conflict, match="approved by a second person"):
        launch_campaign(campaign=edited, actor=mara)
    assert not Assignment.objects.exists()
    assert not Run.objects.filter(name="launch").exists()


def test_a_second_launch_is_refused_and_changes_nothing(ten, mara, sam):
    campaign = launched(mara, sam)
    before = list(Assignment.objects.order_by("pk").values_list("pk", "decision"))
    with pytest.raises(Conflict, match="launched already"):
        launch_campaign(campaign=campaign, actor=mara)
    assert list(Assignment.objects.order_by("pk").values_list("pk", "decision")) == before
    assert Run.objects.filter(name="launch").count() == 1
    with pytest.raises(Conflict, match="stays as it was approved"):
        edit_campaign(campaign=campaign, actor=mara, at=AS_OF, goal="x")


def test_a_click_while_it_is_being_launched_is_refused(ten, mara, sam):
    campaign = approved(mara, sam)
    waiting = launch_campaign(campaign=campaign, actor=mara, wait=False)
    assert (waiting.state, waiting.launch_run.state) == ("approved", "queued")
    with pytest.raises(Conflict, match="being launched"):
        launch_campaign(campaign=campaign, actor=mara)
    with pytest.raises(Conflict, match="stays as it was approved"):
        edit_campaign(campaign=campaign, actor=mara, at=AS_OF, goal="x")


def test_an_audience_that_became_empty_is_refused_before_anything_is_frozen(ten, mara, sam):
    campaign = approved(mara, sam)
    for name in "ABCDEFGH":
        Suppression.objects.create(customer=customer(name), channel="email", reason="x", at=AS_OF)
    with pytest.raises(Refused, match="nobody is left to treat: 1 no consent for this channel, 8"):
        launch_campaign(campaign=campaign, actor=mara)
    assert states() == {"Spring": "approved"}
    assert not Assignment.objects.exists()
    Suppression.objects.all().delete()
    assert launch_campaign(campaign=campaign, actor=mara).state == "running"


def test_a_rule_that_fits_nobody_cannot_be_approved(ten, mara, sam):
    nobody = {"feature": "purchase_frequency", "op": ">", "value": 99}
    campaign = draft(mara, definition=nobody)
    with pytest.raises(Refused, match="fits nobody"):
        approve_campaign(campaign=campaign, actor=sam, at=AS_OF)
    assert states() == {"Spring": "draft"}


def test_a_budget_says_how_many_it_is_enough_for(ten, mara, sam):
    campaign = draft(mara, control_share=0, offer_cost=Decimal("2.50"), budget=Decimal("19.99"))
    assert (campaign.offer_cost_minor, campaign.budget_minor) == (250, 1999)
    with pytest.raises(Refused, match="enough for 7 customers, and 8 would be treated"):
        approve_campaign(campaign=campaign, actor=sam, at=AS_OF)
    edit_campaign(campaign=campaign, actor=mara, at=AS_OF, budget=Decimal(20))
    assert approve_campaign(campaign=campaign, actor=sam, at=AS_OF).state == "approved"


def test_a_rule_that_cannot_be_answered_is_not_saved(ten, mara):
    with pytest.raises(Refused, match="There is no feature"):
        draft(mara, definition={"feature": "nothing", "op": "=", "value": 1})
    assert states() == {}


def test_two_variants_divide_the_treated_and_a_rerun_moves_nobody(ten, mara):
    from campaigns.audience import decided, terms_of

    wordings = [{"name": "short", "body": "x"}, {"name": "long", "body": "y"}]
    campaign = draft(mara, control_share=0, variants=wordings)
    assert set(campaign.counts["variants"]) == {"short", "long"}
    assert sum(campaign.counts["variants"].values()) == 8
    first, second = (decided(terms_of(campaign), at=AS_OF) for _ in range(2))
    assert first.equals(second)


def test_only_a_draft_is_deleted(ten, mara, sam):
    campaign = approved(mara, sam)
    with pytest.raises(Conflict, match="Only a draft"):
        delete_campaign(campaign=campaign, actor=mara)
    edit_campaign(campaign=campaign, actor=mara, at=AS_OF)
    delete_campaign(campaign=campaign, actor=mara)
    assert states() == {}


def test_pause_resume_stop_and_the_end_of_the_horizon(ten, mara, sam):
    campaign = launched(mara, sam)
    with pytest.raises(Conflict, match="not paused"):
        resume_campaign(campaign=campaign, actor=mara)
    assert pause_campaign(campaign=campaign, actor=mara, at=AS_OF).paused_at == AS_OF
    with pytest.raises(Conflict, match="paused already"):
        pause_campaign(campaign=campaign, actor=mara, at=AS_OF)
    assert resume_campaign(campaign=campaign, actor=mara).paused_at is None
    assert finish_due(campaign.ends_at - timedelta(seconds=1)) == 0
    assert finish_due(campaign.ends_at) == 1
    campaign.refresh_from_db()
    assert (campaign.state, campaign.finished_at) == (CampaignState.FINISHED, campaign.ends_at)
    with pytest.raises(Conflict, match="Only a running campaign"):
        stop_campaign(campaign=campaign, actor=mara, at=AS_OF)
    with pytest.raises(Conflict, match="run to its end"):
        launch_campaign(campaign=campaign, actor=mara)


def test_a_stopped_campaign_is_not_launched_again(ten, mara, sam):
    campaign = stop_campaign(campaign=launched(mara, sam), actor=mara, at=AS_OF)
    with pytest.raises(Conflict, match="stopped for good"):
        launch_campaign(campaign=campaign, actor=mara)


@pytest.mark.parametrize(
    ("launch", "end"),
    [
        # Berlin: the clocks went forward on 29 March 2026 and back on 25 October.
        (datetime(2026, 3, 20, 9, tzinfo=UTC), datetime(2026, 4, 19, 8, tzinfo=UTC)),
        (datetime(2026, 10, 1, 8, tzinfo=UTC), datetime(2026, 10, 31, 9, tzinfo=UTC)),
        # 02:30 on the night of the change does not exist: it is 03:30 by the new time.
        (datetime(2026, 2, 27, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_the_horizon_ends_at_the_same_time_of_the_shops_clock(db, launch, end):
    configure_organisation(time_zone="Europe/Berlin")
    assert end_of_horizon(launch, 30) == end


def test_a_customer_erased_after_the_freeze_takes_their_message_along(ten, mara, sam):
    campaign = launched(mara, sam, control_share=0)
    customer("A").delete()
    assert "A" not in receipt_of(campaign)
    assert Message.objects.filter(campaign=campaign).count() == 7
    assert receipt_counts(campaign)["treated"] == 7


def test_the_detectable_effect_is_kept_with_the_approval(ten, mara, sam):
    told = approved(mara, sam, control_share=0.5).detectable
    assert (told["days"], told["alpha"], told["power"]) == (28, 0.05, 0.8)
    assert told["treated"] + told["control"] == 8
    # A 25, B 20, C 35, D 50, E 5, F 100 and nothing for G, whose order is two days too old, and H.
    assert told["revenue"]["mean"] == 29.375
    assert told["revenue"]["sd"] == pytest.approx(33.5344, abs=5e-4)
    assert told["conversion"]["share"] == 0.75


def test_names_repeat_and_their_addresses_do_not(ten, mara):
    assert [draft(mara, name="Sommer!").slug for _ in range(3)] == [
        "sommer", "sommer-2", "sommer-3",
    ]  # fmt: skip
    with pytest.raises(Refused, match="letters or digits"):
        create_campaign(name="!!", definition=BUYERS, channel="email", actor=mara, at=AS_OF)
