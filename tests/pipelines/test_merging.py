"""Two customers become one and two again, with everything that any app keeps about them."""

import random

import pytest
from django.utils import timezone

from core.errors import Conflict
from core.models import AuditEntry
from customers.aliases import aliases_of, somebodies
from customers.finding import dismiss, propose, save_matching
from customers.identity_models import Alias, Duplicate, MatchingRules
from customers.matching import Rule
from customers.models import Consent, Customer, Interaction
from customers.selectors import channel_states, customer_with_id, search
from features.frames import customer_features, snapshot
from features.models import ImportedFeatures
from ingestion.services import request_undo, undo_load
from pipelines.erasure import erase, request_erasure
from pipelines.merging import LaterMerge, request_merge, request_take_back
from pipelines.services import update_customers
from runs.models import Run
from runs.services import perform
from tests.pipelines.merges import NOW, merged, pair, pk, taken_back
from tests.shops import same_people as shop
from tests.shops.checksums import checksums
from tests.shops.coming_in import bring_in, refreshed
from transactions.agreement import mirror_differences
from transactions.models import Event, Order
from transactions.services import update_mirror

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_kept_customer_has_everything_and_gaps_are_filled(folder, sue):
    merged("A", "B", sue, keep="A")
    a, b = (Customer.objects.get(customer_id=one) for one in "AB")
    orders = Order.objects.filter(customer=a).order_by("order_id")
    assert list(orders.values_list("order_id", flat=True)) == ["1", "2", "3", "4"]
    assert Event.objects.filter(customer=a).count() == 2
    assert (a.name, a.email, a.phone) == ("Anna Berg", "anna@example.com", "0301234567")
    assert (a.birth_date, a.region) == ("1980-01-02", "North")
    assert (b.name, b.phone) == ("Anna B. Berg", "0301234567")
    assert [alias.customer_id for alias in aliases_of(a.pk)] == ["B"]


def test_of_two_rows_that_only_one_may_have_the_kept_ones_count(folder, sue):
    merged("A", "B", sue, keep="A")
    said = Consent.objects.filter(customer=pk("A")).order_by("channel", "at")
    assert list(said.values_list("channel", "granted")) == [
        ("email", True), ("email", False), ("email", False), ("sms", True),
    ]  # fmt: skip
    assert list(Consent.objects.filter(customer=pk("B")).values_list("channel", "granted")) == [
        ("email", False)
    ]
    assert Interaction.objects.filter(customer=pk("A")).count() == 2
    assert ImportedFeatures.objects.get(customer=pk("A")).values == {"income": 100.0}


SAID = "customer_id,channel,granted,at,source\n"


def may_write(customer_id: str, channel: str) -> bool | None:
    states = channel_states(Customer.objects.get(customer_id=customer_id))
    return next(one.granted for one in states if one.channel == channel)


@pytest.mark.parametrize(("keep", "other"), ["CD", "DC"])
def test_a_no_of_the_very_moment_of_a_yes_is_stronger_whoever_is_kept(folder, sue, keep, other):
    moment = "2026-02-03T04:05:06.999999Z"
    rows = f"{keep},email,yes,{moment},shop\n{other},email,no,{moment},till\n"
    both_ways = f"{keep},sms,no,{moment},shop\n{other},sms,yes,{moment},till\n"
    load = bring_in(folder, SAID + rows + both_ways, "consents")
    before = checksums()
    merged("C", "D", sue, keep=keep)
    assert [may_write(keep, channel) for channel in ("email", "sms")] == [False, False]
    later = bring_in(folder, f"{SAID}{other},email,yes,2026-02-04,shop\n", "consents")
    assert may_write(keep, "email") is True
    perform(run=request_undo(load=later, send=False), job=undo_load)
    taken_back("C", "D", sue)
    assert checksums() == before
    Duplicate.objects.update(state="open")
    merged("C", "D", sue, keep=keep)
    # What the load had brought in goes with it.
    perform(run=request_undo(load=load, send=False), job=undo_load)
    assert not Consent.objects.filter(customer__in=[pk("C"), pk("D")]).exists()
    taken_back("C", "D", sue)
    assert not Consent.objects.filter(customer__in=[pk("C"), pk("D")]).exists()


def test_an_undo_gives_a_statement_that_stayed_behind_to_whom_it_stayed_with(folder, sue):
    before = checksums()
    load = bring_in(folder, f"{SAID}B,email,yes,2026-01-01T00:00Z,till\n", "consents")
    assert load.changed == 1
    merged("A", "B", sue, keep="A")
    undone = perform(run=request_undo(load=load, send=False), job=undo_load)
    assert (undone.state, undone.error) == ("succeeded", "")
    taken_back("A", "B", sue)
    assert checksums() == before


