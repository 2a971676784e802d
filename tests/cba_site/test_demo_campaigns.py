"""The demo's campaigns: one with a verdict on made-up outcomes, one whose messages have left."""

from datetime import UTC, date, datetime

import pytest

from campaigns.frames import treated_frame
from campaigns.messages import message_counts
from campaigns.models import Assignment, Campaign, Message, Origin, Outcome, Result
from campaigns.slots import personalise, slot_with_slug
from cba_site.demo.campaigns import outcomes, run_campaigns
from cba_site.demo.logins import open_logins
from tests.pipelines.test_kills import worker
from tests.shops.coming_in import bring_in, refreshed
from tests.shops.simulated import order_lines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
# The last of the shop's days is the day before.
AS_OF = datetime(2026, 1, 1, tzinfo=UTC)


def silent(title: str, share: float) -> None:
    """Nobody looks at the bar here."""


def offered(customer_id: str) -> str | None:
    slot = slot_with_slug("home-page")
    answer = personalise(slot=slot, customer_id=customer_id, at=datetime.now(UTC))
    return answer.entry.name if answer.entry else None


@pytest.fixture
def shop(tmp_path):
    bring_in(tmp_path, order_lines(last_day=date(2025, 12, 31)))
    said = "".join(
        f"c{n},{channel},yes,2025-01-01\n" for n in range(1, 201) for channel in ("email", "post")
    )
    bring_in(tmp_path, f"customer_id,channel,granted,at\n{said}", "consents")
    people = "".join(f"c{n},Kim Lee,c{n}@mail.example\n" for n in range(1, 201))
    bring_in(tmp_path, f"customer_id,name,email\n{people}", "customers")
    refreshed(AS_OF, only=["features", "segments"])
    open_logins()


def test_one_is_measured_on_made_up_outcomes_and_one_has_left(shop):
    with worker():
        run_campaigns(as_of=AS_OF, progress=silent)
    finished, running = Campaign.objects.order_by("pk")
    assert (finished.origin, finished.state) == (Origin.SIMULATED, "finished")
    result = Result.objects.get(campaign=finished)
    assert (result.frozen, result.as_of) == (True, finished.ends_at)
    answered = len({one.customer_id for one in outcomes(finished)})
    assert result.figures["outcomes"] == [
        {"kind": kind, "treated": answered, "control": 0} for kind in ("purchase", "redeemed")
    ]
    assert (running.origin, running.state) == (Origin.OWN, "running")
    assert message_counts(running)["sent"] == running.counts["treated"] > 5
    assert {finished.approved_by.role, running.approved_by.role} == {"sales"}
    # A training that comes later hears of the real one alone.
    assert set(treated_frame(datetime(2020, 1, 1, tzinfo=UTC))["campaign"]) == {running.slug}

    treated = Assignment.objects.filter(campaign=running)
    answers = {
        decision: offered(treated.filter(decision=decision)[0].customer.customer_id)
        for decision in ("treated", "control")
    }
    assert answers["treated"] == "Five dollars"
    assert answers["control"] != "Five dollars"

    before = list(Message.objects.values_list("pk", "state")), Outcome.objects.count()
    run_campaigns(as_of=AS_OF, progress=silent)
    assert (list(Message.objects.values_list("pk", "state")), Outcome.objects.count()) == before
    assert Result.objects.count() == 1


def test_the_same_customers_answer_the_same_each_time(shop):
    with worker():
        run_campaigns(as_of=AS_OF, progress=silent)
    finished = Campaign.objects.get(origin=Origin.SIMULATED)
    kept = Outcome.objects.filter(campaign=finished).order_by("pk")
    told = [(one.customer_id, one.kind, one.at, one.value_minor) for one in outcomes(finished)]
    assert told == list(kept.values_list("customer_id", "kind", "at", "value_minor"))
