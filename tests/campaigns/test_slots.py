"""Who is given what in a slot: a campaign's control group and the holdout never its entry."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from campaigns.models import Campaign
from campaigns.services.lifecycle import finish_due, pause_campaign, resume_campaign, stop_campaign
from campaigns.services.planning import delete_campaign
from campaigns.services.slots import BadSlot, create_slot, delete_slot, edit_slot
from campaigns.slot_models import Slot, SlotEntry
from campaigns.slots import slot_with_slug
from core.errors import Conflict, NotFound
from core.models import AuditEntry
from core.services import configure_organisation
from segmentation.models import Segment
from segmentation.services import archive_segment, create_segment
from tests.campaigns.launched import launched_campaign
from tests.campaigns.shop import approved, draft, launched, receipt_of
from tests.campaigns.slots import EVERYBODY, OFFER, WELCOME, asked, offer_of, open_slot, titles
from tests.shops import nine_and_one as shop

OFTEN = {"feature": "purchase_frequency", "op": ">=", "value": 3}
AT_RISK = {"feature": "rfm_group", "op": "=", "value": "At risk"}


@pytest.fixture
def spring(ten, mara, sam) -> Campaign:
    return launched(mara, sam, control_share=0.3)


def treated(campaign: Campaign) -> set[str]:
    return {who for who, (decision, _) in receipt_of(campaign).items() if decision == "treated"}


def who_reads(slot: Slot, title: str, at=shop.AS_OF) -> set[str]:
    return {who for who, read in titles(slot, at).items() if read == title}


def test_the_first_entry_that_fits_wins(ten):
    slot = open_slot(
        {"name": "Often", "definition": OFTEN, **OFFER},
        {"name": "At risk", "definition": AT_RISK, **WELCOME},
    )
    assert titles(slot) == {
        "A": "Ten off", "F": "Ten off", "G": "Welcome back", "H": "Welcome back",
        **dict.fromkeys(["B", "C", "D", "E", "I", "J", ""], "News"),
    }  # fmt: skip
    assert asked(slot, "A").entry.name == "Often"
    assert asked(slot, "B").entry is None


def test_the_order_of_entries_decides(ten):
    slot = open_slot(EVERYBODY, {"name": "Often", "definition": OFTEN, **OFFER})
    assert set(titles(slot).values()) == {"Welcome back"}
    often_first = [{"name": "Often", "definition": OFTEN, **OFFER}, EVERYBODY]
    edit_slot(slot=slot, actor=None, entries=often_first)
    assert who_reads(slot, "Ten off") == {"A", "F"}


def test_treated_customers_get_the_campaigns_entry_and_its_control_group_the_next(spring):
    assert treated(spring) == {"C", "E", "F", "G"}
    slot = open_slot(offer_of(spring), EVERYBODY)
    assert who_reads(slot, "Ten off") == {"C", "E", "F", "G"}
    assert who_reads(slot, "Welcome back") == {"A", "B", "D", "H", "I", "J", ""}


def test_what_a_control_customer_is_answered_is_what_it_would_be_without_the_campaign(spring):
    with_it, without = open_slot(offer_of(spring), EVERYBODY), open_slot(EVERYBODY, name="Other")
    for who in ("A", "B", "D", "H", "I", "J", "nobody", ""):
        told, plain = asked(with_it, who), asked(without, who)
        assert (told.entry.name, told.given, told.reason) == (
            plain.entry.name, plain.given, plain.reason,
        )  # fmt: skip


def test_a_campaigns_entry_with_a_rule_is_for_those_treated_whom_it_fits(spring):
    slot = open_slot(offer_of(spring, definition=AT_RISK), EVERYBODY)
    assert who_reads(slot, "Ten off") == {"G"}


def test_nobody_in_the_global_holdout_gets_a_campaigns_entry_even_when_it_grows_later(spring):
    slot = open_slot(offer_of(spring), EVERYBODY)
    configure_organisation(holdout_share=0.5)
    kept = who_reads(slot, "Ten off")
    assert kept == {"C", "F", "G"}
    configure_organisation(holdout_share=1.0)
    assert who_reads(slot, "Ten off") == set()
    assert "global holdout" in asked(slot, "C").passed[0].why


def test_a_paused_campaign_gives_nobody_its_entry_until_it_goes_on(spring, mara):
    slot = open_slot(offer_of(spring), EVERYBODY)
    pause_campaign(campaign=spring, actor=mara, at=shop.AS_OF)
    assert who_reads(slot, "Ten off") == set()
    resume_campaign(campaign=spring, actor=mara)
    assert who_reads(slot, "Ten off") == {"C", "E", "F", "G"}


def test_after_a_stop_nobody_gets_the_entry(spring, mara):
    slot = open_slot(offer_of(spring), EVERYBODY)
    stop_campaign(campaign=spring, actor=mara, at=shop.AS_OF)
    assert who_reads(slot, "Ten off") == set()
    assert asked(slot, "C").passed[0].why == "Spring was stopped."


def test_the_entry_ends_with_the_horizon_also_before_anything_has_noted_the_end(spring):
    slot = open_slot(offer_of(spring), EVERYBODY)
    last = spring.ends_at - timedelta(microseconds=1)
    assert who_reads(slot, "Ten off", last) == {"C", "E", "F", "G"}
    assert who_reads(slot, "Ten off", spring.ends_at) == set()
    assert finish_due(spring.ends_at) == 1
    assert who_reads(slot, "Ten off", last) == set()


def test_before_the_launch_nobody_gets_the_entry(ten, mara, sam):
    waiting = approved(mara, sam, control_share=0)
    slot = open_slot(offer_of(waiting), EVERYBODY)
    assert who_reads(slot, "Ten off") == set()
    assert asked(slot, "A").passed[0].why == "Spring is not launched yet."


def test_people_read_why_each_entry_before_did_not_win(spring):
    slot = open_slot(
        offer_of(spring),
        {"name": "Often", "definition": {"all": [OFTEN, AT_RISK]}, **OFFER},
        EVERYBODY,
    )
    words = {who: [one.why for one in asked(slot, who).passed] for who in ("B", "I", "J", "x")}
    often = "Not true of them: orders at least 3 (here: {}); RFM group At risk (here: {})."
    assert words == {
        "B": ["The customer is in the control group of Spring.", often.format(1, "Active")],
        "I": [
            "The launch of Spring left the customer out: no consent for this channel.",
            often.format(1, "Dormant"),
        ],
        "J": [
            "The customer was not in the audience of Spring.",
            often.format("not known", "Prospects"),
        ],
        "x": [
            "An unknown visitor is not in Spring.",
            "It asks something about the customer, and nothing is known of this visitor.",
        ],
    }


def test_a_rule_about_purchases_fits_one_customer_as_it_fits_a_segment(ten):
    bought = {"event": "purchase", "at_least": 2, "within_days": 30}
    slot = open_slot({"name": "Lately", "definition": bought, **OFFER})
    members = create_segment(name="Lately", definition=bought, actor=None)
    assert who_reads(slot, "Ten off") == {"A", "D", "F"}
    assert members.size == 3


def test_a_segment_that_is_gone_passes_its_entry_over_and_says_so(ten):
    segment = create_segment(name="Often", definition=OFTEN, actor=None)
    slot = open_slot({"name": "Often", "definition": {"segment": "often"}, **OFFER}, EVERYBODY)
    assert who_reads(slot, "Ten off") == {"A", "F"}
    archive_segment(segment=Segment.objects.get(pk=segment.pk), actor=None)
    assert who_reads(slot, "Ten off") == set()
    assert asked(slot, "A").passed[0].why == (
        "The rule cannot be answered. There is no segment 'often'."
    )


def test_products_without_a_trained_model_give_way_to_the_next_entry(ten):
    products = {"kind": "products", "products": {"k": 3}}
    slot = open_slot({"name": "For you", **products}, EVERYBODY, fallback=products)
    assert asked(slot, "A").entry.name == "Everybody"
    empty = open_slot(fallback=products, name="Empty")
    assert (asked(empty, "A").given.kind, asked(empty, "A").given.items) == ("products", [])


@pytest.mark.parametrize(
    ("entry", "field", "words"),
    [
        ({"definition": {"feature": "mood", "op": "=", "value": 1}}, "definition", "no feature"),
        ({"definition": {"segment": "gone"}}, "definition", "There is no segment 'gone'"),
        ({"definition": []}, "definition", "A rule is an object"),
        ({"kind": "nothing"}, "kind", "gives something"),
        ({"kind": "gift"}, "kind", "'gift' is no kind"),
        ({"offer": {"text": "x"}}, "title", "needs a title"),
        ({"offer": {"title": "x", "url": "javascript:alert(1)"}}, "url", "begins with https://"),
        ({"offer": {"title": "x", "url": "//evil.example"}}, "url", "begins with https://"),
        ({"offer": {"title": "x", "price": "1"}}, "price", "no 'price'"),
        ({"kind": "products", "products": {"k": 0}}, "k", "from 1 to 50"),
        ({"kind": "products", "products": {"goal": "all"}}, "goal", "is no goal"),
        ({"kind": "products", "products": {"category": "TEA"}}, "category", "No product has"),
        ({"campaign": 999}, "campaign", "no such campaign"),
        ({"name": " "}, "name", "needs a name"),
    ],
)
def test_an_entry_that_could_not_be_given_is_refused_and_nothing_is_saved(ten, entry, field, words):
    with pytest.raises(BadSlot, match=words) as refused:
        open_slot(EVERYBODY, {"name": "Second", **OFFER, **entry})
    assert list(refused.value.fields) == [f"entries.1.{field}"]
    assert refused.value.message.startswith("Entry 2: ")
    assert (Slot.objects.count(), SlotEntry.objects.count()) == (0, 0)


def test_a_past_campaign_without_a_control_group_is_no_campaign_of_an_entry(ten):
    told = launched_campaign(launched_at=shop.AS_OF, treated=["A"], origin="history")
    with pytest.raises(BadSlot, match="no such campaign"):
        open_slot(offer_of(told))


def test_a_campaign_that_a_slot_gives_away_is_not_deleted(ten, mara):
    slot, campaign = open_slot(name="Home page"), draft(mara)
    edit_slot(slot=slot, actor=mara, entries=[offer_of(campaign)])
    with pytest.raises(Conflict, match="Home page has an entry of this campaign"):
        delete_campaign(campaign=campaign, actor=mara)
    edit_slot(slot=slot, actor=mara, entries=[])
    delete_campaign(campaign=campaign, actor=mara)
    assert Campaign.objects.count() == 0


def test_an_edit_of_a_version_that_is_not_the_last_is_refused(ten, mara):
    slot = open_slot(EVERYBODY)
    edit_slot(slot=slot, actor=mara, version=1, name="Top of the home page")
    with pytest.raises(Conflict, match="meanwhile"):
        edit_slot(slot=slot, actor=mara, version=1, entries=[])
    kept = slot_with_slug("home-page")
    assert (kept.name, kept.version) == ("Top of the home page", 2)
    assert SlotEntry.objects.count() == 1


def test_names_and_places_are_taken_once(ten):
    open_slot(EVERYBODY)
    with pytest.raises(Conflict, match="There is a slot 'home-page' already"):
        open_slot()
    with pytest.raises(BadSlot, match="a name of its own"):
        open_slot(EVERYBODY, EVERYBODY, name="Other")
    with pytest.raises(BadSlot, match="Latin letters"):
        create_slot(name="首页", actor=None)
    assert create_slot(name="首页", slug="home", actor=None).slug == "home"
    entry = SlotEntry.objects.get()
    with transaction.atomic(), pytest.raises(IntegrityError):
        SlotEntry.objects.filter(pk=entry.pk).update(kind="nothing")


def test_each_change_is_in_the_audit(ten, mara):
    slot = create_slot(name="Home page", actor=mara)
    edit_slot(slot=slot, actor=mara, entries=[EVERYBODY], place="top")
    delete_slot(slot=slot, actor=mara)
    told = AuditEntry.objects.filter(subject="home-page").order_by("pk")
    assert list(told.values_list("verb", "actor_label", "detail")) == [
        ("create_slot", "mara", {}),
        ("edit_slot", "mara", {"changed": ["entries", "place"], "version": 2}),
        ("delete_slot", "mara", {}),
    ]
    with pytest.raises(NotFound):
        slot_with_slug("home-page")
