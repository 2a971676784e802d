"""A launch over half a million simulated customers, from the decision to the receipt."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from django.core.management import call_command

from accounts.capabilities import Role
from accounts.services import create_user
from benchmarks.measuring import CUSTOMERS, Result, measured, seconds
from campaigns.models import Assignment, Campaign, Message
from campaigns.services.approval import approve_campaign
from campaigns.services.launch import launch_campaign
from campaigns.services.planning import create_campaign
from core.services import configure_organisation
from ingestion.services import load_file, receive_file
from pipelines.services import refresh, request_refresh
from runs.services import perform
from transactions.selectors import last_order_at

LINES = 2_000_000
KINDS = ("customers", "products", "consents", "order_lines")
EVERYBODY = {"feature": "reachable_email", "op": "in", "value": [True, False]}


def launch_for_everybody(home: Path) -> Result:
    """Everybody is in the audience, and nobody is left out before the record has been asked."""
    campaign = _approved(home)
    ours = seconds(lambda: launch_campaign(campaign=campaign, actor=None, wait=True))
    campaign.refresh_from_db()
    rows = Assignment.objects.filter(campaign=campaign).count()
    messages = Message.objects.filter(campaign=campaign).count()
    assert campaign.state == "running"
    assert rows == CUSTOMERS
    assert messages == campaign.counts["treated"]
    note = f"{rows:,} decided and on the receipt, {messages:,} messages queued"
    return measured("launch", ours, None, "s", note)


def _approved(home: Path) -> Campaign:
    folder = home / "shop"
    call_command(
        "simulate_shop", customers=CUSTOMERS, lines=LINES, seed=1, out=str(folder),
        format="parquet",
    )  # fmt: skip
    for kind in KINDS:
        load = receive_file(path=folder / f"{kind}.parquet", kind=kind, send=False)
        perform(run=load.run, job=load_file)
    newest = last_order_at()
    assert newest is not None
    as_of = datetime.combine(newest.date() + timedelta(days=1), time(), tzinfo=UTC)
    ended = perform(run=request_refresh(as_of=as_of, only=["features"], send=False), job=refresh)
    assert ended.error == ""
    configure_organisation(holdout_share=0.05)
    maker, approver = (
        create_user(email=f"{role.value}@shop.example", role=role, name=role.value, password=None)
        for role in (Role.MARKETING, Role.SALES)
    )
    now = datetime.now(UTC)
    campaign = create_campaign(
        name="Everybody", definition=EVERYBODY, channel="email", actor=maker, at=now,
        variants=[{"name": "A"}, {"name": "B"}],
    )  # fmt: skip
    return approve_campaign(campaign=campaign, actor=approver, at=now)
