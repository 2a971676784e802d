import pytest
from django.utils import timezone

from customers.models import Customer
from features.models import ImportedFeatures


@pytest.fixture
def something_to_rank(transactional_db):
    """A customer with a feature: a refresh has something to say."""
    customer = Customer.objects.create(customer_id="A", load_id=1)
    return ImportedFeatures.objects.create(
        customer=customer, source="s", as_of=timezone.now(), values={"recency_days": 1}, load_id=1
    )
