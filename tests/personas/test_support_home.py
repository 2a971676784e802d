"""Where support begins its day: who waits, who was unhappy, whom one looked at."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.models import AuditEntry
from customers.models import Customer, Feedback, Interaction
from personas.homes.support import home
from tests.shops.opened_once import open_nine_and_one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ten(tmp_path):
    open_nine_and_one(tmp_path)


def asked(customer_id: str, *, days: float, closed: float | None = None, subject="Lost") -> None:
    now = timezone.now()
    Interaction.objects.create(
        customer=Customer.objects.get(customer_id=customer_id), channel="phone", subject=subject,
        opened_at=now - timedelta(days=days),
        closed_at=None if closed is None else now - timedelta(days=closed),
    )  # fmt: skip


def said(customer_id: str, *, score: int, days: float, kind: str = "nps") -> None:
    Feedback.objects.create(
        customer=Customer.objects.get(customer_id=customer_id), kind=kind, score=score,
        at=timezone.now() - timedelta(days=days), load_id=1,
    )  # fmt: skip


def ids(rows) -> list[str]:
    return [row["person"].customer_id for row in rows]


def test_whoever_has_waited_longest_stands_first_and_is_the_next_thing_to_do(ten, sue):
    asked("A", days=2)
    asked("B", days=5.5)
    asked("C", days=9, closed=1)
    page = home(sue, timezone.now())
    assert page.finding == "2 requests are open, the oldest for 5 days."
    assert [(r["person"].customer_id, r["waits"]) for r in page.waiting["rows"]] == [
        ("B", "5"), ("A", "2"),
    ]  # fmt: skip
    assert page.next["url"] == "/customers/B/#contacts"
    assert page.lede == (
        "In the last seven days 2 requests came in and 1 was settled; 0 answers to surveys."
    )


def test_a_quiet_day_says_so(ten, sue):
    page = home(sue, timezone.now())
    assert page.finding == "Nobody waits for an answer."
    assert page.lede == "In the last seven days nothing came in and nothing was settled."
    assert page.next["url"] == "/customers/"


def test_the_unhappy_who_spent_most_and_were_not_called_stand_first(ten, sue):
    # A 7 of NPS and a 3 of CSAT are no unhappy answers.
    said("A", score=6, days=3)
    said("D", score=2, days=3)
    said("B", score=7, days=3)
    said("C", score=3, days=3, kind="csat")
    said("E", score=2, days=3, kind="csat")
    said("F", score=0, days=31)
    asked("E", days=1, closed=1)
    page = home(sue, timezone.now())
    assert ids(page.unhappy["rows"]) == ["D", "A", "E"]
    assert [row["followed"] for row in page.unhappy["rows"]] == [False, False, True]
    assert page.unhappy["finding"] == (
        "3 valuable customers were unhappy lately: nobody has been in touch with 2 of them since"
    )
    assert page.lede.endswith("5 answers to surveys, 3 of them unhappy.")
    assert page.next["title"].endswith("what went wrong")


def test_whom_one_looked_at_is_found_again_and_only_ones_own(ten, client, sue, sam):
    client.force_login(sam)
    client.get("/customers/C/")
    client.force_login(sue)
    for one in ("A", "B", "A"):
        client.get(f"/customers/{one}/")
    page = client.get("/")
    assert ids(page.context["home"].looked_at["rows"]) == ["A", "B"]
    assert AuditEntry.objects.filter(verb="view_home_list", actor_label="sue").count() == 1


def test_a_hundred_open_requests_take_no_more_questions_than_two(ten, client, sue, request):
    client.force_login(sue)
    counts = []
    for upto in (2, 100):
        have = Interaction.objects.count()
        for number in range(have, upto):
            asked("ABCDEFGHI"[number % 9], days=1 + number)
        client.get("/")
        with request.getfixturevalue("django_assert_max_num_queries")(60) as asked_of:
            page = client.get("/")
        counts.append(len(asked_of))
        assert len(page.context["home"].waiting["rows"]) == min(upto, 8)
    assert counts[0] == counts[1]
