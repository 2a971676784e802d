import pytest
from django.utils import timezone

from customers.finding import propose
from customers.models import Customer
from features.models import ImportedFeatures
from tests.pipelines.merges import NOW
from tests.shops import same_people as shop
from tests.shops.coming_in import bring_in


@pytest.fixture
def something_to_rank(transactional_db):
    """A customer with a feature: a refresh has something to say."""
    customer = Customer.objects.create(customer_id="A", load_id=1)
    return ImportedFeatures.objects.create(
        customer=customer, source="s", as_of=timezone.now(), values={"recency_days": 1}, load_id=1
    )


@pytest.fixture
def folder(tmp_path):
    """Where the files of the same people lie; they are in, and their pairs proposed."""
    for kind in ("customers", "order_lines", "consents", "interactions", "events"):
        bring_in(tmp_path, getattr(shop, kind.upper()), kind)
    bring_in(tmp_path, shop.FEATURES, "customer_features")
    propose(at=NOW)
    return tmp_path
