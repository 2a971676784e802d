"""What a request asks once, and asks again after it has changed it itself."""

import pytest
from django.test import Client

from core.once import ask_again, asked_once, one_moment
from features.frames import current
from features.models import FeatureSnapshot
from tests.conftest import PASSWORD
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db


def test_outside_of_a_request_nothing_is_kept():
    answers = iter([1, 2])
    question = asked_once(lambda: next(answers))
    assert [question(), question()] == [1, 2]


def test_within_a_request_an_answer_stands_until_it_is_asked_for_again():
    answers = iter([1, None, 3])
    question = asked_once(lambda: next(answers))
    with one_moment():
        assert [question(), question()] == [1, 1]
        ask_again(question)
        assert [question(), question()] == [None, None]
    with one_moment():
        assert question() == 3


def test_each_thing_is_asked_about_once_and_all_again_after_a_change():
    asked = []
    question = asked_once(lambda name: asked.append(name) or len(asked))
    with one_moment():
        assert [question("a"), question("b"), question("a")] == [1, 2, 1]
        ask_again(question)
        assert [question("b"), question("a"), question("b")] == [3, 4, 3]
    assert asked == ["a", "b", "b", "a"]


def test_a_page_reads_one_snapshot_and_a_publication_within_it_is_seen():
    first = FeatureSnapshot.objects.create(as_of="2026-01-01T00:00Z", path="a", rows=0)
    with one_moment():
        assert current() == first
        second = FeatureSnapshot.objects.create(as_of="2026-01-02T00:00Z", path="b", rows=0)
        assert current() == first
        ask_again(current)
        assert current() == second


def test_the_home_page_asks_for_the_snapshot_once(tmp_path, mara, django_assert_max_num_queries):
    bring_in(tmp_path, shop.ORDER_LINES)
    refreshed(shop.AS_OF, only=["features", "segments"])
    client = Client()
    client.login(email=mara.email, password=PASSWORD)
    with django_assert_max_num_queries(500) as asked:
        assert client.get("/").status_code == 200
    table = FeatureSnapshot._meta.db_table
    assert sum(f'FROM "{table}"' in query["sql"] for query in asked.captured_queries) == 1
