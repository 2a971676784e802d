"""Campaigns whose messages wait, customers who may get them, and real workers that send them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.utils import timezone

from campaigns.models import Assignment, Campaign, CampaignState, Decision, Message, Variant
from customers.models import Channel, Consent, Customer
from runs.models import Run
from runs.services import perform

SUBJECT = "Hello {{ first_name|there }}"
BODY = "Dear {{ name|customer }},\n\nsee [our offers](https://shop.example/offers?a=1&b=2)."


def waiting_campaign(
    customers: Sequence[Customer], *, slug: str = "spring", subject: str = SUBJECT, body: str = BODY
) -> Campaign:
    """A running e-mail campaign with one queued message for each of the customers."""
    now = timezone.now()
    campaign = Campaign.objects.create(
        slug=slug, name=slug.capitalize(), definition={"all": []}, channel=Channel.EMAIL,
        horizon_days=28, salt=slug, state=CampaignState.RUNNING, launched_at=now,
        ends_at=now + timedelta(days=28),
    )  # fmt: skip
    variant = Variant.objects.create(
        campaign=campaign, position=0, name="A", subject=subject, body=body
    )
    Assignment.objects.bulk_create(
        Assignment(campaign=campaign, customer=one, decision=Decision.TREATED, variant=variant)
        for one in customers
    )
    Message.objects.bulk_create(
        Message(campaign=campaign, customer=one, variant=variant) for one in customers
    )
    return campaign


def willing(number: int, *, first: int = 0) -> list[Customer]:
    """Customers who agreed to e-mail yesterday."""
    made = Customer.objects.bulk_create(
        Customer(
            customer_id=f"c{n}", name=f"Given{n} Family", email=f"c{n}@mail.example", load_id=1
        )
        for n in range(first, first + number)
    )
    agreed = timezone.now() - timedelta(days=1)
    Consent.objects.bulk_create(
        Consent(customer=one, channel=Channel.EMAIL, granted=True, at=agreed) for one in made
    )
    return made


def said(customer: Customer, granted: bool) -> None:
    Consent.objects.create(
        customer=customer, channel=Channel.EMAIL, granted=granted, at=timezone.now()
    )


def delivered(campaign: Campaign) -> Run:
    """One delivery, in this process."""
    from campaigns.services.delivery import deliver, request_delivery

    return perform(run=request_delivery(campaign=campaign, send=False), job=deliver)


def through(settings, server, **values) -> None:
    """Send by this server from now on."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = values.get("timeout", 5)
    settings.EMAIL_RETRY_SECONDS = values.get("retry", 0)


def states(campaign: Campaign) -> dict[str, str]:
    mine = Message.objects.filter(campaign=campaign).order_by("pk")
    return dict(mine.values_list("customer__customer_id", "state"))


def reasons(campaign: Campaign) -> dict[str, str]:
    mine = Message.objects.filter(campaign=campaign)
    return dict(mine.values_list("customer__customer_id", "reason"))


@contextmanager
def worker(port: int, folder: Path, hold_at: str = "", timeout: int = 1) -> Iterator["Worker"]:
    """A real Celery worker on the tests' database, which sends through the tests' server."""
    at = connection.settings_dict
    address = f"{at['HOST']}:{at['PORT']}/{at['NAME']}"
    env = {
        **os.environ,
        "DATABASE_URL": f"postgres://{at['USER']}:{at['PASSWORD']}@{address}",
        "CBA_HOLD_AT": hold_at,
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(port),
        "EMAIL_TIMEOUT": str(timeout),
        "EMAIL_RETRY_SECONDS": "0",
    }
    command = [sys.executable, "-m", "celery", "-A", "cba_site", "worker", "-c", "1", "-P", "solo"]
    log = folder / f"worker-{time.monotonic_ns()}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out)
    try:
        yield Worker(process, log)
    finally:
        process.kill()
        process.wait()


class Worker:
    def __init__(self, process: subprocess.Popen, log: Path) -> None:
        self.process = process
        self._log = log

    def is_held(self) -> bool:
        return "Held at" in self._log.read_text()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def wait_until(
    is_so: Callable[[], bool], patience: float = 120, tick: Callable = lambda: 0
) -> None:
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"
        tick()
        time.sleep(0.1)
