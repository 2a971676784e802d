"""What a slot gives where a recommender answers."""

from django.utils import timezone

from campaigns.services.slots import create_slot
from campaigns.slots import personalise
from customers.models import Customer
from recommendations.selectors import popular, recommend
from tests.shops.planted import FACTS


def asked(slot, customer_id):
    return personalise(slot=slot, customer_id=customer_id, at=timezone.now())


def products(**options):
    return create_slot(
        name="For you",
        actor=None,
        entries=[{"name": "Products", "kind": "products", "products": options}],
    )


def test_a_customer_gets_what_is_recommended_to_them_with_its_reasons(trained):
    customer = Customer.objects.get(customer_id="c3")
    for goal in ("repeat", "discover", "both"):
        slot = create_slot(
            name=goal,
            actor=None,
            entries=[{"name": "x", "kind": "products", "products": {"goal": goal, "k": 5}}],
        )
        told = asked(slot, "c3").given.items
        assert told == recommend(customer.pk, k=5, goal=goal)
        assert len(told) == 5


def test_a_category_leaves_the_customers_best_of_it_in_their_order(trained):
    category = FACTS.categories[0]
    slot = products(k=3, category=category)
    told = asked(slot, "c3").given.items
    skus = {f"P{n}" for n, one in enumerate(FACTS.categories) if one == category}
    every = recommend(Customer.objects.get(customer_id="c3").pk, k=100)
    assert told == [item for item in every if item.sku in skus][:3]
    assert len(told) == 3


def test_an_unknown_visitor_gets_what_is_popular(trained):
    slot = products(k=4)
    told = asked(slot, "").given.items
    assert told == popular(k=4)
    assert told == asked(slot, "stranger").given.items
    assert {(item.source, item.reason, item.fallback) for item in told} == {
        ("popular_recent", "popular this month", True)
    }
    assert len({item.sku for item in told}) == 4


def test_popular_products_are_those_that_a_customer_without_a_purchase_gets(trained):
    nobody = Customer.objects.get(customer_id="nobody")
    assert popular(k=8) == recommend(nobody.pk, k=8)
