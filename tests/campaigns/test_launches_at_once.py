"""Two clicks, and two campaigns, in the same moment: real threads on real connections."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import polars as pl
import pytest
from django.db import OperationalError, connection, connections, transaction

from campaigns.models import Assignment, Campaign, Message
from campaigns.services.launch import launch_campaign
from campaigns.services.lifecycle import stop_campaign
from core.errors import Refused
from customers.frames import reach_frame
from customers.models import Customer
from runs.models import Run
from tests.campaigns.shop import approved, open_shop, receipt_of
from tests.shops.nine_and_one import AS_OF

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ten(tmp_path):
    open_shop(tmp_path)


def at_once(works: Sequence[Callable[[], object]]) -> list[object]:
    """What each returned, or the words in which it was refused."""
    ready = Barrier(len(works))

    def one(work: Callable[[], object]) -> object:
        ready.wait()
        try:
            return work()
        except Refused as refusal:
            return refusal.message
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(one, works))


def test_of_many_clicks_in_one_moment_one_launches(ten, mara, sam):
    campaign = approved(mara, sam)
    found = at_once([lambda: launch_campaign(campaign=campaign, actor=mara).state] * 6)
    assert found.count("running") == 1
    assert len([words for words in found if "Nobody is written to twice" in str(words)]) == 5
    assert Run.objects.filter(name="launch").count() == 1
    assert Assignment.objects.count() == 9
    assert Message.objects.count() == Campaign.objects.get().counts["treated"]


# By these salts both want some of the same customers, and each has others left, whoever is first.
@pytest.mark.parametrize("attempt", [5, 6, 8])
def test_two_campaigns_launched_in_one_moment_share_nobody(ten, mara, sam, attempt):
    first = approved(mara, sam, name="First", salt=f"a{attempt}", control_share=0.5)
    second = approved(mara, sam, name="Second", salt=f"b{attempt}", control_share=0.5)
    at_once(
        [
            lambda: launch_campaign(campaign=first, actor=mara),
            lambda: launch_campaign(campaign=second, actor=mara),
        ]
    )
    treated = [
        {name for name, row in receipt_of(one).items() if row[0] == "treated"}
        for one in Campaign.objects.filter(state="running")
    ]
    assert len(treated) == 2
    assert not treated[0] & treated[1]


def test_a_launch_waits_for_whoever_changes_the_campaign_and_sees_it(ten, mara, sam):
    """Stopped in the moment of the launch: either way nothing is half done."""
    campaign = approved(mara, sam)
    at_once(
        [
            lambda: launch_campaign(campaign=campaign, actor=mara),
            lambda: stop_campaign(campaign=campaign, actor=mara, at=AS_OF),
        ]
    )
    campaign.refresh_from_db()
    assert campaign.state in ("running", "stopped")
    assert Assignment.objects.count() == 9


def test_nobody_who_is_being_launched_can_be_deleted_before_the_end(ten, mara, sam):
    """So that no receipt names a customer who has gone, and the freeze never fails on one."""
    pk = Customer.objects.get(customer_id="A").pk
    with transaction.atomic():
        reach_frame(pl.Series([pk]), channel="email", at=AS_OF, lock=True)
        with ThreadPoolExecutor(1) as threads:
            refused = threads.submit(_deleted_without_waiting, pk).result()
    assert refused


def _deleted_without_waiting(pk: int) -> bool:
    """Whether Postgres refused to delete the customer at once."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
            cursor.execute("DELETE FROM customers_customer WHERE id = %s", [pk])
        return False
    except OperationalError:
        return True
    finally:
        connections.close_all()
