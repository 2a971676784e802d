"""The homes of the admin and the analyst, by hand-checkable shops."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import SignIn
from accounts.services import create_api_key, set_role
from core.health import Part, part
from core.models import AuditEntry
from core.services import record_audit
from personas.health import parts, parts_words
from personas.homes import admin
from personas.homes.analyst_models import models_against_baselines
from personas.homes.pulse import Source, pulse_row, usual, verdict
from runs.models import ModelVersion, Run
from runs.selectors import failed_for_good
from runs.tasks import reap
from runs.worker import SEEN, worker_part
from tests.conftest import PASSWORD
from tests.shops.coming_in import bring_in
from tests.shops.opened_once import open_nine_in_groups

pytestmark = pytest.mark.django_db(transaction=True)


def home_of(user):
    client = Client()
    assert client.login(email=user.email, password=PASSWORD)
    return client.get("/").context["home"]


def ended(name: str, state: str, **fields) -> Run:
    now = timezone.now()
    return Run.objects.create(
        name=name, task="t", state=state, finished_at=now, followed_up_at=now, **fields
    )


@pytest.fixture
def nine(tmp_path):
    open_nine_in_groups(tmp_path)


def test_the_admin_reads_who_may_come_in_and_what_was_done(nine, ada, sam):
    set_role(user=sam, role="support", actor=ada)
    record_audit(actor=sam, verb="view_customer", subject="A")
    old = record_audit(actor=sam, verb="view_customer", subject="B")
    AuditEntry.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=9))
    home = home_of(ada)
    assert home.finding == "2 people may come in; nothing failed in the last seven days."
    assert home.lede == "In seven days: 1 look at personal data (1 the week before)."
    assert home.audit["finding"] == "1 look at personal data and no export in the last day"
    assert [entry["what"] for entry in home.audit["entries"]][:2] == [
        "was shown personal data of customer A",
        "changed the role of sam@shop.example",
    ]
    assert home.factors == "Nobody has a second factor yet"


def test_a_sign_in_from_a_new_place_comes_before_all_else(nine, ada, sam):
    at = timezone.now()
    SignIn.objects.create(
        user=sam, session_key="k", address="198.51.100.9", browser="Chrome on a Mac",
        new_place=True, started_at=at, last_seen_at=at,
    )  # fmt: skip
    home = home_of(ada)
    assert home.finding.endswith("; 1 sign-in from a new place.")
    assert home.next["title"] == "was this sam?"
    assert home.next["post"] == {"verb": "end_all"}
    assert home.next["url"] == f"/people/{sam.pk}/"


def test_a_run_that_failed_waits_until_a_later_one_made_it_good(db):
    since = timezone.now() - timedelta(days=7)
    first = ended("refresh", "failed", error="The disk was full.")
    assert failed_for_good(since=since) == [first]
    ended("refresh", "succeeded")
    assert failed_for_good(since=since) == []
    load = ended("import", "failed", error="No such column.")
    ended("import", "succeeded")
    assert failed_for_good(since=since) == [load]


def test_an_unused_key_is_asked_about(nine, ada, ann):
    key, _ = create_api_key(email=ann.email, name="till", scopes=["VIEW_RESULTS"])
    type(key).objects.filter(pk=key.pk).update(created_at=timezone.now() - timedelta(days=101))
    cache.set(SEEN, timezone.now().isoformat())
    home = home_of(ada)
    assert home.next["title"] == "is the key till still needed?"
    assert home.next["text"] == "Nobody has used it for 101 days."
    assert home.keys["finding"] == "1 of 1 key lies unused; till for 101 days"


def test_every_part_is_asked_and_a_worker_that_is_silent_is_told(db):
    cache.delete(SEEN)
    known = parts()
    assert [one.name for one in known] == [
        "Database", "Broker", "Worker", "Mirror", "Snapshot", "Disk",
    ]  # fmt: skip
    assert parts_words(known) == "Worker needs a look"
    reap()
    assert worker_part().ok
    assert parts_words(parts()) == "All 6 parts answer"
    cache.set(SEEN, (timezone.now() - timedelta(minutes=10)).isoformat())
    assert (worker_part().ok, worker_part().detail) == (False, "seen 10 min ago")


def test_a_part_that_does_not_answer_says_why():
    def broken() -> Part:
        raise OSError("no route to host")

    assert part("Broker", broken) == Part(
        "Broker", False, "does not answer", "OSError: no route to host"
    )


def test_the_analyst_reads_whether_the_data_are_whole(nine, ann):
    home = home_of(ann)
    # The last week holds o1, o4 and J's line of nothing on 28, o5 and o6 on 24, o7 on 23 February.
    orders = {"label": "Orders, 7 days", "value": "5", "note": "2 the week before"}
    assert home.figures[1] == {**orders, "of": "orders"}
    assert home.figures[2]["value"] == "0 rows"
    assert home.lede.endswith("1 load brought 18 rows in seven days, 0 rejected.")
    assert home.lede.startswith("Orders are up 150 % on the week before.")
    assert home.refresh["steps"] != []
    assert home.models["score"] == "–"


def test_a_rejected_row_is_what_the_analyst_looks_at_next(nine, ann, tmp_path):
    load = bring_in(
        tmp_path,
        "customer_id,order_id,occurred_at,sku,quantity,amount\nA,o99,yesterday,p1,1,10.00\n",
    )
    home = home_of(ann)
    titles = [home.next["title"], *(one["title"] for one in home.waiting)]
    assert "1 row of order_lines.csv rejected" in titles
    assert f"/imports/{load.pk}/" in [home.next["url"], *(one["url"] for one in home.waiting)]
    assert home.loads["rows"][0]["bad"] is True


def weeks(*last: int) -> list[int]:
    """Ten weeks of ten a day, the last days as given."""
    counts = [10] * 70
    counts[len(counts) - len(last) :] = last
    return counts


def test_usual_is_the_least_and_the_most_of_the_same_weekday_in_eight_weeks():
    counts = list(range(70))
    assert usual(counts, 69) == (13, 62)
    assert usual(counts, 13) is None


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (weeks(10), "In range"),
        (weeks(0, 10), "21 Nov is empty"),
        (weeks(4), "22 Nov is below usual"),
        (weeks(5), "In range"),
        (weeks(0, 0, 4), "2 of 7 days are empty"),
        (weeks(4, 4, 4), "3 of 7 days below usual"),
        ([2] * 69 + [0], "In range"),
        ([10] * 20 + [0], "In range"),
    ],
)
def test_a_day_is_told_when_it_brings_less_than_half_of_the_least(counts, words):
    assert verdict(Source("Orders", counts, date(2026, 11, 22))).words == words


def test_five_weeks_are_drawn_and_the_empty_day_is_seen():
    row = pulse_row(Source("Orders", weeks(0), date(2026, 11, 22)), synthetic=False)
    assert len(row["bars"]) == 35
    assert row["bars"][-1] == {
        "x": "274.0", "y": "30.5", "width": "4.0", "height": "1.5", "css": "off",
    }  # fmt: skip
    assert (row["newest"], row["usual"], row["bad"]) == ("0", "10–10", True)


def version(name: str, rows: list[dict], run: Run) -> None:
    ModelVersion.objects.create(
        name=name, run=run, path="p", sha256="s", as_of=datetime(2026, 3, 1, tzinfo=UTC),
        promoted=True, promoted_at=datetime(2026, 3, 1, tzinfo=UTC),
        evaluation={"rows": rows, "horizon_days": 28},
    )  # fmt: skip


def test_models_stand_beside_their_baselines_with_their_doubt(db):
    run = ended("train", "succeeded")
    version("churn", [
        {"method": "promoted", "auc": 0.88},
        {"method": "recency_rule", "auc": 0.80, "standard_error": 0.01},
    ], run)  # fmt: skip
    version("orders", [
        {"method": "promoted", "rmse": 1.98},
        {"method": "last_period", "rmse": 2.0, "standard_error": 0.05},
    ], run)  # fmt: skip
    told = models_against_baselines()
    assert told["finding"] == "1 of 2 models beat their baseline beyond doubt"
    assert told["score"] == "2 of 2 models"
    churn, orders = told["rows"]
    assert (churn["better"], round(churn["low"], 2), round(churn["high"], 2), churn["sure"]) == (
        "+10.0", 7.55, 12.45, True,
    )  # fmt: skip
    assert (orders["better"], orders["sure"]) == ("+1.0", False)


def test_an_admin_with_a_factor_of_their_own_is_sent_to_those_without(ada, sam):
    (lacking,) = admin._without_factor([ada, sam], set(), ada)
    assert (lacking["verb"], lacking["url"]) == ("Set up yours", "/accounts/2fa/")
    (lacking,) = admin._without_factor([ada, sam], {ada.pk}, ada)
    assert (lacking["verb"], lacking["url"]) == ("See people", "/people/")
