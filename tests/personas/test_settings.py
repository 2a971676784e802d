"""The settings of the shop: what may change when, and what an admin is told."""

import pytest

from accounts.audit_words import behind
from core.errors import Conflict
from core.models import AuditEntry, Organisation
from core.services import change_organisation, configure_organisation
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in

pytestmark = pytest.mark.django_db(transaction=True)

SENT = {
    "name": "Tea & Co", "time_zone": "Europe/Berlin", "currency": "EUR", "horizon_days": "28",
    "cap_messages": "2", "cap_days": "14", "holdout": "5", "quality_threshold": "60",
}  # fmt: skip


def kept() -> tuple:
    shop = Organisation.objects.get()
    return (
        shop.name, shop.time_zone, shop.currency, shop.horizon_days, shop.cap_messages,
        shop.cap_days, shop.holdout_share,
    )  # fmt: skip


def test_before_any_order_everything_may_be_set(client, ada):
    client.force_login(ada)
    assert client.post("/settings/", SENT).status_code == 302
    assert kept() == ("Tea & Co", "Europe/Berlin", "EUR", 28, 2, 14, 0.05)
    entry = AuditEntry.objects.get(verb="change_settings")
    assert "currency: USD → EUR" in behind(entry)


def test_once_orders_are_recorded_their_clock_and_currency_stay(client, ada, tmp_path):
    configure_organisation(name="Nine and one", currency="EUR")
    bring_in(tmp_path, shop.ORDER_LINES)
    client.force_login(ada)
    client.post("/settings/", {**SENT, "currency": "USD"})
    assert kept() == ("Tea & Co", "UTC", "EUR", 28, 2, 14, 0.05)
    page = client.get("/settings/")
    assert page.context["finding"] == "Tea & Co counts days in UTC and money in EUR."
    assert page.content.decode().count("Fixed since orders came in") == 2


@pytest.mark.parametrize(("name", "value"), [("currency", "USD"), ("time_zone", "Asia/Tokyo")])
def test_the_verb_itself_refuses_to_change_what_orders_are_kept_by(ada, name, value):
    configure_organisation(currency="EUR", time_zone="UTC")
    with pytest.raises(Conflict, match="cannot be changed once orders are recorded"):
        change_organisation(values={name: value}, recorded=True, actor=ada)
    assert AuditEntry.objects.filter(verb="change_settings").count() == 0
    assert Organisation.objects.get().currency == "EUR"


def test_an_empty_horizon_is_the_shops_own_rhythm(client, ada):
    client.force_login(ada)
    client.post("/settings/", {**SENT, "horizon_days": ""})
    assert Organisation.objects.get().horizon_days is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("currency", "euro"), ("time_zone", "Mars/Base"), ("cap_messages", "0"), ("holdout", "91")],
)
def test_what_makes_no_sense_is_refused_beside_its_field(client, ada, field, value):
    configure_organisation(name="Before")
    client.force_login(ada)
    page = client.post("/settings/", {**SENT, field: value})
    assert list(page.context["form"].errors) == [field]
    assert Organisation.objects.get().name == "Before"


def test_saving_the_same_again_writes_nothing(client, ada):
    client.force_login(ada)
    client.post("/settings/", SENT)
    client.post("/settings/", SENT)
    assert AuditEntry.objects.filter(verb="change_settings").count() == 1