def test_the_old_id_means_the_kept_customer_everywhere(folder, sue):
    merged("A", "B", sue, keep="A")
    assert customer_with_id("B").customer_id == "A"
    assert [c.customer_id for c in search("B", personal=False)] == ["A"]
    assert [c.customer_id for c in search("Anna B. Berg", personal=True)] == ["A"]
    late = "order_id,customer_id,occurred_at,sku,quantity,amount\n"
    bring_in(folder, f"{late}7,B,2026-02-25T10:00Z,tea,1,1.00\n")
    bring_in(folder, "customer_id,channel,granted,at\nB,post,yes,2026-02-25T10:00Z\n", "consents")
    bring_in(folder, "customer_id,kind,at,score\nB,nps,2026-02-25T10:00Z,9\n", "feedback")
    bring_in(folder, "customer_id,kind,at\nB,visit,2026-02-25T10:00Z\n", "events")
    assert Order.objects.get(order_id="7").customer_id == pk("A")
    assert Event.objects.order_by("-at").first().customer_id == pk("A")
    assert Consent.objects.get(channel="post").customer_id == pk("A")
    again = bring_in(folder, shop.ORDER_LINES)
    assert (again.identical, again.changed, again.loaded) == (6, 0, 0)


def test_a_merge_taken_back_leaves_every_table_as_it_was(folder, sue):
    before = checksums()
    for keep in "AB":
        merged("A", "B", sue, keep=keep)
        assert checksums() != before
        taken_back("A", "B", sue)
        assert checksums() == before
        Duplicate.objects.update(state="open")
    assert not Alias.objects.exists()


def test_what_came_in_by_the_old_id_since_stays_with_the_kept_customer(folder, sue):
    merged("A", "B", sue, keep="A")
    late = "order_id,customer_id,occurred_at,sku,quantity,amount\n"
    bring_in(folder, f"{late}7,B,2026-02-25T10:00Z,tea,1,1.00\n")
    taken_back("A", "B", sue)
    owners = dict(Order.objects.values_list("order_id", "customer__customer_id"))
    assert owners == {"1": "A", "2": "A", "3": "B", "4": "B", "5": "C", "6": "J", "7": "A"}


def test_merges_are_taken_back_the_newest_first(folder, sue):
    before = checksums()
    a, c = Customer.objects.get(customer_id="A"), Customer.objects.get(customer_id="C")
    Duplicate.objects.create(first=a, second=c, found_by=["phone"], priority=1, found_at=NOW)
    merged("A", "B", sue, keep="A")
    merged("A", "C", sue, keep="C")
    assert customer_with_id("B").customer_id == "C"
    with pytest.raises(LaterMerge, match="^A and C were merged after it. Take that back first.$"):
        request_take_back(pair=pair("A", "B"), actor=sue)
    taken_back("A", "C", sue)
    assert customer_with_id("B").customer_id == "A"
    taken_back("A", "B", sue)
    assert checksums() == before


def test_a_load_that_brought_in_one_of_them_cannot_be_undone_while_the_merge_stands(tmp_path, sue):
    load = bring_in(tmp_path, shop.CUSTOMERS, "customers")
    propose(at=NOW)
    merged("C", "D", sue, keep="C")
    with pytest.raises(Conflict, match="customers that it brought in were merged: take that back"):
        request_undo(load=load, send=False)
    taken_back("C", "D", sue)
    run = perform(run=request_undo(load=load, send=False), job=undo_load)
    assert (run.state, Customer.objects.count()) == ("succeeded", 0)


def test_an_undo_of_a_load_that_moved_an_order_follows_the_merge(folder, sue):
    moved = shop.ORDER_LINES.replace("5,C", "5,J")
    load = bring_in(folder, moved)
    merged("C", "D", sue, keep="D")
    run = perform(run=request_undo(load=load, send=False), job=undo_load)
    assert run.state == "succeeded"
    assert Order.objects.get(order_id="5").customer_id == pk("D")
    taken_back("C", "D", sue)
    assert Order.objects.get(order_id="5").customer_id == pk("C")


