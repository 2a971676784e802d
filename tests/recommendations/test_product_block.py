"""The product block of a message, filled from what is recommended to its customer."""

from campaigns.composing import written_for
from campaigns.models import Variant
from core.formats import readable
from customers.models import Customer
from recommendations.selectors import recommend


def test_a_message_names_the_customers_own_products_with_their_reasons(trained):
    customer = Customer.objects.exclude(customer_id="").order_by("pk").first()
    variant = Variant(subject="For you", body="Hello,\n\n{{ products:4|Come and see us }}")
    items = recommend(customer.pk, k=4)
    written = written_for(variant, customer)
    lines = [f"• {readable(item.name)}: {item.reason}" for item in items]
    assert len(lines) == 4
    assert written.text.startswith("Hello,\n\n" + "\n".join(lines) + "\n\n-- \n")
    assert written.html.count("<li>") == 4


def test_a_message_to_nobody_in_particular_has_the_fallback(trained):
    variant = Variant(subject="For you", body="{{ products|Come and see us }}")
    assert written_for(variant, None).text.startswith("Come and see us\n\n-- \n")
