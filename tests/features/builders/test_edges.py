"""Single cases of single families that the hand-made shop does not hold."""

from datetime import datetime, timedelta

import pytest

from features.builders.channels import Channels
from features.builders.habits import Habits
from features.builders.purchases import Purchases
from features.builders.variety import Variety
from features.builders.windows import Windows
from tests.shops.frames import built, inputs
from tests.shops.ten_customers import AS_OF


def bought(days_ago, **more):
    return {
        "customer_pk": 1,
        "order_pk": days_ago,
        "local_at": AS_OF - timedelta(days=days_ago),
        "amount_minor": 1_000,
        "discount_minor": 0,
        "returned": False,
        **more,
    }


def only_row(builder, lines, **options):
    (row,) = built(builder, inputs(lines, as_of=AS_OF, **options)).to_dicts()
    return row


def test_half_a_cent_of_the_average_is_rounded_up():
    row = only_row(Purchases(), [bought(1, amount_minor=1_000), bought(2, amount_minor=1_001)])

    assert row["average_order_value"] == 10.01


def test_money_follows_the_currencys_minor_unit():
    row = only_row(Purchases(), [bought(1, amount_minor=1_500)], minor_per_major=1)

    assert row["purchase_monetary_value"] == 1_500.0


@pytest.mark.parametrize(
    "refund",
    [
        {"returned": True, "amount_minor": 300},
        {"returned": True, "amount_minor": -300},
        {"quantity": -1.0, "amount_minor": -300},
    ],
)
def test_net_of_returns_a_return_takes_its_amount_off_and_is_no_purchase(refund):
    lines = [bought(40), bought(5, **refund)]

    row = only_row(Purchases(), lines, net_returns=True)
    windows = only_row(Windows(), lines, net_returns=True)

    assert row["purchase_monetary_value"] == 7.0
    assert row["average_order_value"] == 7.0
    assert (row["purchase_frequency"], row["line_count"], row["recency_days"]) == (1, 1, 40)
    assert (windows["spend_30d"], windows["orders_30d"]) == (-3.0, 0)
    assert (windows["spend_90d"], windows["orders_90d"]) == (7.0, 1)


def test_without_net_a_return_counts_on_neither_side():
    row = only_row(Purchases(), [bought(40), bought(5, returned=True)])

    assert (row["purchase_monetary_value"], row["purchase_frequency"]) == (10.0, 1)


def test_who_only_returned_has_no_purchase_features_net_either():
    given = inputs([bought(5, returned=True)], as_of=AS_OF, net_returns=True)

    assert built(Purchases(), given).is_empty()
    assert built(Windows(), given).is_empty()


def test_days_are_counted_over_a_leap_day():
    given = inputs(
        [bought(1, local_at=datetime.fromisoformat("2024-02-28T12:00"))],
        as_of=datetime.fromisoformat("2024-03-01T11:59"),
    )

    # The 28th and the 29th at noon, and not quite a second day more.
    assert built(Purchases(), given)["recency_days"].to_list() == [1]


def test_two_spellings_of_a_channel_are_one_column():
    shop = Channels.for_shop(("In store", "in-store", "web"))
    lines = [bought(1, channel="In store"), bought(2, channel="in-store"), bought(3, channel="web")]

    row = only_row(shop, [*lines, bought(4)])

    assert row == {
        "customer_pk": 1,
        "channel_share_in_store": 0.5,
        "channel_share_web": 0.25,
    }


def test_a_channel_in_another_script_or_of_signs_has_a_column():
    shop = Channels.for_shop(("店", "!!!"))

    assert [f.name for f in shop.features] == ["channel_share_店", "channel_share_other"]


def test_a_shop_without_channels_has_no_channel_features():
    assert Channels.for_shop(()).features == ()


def test_without_products_named_there_is_no_variety():
    assert built(Variety(), inputs([bought(1)], as_of=AS_OF)).is_empty()


def test_a_line_of_quantity_0_makes_no_customer():
    assert built(Purchases(), inputs([bought(1, quantity=0.0)], as_of=AS_OF)).is_empty()


def test_a_line_without_a_quantity_counts():
    assert only_row(Purchases(), [bought(1, quantity=None)])["line_count"] == 1


def test_a_returned_line_counts_only_in_the_return_rate():
    lines = [bought(1), bought(2), bought(3, returned=True, quantity=-1.0)]

    assert only_row(Purchases(), lines)["purchase_frequency"] == 2
    assert only_row(Habits(), lines)["return_rate"] == pytest.approx(1 / 3)