def test_features_and_the_mirror_follow_at_once(folder, sue):
    refreshed(shop.AS_OF)
    run = merged("A", "B", sue, keep="A")
    updating = Run.objects.create(
        name="update_customers", task="t", arguments={"customers": run.result["customers"]}
    )
    assert perform(run=updating, job=update_customers).error == ""
    assert customer_features(pk("A"))["purchase_frequency"] == 4
    assert pk("B") not in snapshot().collect()["customer_pk"].to_list()
    assert mirror_differences() == []
    taken_back("A", "B", sue)
    update_mirror()
    assert mirror_differences() == []
    again = Run.objects.create(name="update_customers", task="t", arguments=updating.arguments)
    assert perform(run=again, job=update_customers).error == ""
    assert [customer_features(pk(one))["purchase_frequency"] for one in "AB"] == [2, 2]


def test_an_erasure_takes_the_merged_rows_and_bars_both_ids(folder, sue):
    merged("A", "B", sue, keep="A")
    run = perform(run=request_erasure(customer_id="B", send=False), job=erase)
    assert (run.state, run.error) == ("succeeded", "")
    assert not Customer.objects.filter(customer_id__in="AB").exists()
    assert not Alias.objects.exists()
    again = bring_in(folder, shop.ORDER_LINES)
    assert (again.rejected, again.identical) == (4, 2)


def test_a_decided_pair_is_merged_once_and_a_dismissed_one_never(folder, sue, sam):
    waiting = pair("C", "D")
    keep = waiting.first
    merged("A", "B", sue, keep="A")
    with pytest.raises(Conflict):
        request_merge(pair=pair("A", "B"), keep=pair("A", "B").first, actor=sam)
    dismiss(pair=waiting, actor=sue, at=timezone.now())
    with pytest.raises(Conflict):
        request_merge(pair=pair("C", "D"), keep=keep, actor=sam)
    assert AuditEntry.objects.filter(verb="merge_customers").count() == 2


@pytest.mark.parametrize("seed", range(3))
def test_any_merges_taken_back_in_turn_leave_each_table_as_it_was(folder, sue, seed):
    """Of whatever pairs, the way back is through the same states."""
    dice, states = random.Random(seed), []
    for _ in range(8):
        present = list(somebodies().order_by("pk"))
        if states and (len(present) < 3 or dice.random() < 0.4):
            (first, second), before = states.pop()
            taken_back(first, second, sue)
            assert checksums() == before
            continue
        two = sorted(dice.sample(present, 2), key=lambda customer: customer.pk)
        ids = [customer.customer_id for customer in two]
        Duplicate.objects.filter(first=two[0], second=two[1]).delete()
        Duplicate.objects.create(
            first=two[0], second=two[1], found_by=["email"], priority=0, found_at=NOW
        )
        states.append((ids, checksums()))
        merged(*ids, sue, keep=dice.choice(ids))
    for (first, second), before in reversed(states):
        taken_back(first, second, sue)
        assert checksums() == before


def test_an_erasure_takes_the_persons_address_out_of_the_blocked_values(tmp_path, ann):
    bring_in(tmp_path, shop.CUSTOMERS, "customers")
    rules = [Rule("email"), Rule("phone")]
    save_matching(rules=rules, blocked=["0", "ANNA@example.com"], actor=ann, at=NOW)
    run = perform(run=request_erasure(customer_id="A", send=False), job=erase)
    assert (run.state, run.error) == ("succeeded", "")
    assert MatchingRules.objects.get().blocked == ["0"]


def test_what_came_of_a_pair_is_said_by_the_api(tmp_path, api_of, sue, mara):
    bring_in(tmp_path, shop.CUSTOMERS, "customers")
    bring_in(tmp_path, shop.ORDER_LINES)
    propose(at=NOW)
    told = api_of(mara).get("/api/v1/duplicates/").json()
    assert told["count"] == 3
    one = told["results"][0]
    assert (one["first"], one["second"], one["found_by"]) == ("A", "B", ["email"])
    assert one["against"] == ["two birth dates", "two names"]
    address = f"/api/v1/duplicates/{one['id']}/"
    wrong = api_of(sue).post(address, {"decision": "merge", "keep": "C"}, format="json")
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (400, "who_is_kept")
    done = api_of(sue).post(address, {"decision": "merge", "keep": "B"}, format="json").json()
    assert (done["state"], done["kept"]) == ("merged", "B")
    known = api_of(mara).get("/api/v1/customers/A/").json()
    assert known["customer_id"] == "B"
    done = api_of(sue).post(address, {"decision": "take_back"}, format="json").json()
    assert (done["state"], done["kept"]) == ("dismissed", None)
    refused = api_of(mara).post(address, {"decision": "apart"}, format="json")
    assert refused.status_code == 403
