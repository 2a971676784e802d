"""A server that fails at random and workers that are killed: nobody gets two, none is forgotten."""

from collections import Counter

import pytest
from django.utils import timezone

from campaigns.models import Campaign, Message, MessageState
from campaigns.services.delivery import request_delivery, sweep
from core.services import configure_organisation
from customers.models import Channel, ContactLedger, Suppression
from runs.models import Run
from runs.services import reap
from tests.campaigns.mail_server import mail_server
from tests.campaigns.outgoing import said, states, wait_until, waiting_campaign, willing, worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

STEPS = ("taken", "handing", "in data", "answered", "settled")


def excluded_since_the_freeze(customers) -> set[str]:
    """Ten of them withdraw, ten are suppressed, ten have had enough, ten have no address."""
    now = timezone.now()
    withdrawn, suppressed, capped, nowhere = (customers[at::25][:10] for at in (1, 7, 13, 19))
    for one in withdrawn:
        said(one, granted=False)
    Suppression.objects.bulk_create(
        Suppression(customer=one, channel=Channel.EMAIL, reason="bounced", at=now)
        for one in suppressed
    )
    ContactLedger.objects.bulk_create(
        ContactLedger(customer=one, channel=Channel.EMAIL, campaign="other", at=now)
        for one in capped
        for _ in range(4)
    )
    for one in nowhere:
        one.email = None
        one.save()
    return {one.customer_id for one in (*withdrawn, *suppressed, *capped, *nowhere)}


def looked_after() -> None:
    """What beat does."""
    reap()
    sweep()


def is_settled(campaign: Campaign) -> bool:
    moving = [MessageState.QUEUED, MessageState.HANDING]
    return not Message.objects.filter(campaign=campaign, state__in=moving).exists()


def killed_at(step: str, rows: int, server, folder) -> None:
    """Start a worker, wait until it stands at the step, and kill it there."""
    if step == "in data":
        with worker(server.port, folder, timeout=5) as held:
            before = len(server.taken)
            wait_until(lambda: len(server.taken) >= before + rows, tick=looked_after)
            server.in_data.clear()
            server.hold_in_data.set()
            wait_until(server.in_data.is_set, tick=looked_after)
            held.kill()
        return
    with worker(server.port, folder, hold_at=f"{step}:{rows}") as held:
        wait_until(held.is_held, tick=looked_after)
        held.kill()


def delivered_in_spite_of(kills: list[tuple[str, int]], *, customers: int, seed: int, folder):
    configure_organisation(cap_messages=4, cap_days=30)
    people = willing(customers)
    campaign = waiting_campaign(people)
    excluded = excluded_since_the_freeze(people)
    with mail_server(seed=seed, share=0.02) as server:
        request_delivery(campaign=campaign)
        for step, rows in kills:
            killed_at(step, rows, server, folder)
        with worker(server.port, folder):
            wait_until(lambda: is_settled(campaign), patience=600, tick=looked_after)
        return campaign, excluded, server


def check_everybody(campaign: Campaign, excluded: set[str], server, kills: int) -> None:
    got = Counter(address.partition("@")[0] for address in server.addresses().elements())
    found = states(campaign)
    assert [one for one, times in got.items() if times > 1] == []
    assert excluded & set(got) == set()
    assert {one for one, state in found.items() if state == "skipped"} == excluded
    sent = {one for one, state in found.items() if state == "sent"}
    unknown = {one for one, state in found.items() if state == "unknown"}
    assert sent <= set(got)
    assert sent | unknown | excluded == set(found)
    # Only what could have been taken is unknown: deaths in between, and servers that fell silent.
    silent = ("break_before_taking", "silent_before_taking", "take_and_break", "take_and_be_silent")
    assert len(unknown) <= kills + sum(server.done[kind] for kind in silent)
    assert len(server.done) == 9
    # The ledger holds one row for each that was or may have been written to.
    written = ContactLedger.objects.filter(campaign=campaign.slug)
    assert Counter(written.values_list("customer__customer_id", flat=True)) == Counter(
        sent | unknown
    )


def test_1000_get_one_each_though_workers_die_and_the_server_fails(tmp_path):
    kills = [(step, 20 + 15 * at) for at, step in enumerate(STEPS)]
    found = delivered_in_spite_of(kills, customers=1000, seed=5, folder=tmp_path)
    check_everybody(*found, kills=3)


def test_two_workers_with_two_campaigns_never_pass_the_cap(tmp_path):
    configure_organisation(cap_messages=1, cap_days=30)
    people = willing(150)
    both = [waiting_campaign(people, slug=name) for name in ("one", "two")]
    with mail_server() as server, worker(server.port, tmp_path), worker(server.port, tmp_path):
        for campaign in both:
            request_delivery(campaign=campaign)
        wait_until(lambda: all(is_settled(campaign) for campaign in both), tick=looked_after)
    assert server.addresses() == Counter({one.email: 1 for one in people})
    assert len(set(Run.objects.values_list("worker", flat=True))) == 2
    found = Message.objects.order_by().values_list("state", flat=True)
    assert Counter(found) == {"sent": 150, "skipped": 150}


@pytest.mark.slow
def test_10000_get_one_each_through_twenty_kills(tmp_path):
    kills = [(STEPS[at % 5], 10 + 7 * at) for at in range(20)]
    found = delivered_in_spite_of(kills, customers=10_000, seed=6, folder=tmp_path)
    check_everybody(*found, kills=12)
