"""Customers who may be one person are proposed by what they share; nobody is merged by itself."""

from datetime import UTC, datetime

import pytest

from core.errors import Conflict
from core.models import AuditEntry
from customers.finding import dismiss, look, propose, reopen, save_matching
from customers.identity_models import Alias, Duplicate, MatchingRules
from customers.matching import BadRules, Matching, Rule, matching
from customers.models import Customer
from customers.selectors import search
from ingestion.models import Reject
from tests.shops import same_people as shop
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, tzinfo=UTC)
EMAIL, PHONE = Rule("email"), Rule("phone")


@pytest.fixture
def people(tmp_path):
    bring_in(tmp_path, shop.CUSTOMERS, "customers")


def proposed() -> dict[str, list[str]]:
    """{"A B": by what} of the open proposals, in their order."""
    found = Duplicate.objects.filter(state="open").order_by("priority", "pk")
    return {f"{pair.first} {pair.second}": pair.found_by for pair in found}


def test_one_address_and_one_number_in_any_spelling_propose_a_pair(people):
    assert propose(at=NOW) == 3
    assert proposed() == {"A B": ["email"], "H I": ["email", "phone"], "C D": ["phone"]}
    assert not Alias.objects.exists()


def test_what_stands_for_nobody_proposes_nobody(people):
    Customer.objects.filter(customer_id__in="ABCDHI").delete()
    assert propose(at=NOW) == 0
    save_matching(rules=[EMAIL, PHONE], blocked=[], actor=None, at=NOW)
    assert proposed() == {"E F": ["email"], "E G": ["phone"]}


def test_the_shops_own_addresses_match_nobody(people, ann):
    rules, held = [EMAIL, PHONE], list(matching().blocked)
    save_matching(rules=rules, blocked=[*held, "@Example.com"], actor=ann, at=NOW)
    assert proposed() == {"H I": ["phone"], "C D": ["phone"]}
    save_matching(
        rules=rules, blocked=[*held, "ANNA@example.com", "0170 5550123"], actor=ann, at=NOW
    )
    assert proposed() == {"H I": ["email", "phone"]}
    detail = AuditEntry.objects.filter(verb="save_matching_rules").latest("pk").detail
    assert detail == {"rules": ["email", "phone"], "blocked": {"before": 13, "now": 14}}


def test_rules_are_put_in_order_off_and_beside_the_name(people, ann):
    blocked = list(matching().blocked)
    save_matching(rules=[PHONE, EMAIL], blocked=blocked, actor=ann, at=NOW)
    assert proposed() == {"C D": ["phone"], "H I": ["phone", "email"], "A B": ["email"]}
    named = [Rule("phone", name_too=True), Rule("email", on=False)]
    save_matching(rules=named, blocked=blocked, actor=ann, at=NOW)
    assert proposed() == {"H I": ["phone_and_name"]}
    assert MatchingRules.objects.count() == 2
    with pytest.raises(Conflict, match="Nothing differs"):
        save_matching(rules=named, blocked=blocked, actor=ann, at=NOW)
    with pytest.raises(BadRules):
        save_matching(rules=[EMAIL], blocked=blocked, actor=ann, at=NOW)
    assert matching() == Matching(tuple(named), tuple(blocked))


def test_a_value_that_six_customers_share_proposes_nobody(tmp_path):
    rows = "".join(f"S{n},desk@example.com\n" for n in range(6))
    bring_in(tmp_path, f"customer_id,email\n{rows}", "customers")
    assert propose(at=NOW) == 0
    (shared,) = look().shared
    assert (shared.by, shared.value, shared.customers) == ("email", "desk@example.com", 6)
    Customer.objects.get(customer_id="S5").delete()
    assert propose(at=NOW) == 10


def test_a_dismissed_pair_is_not_proposed_again(people, sue):
    propose(at=NOW)
    pair = Duplicate.objects.get(first__customer_id="A")
    assert dismiss(pair=pair, actor=sue, at=NOW)
    assert not dismiss(pair=pair, actor=sue, at=NOW)
    assert propose(at=NOW) == 0
    assert list(proposed()) == ["H I", "C D"]
    assert AuditEntry.objects.filter(verb="dismiss_duplicate").count() == 2
    assert reopen(pair=pair, actor=sue, at=NOW)
    assert list(proposed()) == ["A B", "H I", "C D"]


def test_a_proposal_whose_evidence_is_gone_goes(people, tmp_path):
    propose(at=NOW)
    bring_in(tmp_path, "customer_id,email\nB,other@example.com\n", "customers")
    assert propose(at=NOW) == 0
    assert list(proposed()) == ["H I", "C D"]


def test_a_number_that_stands_for_nobody_is_nobodys(tmp_path):
    rows = (
        "customer_id,occurred_at,amount\n0,2026-01-01,5.00\nNULL,2026-01-02,6.00\nA,2026-01-03,7\n"
    )
    load = bring_in(tmp_path, rows)
    assert (load.read, load.loaded, load.rejected) == (3, 1, 2)
    assert list(Reject.objects.values_list("row", "column", "value", "reason")) == [
        (2, "customer_id", "0", "stands for nobody"),
        (3, "customer_id", "NULL", "stands for nobody"),
    ]
    assert load.sums["amount_minor"]["difference"] == 0
    events = "customer_id,visitor_id,kind,at\nguest,v-1,visit,2026-01-01T10:00Z\n"
    assert bring_in(tmp_path, events, "events").loaded == 1
    assert list(Customer.objects.values_list("customer_id", flat=True)) == ["A"]


def test_a_telephone_number_is_found_in_any_spelling(people):
    for typed in ("0170 5550123", "+49 170 5550123", "0170/5550123"):
        assert [c.customer_id for c in search(typed, personal=True)] == ["C", "D"]
    assert not search("0170 5550123", personal=False).exists()
