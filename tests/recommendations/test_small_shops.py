"""What the verbs and questions say before there is enough to say something."""

import pytest

from customers.models import Customer
from recommendations.evaluation import NotYet
from recommendations.selectors import NotTrained, recommend
from runs.models import ModelVersion
from tests.recommendations.conftest import learn, lists, order_lines
from tests.shops.coming_in import bring_in
from tests.shops.planted import rows
from transactions.services import update_mirror

pytestmark = pytest.mark.django_db(transaction=True)


def test_before_training_every_question_says_so():
    customer = Customer.objects.create(customer_id="A", load_id=1)
    with pytest.raises(NotTrained, match="Train them first"):
        recommend(customer.pk)
    with pytest.raises(NotTrained, match="Train one first"):
        lists()


def test_too_little_to_learn_from_says_how_much_is_needed(tmp_path):
    bring_in(tmp_path, order_lines(rows()[:5]))
    update_mirror()
    with pytest.raises(NotYet, match="need 20 purchases"):
        learn()
    assert ModelVersion.objects.count() == 0


def test_a_small_shop_gets_defaults_and_answers(tmp_path):
    bring_in(tmp_path, order_lines(rows(customers=3)))
    update_mirror()
    version = learn()
    assert version.verdict == "Defaults: too few purchases to compare by."
    lists()
    assert len(recommend(Customer.objects.get(customer_id="c1").pk, k=5)) == 5
