"""Was this page useful: one press, a word, undo; told to the analyst without a name."""

import pytest
from django.db import connection
from django.urls import reverse

from core.models import AuditEntry
from core.services import configure_organisation
from personas.models import PageFeedback, TourAnswered
from personas.tours import TOURS, step_url

pytestmark = pytest.mark.django_db


def said() -> list[tuple[str, bool, str, str]]:
    rows = PageFeedback.objects.order_by("pk")
    return [(one.route, one.useful, one.role, one.word) for one in rows]


def say(client, path, does, **more):
    return client.post(reverse("say_useful"), {"path": path, "do": does, **more})


def test_a_press_is_kept_with_the_role_and_without_the_person_or_the_customer(client, sue):
    client.force_login(sue)
    audited = AuditEntry.objects.count()
    answer = say(client, "/customers/00472/", "no")
    assert (answer.status_code, answer["Location"]) == (302, "/customers/00472/")
    assert said() == [("customers/<path:customer_id>/", False, "support", "")]
    assert AuditEntry.objects.count() == audited
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(f)::text FROM personas_pagefeedback f")
        row = cursor.fetchone()[0]
    assert "00472" not in row
    assert "sue" not in row


def test_the_foot_asks_then_thanks_and_undo_takes_it_back(client, mara):
    client.force_login(mara)
    assert "Was this useful?" in client.get("/campaigns/").content.decode()
    say(client, "/campaigns/", "no")
    page = client.get("/campaigns/").content.decode()
    assert "Was this useful?" not in page
    assert "What was missing?" in page
    assert "Was this useful?" in client.get("/help/").content.decode()
    say(client, "/campaigns/", "word", word="  The margin  ")
    assert said() == [("campaigns/", False, "marketing", "The margin")]
    say(client, "/campaigns/", "undo")
    assert said() == []
    assert "Was this useful?" in client.get("/campaigns/").content.decode()


def test_a_second_press_replaces_the_first(client, mara):
    client.force_login(mara)
    say(client, "/", "no")
    say(client, "/", "yes")
    assert said() == [("/", True, "marketing", "")]


def test_a_script_gets_the_foot_alone(client, mara):
    client.force_login(mara)
    headers = {"HX-Request": "true"}
    body = {"path": "/campaigns/", "do": "yes"}
    answer = client.post(reverse("say_useful"), body, headers=headers).content.decode()
    assert answer.startswith('<form class="useful"')
    assert "Good to know. Thank you." in answer


@pytest.mark.parametrize(
    ("path", "does", "status"),
    [
        ("/nowhere/", "yes", 404),
        ("//evil.example/", "yes", 404),
        ("https://evil.example/", "yes", 404),
        ("", "yes", 404),
        ("/campaigns/", "maybe", 404),
        ("/campaigns/", "undo", 404),
        ("/campaigns/", "word", 404),
    ],
)
def test_what_is_no_answer_to_a_page_is_refused(client, mara, path, does, status):
    client.force_login(mara)
    assert say(client, path, does).status_code == status
    assert said() == []


def test_a_word_is_cut_and_shown_as_text(client, vic, ann):
    client.force_login(vic)
    say(client, "/campaigns/", "no")
    say(client, "/campaigns/", "word", word="<script>" + "x" * 600)
    assert len(said()[0][3]) == 500
    client.force_login(ann)
    page = client.get(reverse("told_useful")).content.decode()
    assert "“&lt;script&gt;xxx" in page
    assert "<script>xxx" not in page


def test_the_analyst_reads_which_pages_fail_and_for_whom(client, ann):
    for route, useful, role in [
        ("campaigns/", False, "marketing"), ("campaigns/", False, "viewer"),
        ("campaigns/", True, "sales"), ("/", True, "sales"),
    ]:  # fmt: skip
        PageFeedback.objects.create(route=route, useful=useful, role=role)
    client.force_login(ann)
    page = client.get(reverse("told_useful"))
    told = page.context["page"]
    assert told["finding"] == "4 answers about 2 pages: 2 useful.\ncampaigns/ failed 2 times."
    assert [(row["route"], row["useful"], row["not_useful"]) for row in told["rows"]] == [
        ("campaigns/", 1, 2),
        ("/", 1, 0),
    ]
    assert told["rows"][0]["roles"] == "Marketing, Viewer"


@pytest.mark.parametrize("name", ["mara", "sam", "sue", "pete", "ann", "ada", "vic"])
def test_each_step_of_a_tour_points_at_a_part_of_a_page_of_the_role(client, request, name):
    user = request.getfixturevalue(name)
    client.force_login(user)
    steps = TOURS[user.role]
    assert 4 <= len(steps) <= 6
    for number, step in enumerate(steps, start=1):
        answer = client.get(step_url(steps, number))
        assert answer.status_code == 200
        page = answer.content.decode()
        assert f"Tour, {number} of {len(steps)}" in page
        assert f'data-tour="{step.part}"' in page
        assert (">Done<" in page) is (number == len(steps))
        assert step_url(steps, number + 1) in page


@pytest.mark.parametrize("asked", ["0", "99", "-1", "x", "²", "1" * 99])
def test_a_step_that_does_not_exist_is_no_step(client, mara, asked):
    client.force_login(mara)
    answer = client.get("/", {"tour": asked})
    assert answer.status_code == 200
    assert "Tour, " not in answer.content.decode()


def test_the_tour_is_offered_once_and_in_the_demo_only(client, mara, sam):
    client.force_login(mara)
    assert "New here?" not in client.get("/").content.decode()
    configure_organisation(is_demo=True)
    assert "New here?" in client.get("/").content.decode()
    assert "New here?" not in client.get("/campaigns/").content.decode()
    assert client.post(reverse("tour"), {"do": "take"})["Location"] == "/?tour=1"
    assert client.post(reverse("tour"), {"do": "no"})["Location"] == "/"
    assert TourAnswered.objects.count() == 1
    assert "New here?" not in client.get("/").content.decode()
    client.force_login(sam)
    assert "New here?" in client.get("/").content.decode()
