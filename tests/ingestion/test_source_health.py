"""A source that fails, falls silent, or is odd is told once, and not any more when it is over."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.models import Alert
from core.services import configure_organisation
from ingestion.health import ODD, QUIET, REJECTS, all_health
from ingestion.models import Load, Source
from ingestion.sources import create_source
from ingestion.watching import watch_sources
from runs.models import Run, RunState
from tests.conftest import PASSWORD, person
from tests.shops.opened_once import open_nine_in_groups

pytestmark = pytest.mark.django_db(transaction=True)

BERLIN = ZoneInfo("Europe/Berlin")
# A Wednesday; by the shop's clock it is 01:30 on Thursday, 26 November.
NOW = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
TODAY = datetime(2026, 11, 26, tzinfo=BERLIN)


@pytest.fixture(autouse=True)
def in_berlin(transactional_db):
    configure_organisation(time_zone="Europe/Berlin")


def came(source: str, days_ago: int, read: int, rejected: int = 0, **fields) -> Load:
    at = TODAY - timedelta(days=days_ago) + timedelta(hours=9)
    run = Run.objects.create(
        name="import", task="t", state=RunState.SUCCEEDED, finished_at=at, followed_up_at=at
    )
    load = Load.objects.create(
        run=run, kind="order_lines", source=source, file_name="f", file_path="", file_sha256="",
        read=read, loaded=read - rejected, rejected=rejected, **fields,
    )  # fmt: skip
    Load.objects.filter(pk=load.pk).update(created_at=at)
    return load


def health(name: str):
    (found,) = (one for one in all_health(NOW, BERLIN) if one.name == name)
    return found


def told() -> list[tuple[str, str]]:
    watch_sources(NOW)
    found = Alert.objects.filter(resolved_at=None).order_by("topic", "subject")
    return [(alert.topic, alert.says) for alert in found]


def test_a_source_that_comes_as_it_does_is_told_of_nothing():
    for day in range(1, 70):
        came("till", day, 100 + day % 3)
    found = health("till")
    assert (found.problems, found.read, found.counts[-1]) == ({}, 606, 101)
    assert len(found.counts) == 91
    assert told() == []


def test_days_are_the_shops_and_today_is_not_over():
    came("till", 0, 7)
    came("till", 1, 5)
    Load.objects.filter(read=5).update(created_at=datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert health("till").counts[-2:] == [0, 5]
    assert health("till").read == 12


def test_dry_runs_and_failed_loads_bring_nothing():
    came("till", 1, 5, dry_run=True)
    failed = came("till", 1, 6)
    Run.objects.filter(pk=failed.run_id).update(state=RunState.FAILED)
    assert all_health(NOW, BERLIN) == []


def test_a_daily_source_without_a_load_yesterday_is_odd_and_then_quiet():
    for day in range(2, 50):
        came("till", day, 100)
    assert told() == [
        (ODD, "till brought 0 rows on Wednesday, 25 Nov; 50 to 150 are usual."),
        (QUIET, "till has brought nothing for 2 days; it was never silent for more than 1 day."),
    ]


def test_a_source_that_comes_each_monday_is_not_missed_on_other_days():
    monday = 3
    for week in range(8):
        came("weekly", monday + 7 * week, 500)
    assert health("weekly").problems == {}
    Load.objects.filter(created_at__gte=TODAY - timedelta(days=4)).delete()
    assert list(health("weekly").problems) == [QUIET]


def test_far_more_than_usual_is_odd_too():
    for day in range(1, 50):
        came("till", day, 9_000 if day == 1 else 100)
    assert told() == [(ODD, "till brought 9,000 rows on Wednesday, 25 Nov; 50 to 150 are usual.")]


def test_few_rows_a_day_and_few_days_say_nothing():
    for day in range(2, 50):
        came("notes", day, 2)
    came("once", 40, 10_000)
    assert [list(one.problems) for one in all_health(NOW, BERLIN)] == [[QUIET], []]


def test_more_rejects_than_before_are_told():
    for day in range(1, 50):
        came("till", day, 100, rejected=30 if day < 3 else 2)
    assert told() == [
        (REJECTS, "Of 600 rows of till in seven days 68 were rejected; before it was 2.0 of 100.")
    ]


def test_an_alert_is_raised_once_and_resolved_when_it_is_over():
    for day in range(2, 50):
        came("till", day, 100)
    told()
    told()
    assert Alert.objects.count() == 2
    came("till", 1, 100)
    came("till", 0, 100)
    assert told() == []
    assert Alert.objects.exclude(resolved_at=None).count() == 2
    Load.objects.filter(created_at__gte=TODAY - timedelta(days=1)).delete()
    assert len(told()) == 2
    assert Alert.objects.count() == 4


def away(**fields) -> Source:
    source = create_source(
        name="exports", connector="folder", kind="order_lines", options={"folder": "/x"}, actor=None
    )
    Source.objects.filter(pk=source.pk).update(**fields)
    return source


def test_a_source_that_cannot_be_read_is_told_until_it_is_paused_or_read():
    away(problem="There is no folder /x.", failures=1)
    words = "exports cannot be read: There is no folder /x."
    assert told() == [("source_failing", words)]
    Source.objects.update(enabled=False)
    assert told() == []


def test_a_stream_that_nobody_follows_is_told():
    create_source(
        name="clicks", connector="redis_stream", kind="events",
        options={"url": "redis://a", "stream": "s"}, actor=None,
    )  # fmt: skip
    Source.objects.update(created_at=NOW - timedelta(minutes=9))
    assert told() == []
    Source.objects.update(created_at=NOW - timedelta(minutes=11))
    assert told() == [
        ("source_failing", "Nobody follows clicks. Start it: manage.py consume clicks")
    ]
    Source.objects.update(read_at=NOW - timedelta(minutes=1))
    assert told() == []


@pytest.mark.parametrize("name", ["ann", "ada"])
def test_the_homes_of_analyst_and_admin_and_the_page_of_sources_say_it(name, tmp_path):
    open_nine_in_groups(tmp_path)
    for day in range(4, 50):
        came("till", day, 100)
    away(problem="There is no folder /x.", failures=1)
    told()
    client = Client()
    with time_machine.travel(NOW, tick=False):
        assert client.login(email=person(name).email, password=PASSWORD)
        home = client.get("/").context["home"]
        page = client.get("/sources/").content.decode()
    titles = [home.next["title"], *(one["title"] for one in home.waiting)]
    assert [title for title in titles if "exports" in title or "till" in title] == [
        "exports cannot be read",
        "till has gone quiet",
    ]
    assert "2 of 3 sources need a look." in page
    assert "Cannot be read: There is no folder /x." in page


def test_the_api_tells_how_each_source_fares(api_of):
    for day in range(1, 50):
        came("till", day, 100)
    away(problem="There is no folder /x.", failures=1)
    with time_machine.travel(NOW, tick=False):
        answer = api_of(person("ann")).get("/api/v1/sources/").json()
    one, two = answer["results"]
    assert (one["name"], one["connector"], one["state"]) == ("exports", "folder", "failed")
    assert one["problems"] == ["exports cannot be read: There is no folder /x."]
    assert (two["name"], two["connector"], two["problems"]) == ("till", None, [])
    assert (two["rows_7d"], two["rejected_7d"], two["rows_yesterday"]) == (600, 0, 100)
    assert (two["usual_low"], two["usual_high"]) == (50.0, 150.0)


def test_the_page_of_sources_asks_as_often_for_twelve_as_for_two():
    client = Client()
    assert client.login(email=person("ann").email, password=PASSWORD)

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert client.get("/sources/").status_code == 200
        return len(found)

    for name in ("till", "clicks"):
        came(name, 1, 5)
    away()
    # The first look of a session notes where it comes from.
    asked()
    few = asked()
    for number in range(10):
        came(f"other {number}", 1, 5)
        create_source(
            name=f"folder {number}", connector="folder", kind="order_lines",
            options={"folder": "/x"}, actor=None,
        )  # fmt: skip
    assert asked() == few
