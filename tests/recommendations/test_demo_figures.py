"""The figures that the demo must reach, and that its test weeks choose nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest

from pipelines.shop_files import demo_shop
from recommendations.evaluation import evaluate
from recommendations.frames import purchases
from recommendations.tuning import choose

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]
CUT = datetime(2017, 12, 4)  # noqa: DTZ001  # wall clock of the shop


@pytest.fixture(scope="module")
def demo():
    return demo_shop(now=datetime(2026, 1, 1, tzinfo=UTC))


def test_the_last_four_weeks_of_the_demo(demo):
    rows = {(row["goal"], row["method"]): row for row in evaluate(demo)["rows"]}
    assert rows["repeat", "promoted"]["customers"] == 2_009
    assert rows["repeat", "promoted"]["ndcg@10"] >= 0.415
    assert rows["discover", "promoted"]["ndcg@10"] >= 0.048
    assert rows["repeat", "matrix_factorisation"]["ndcg@10"] >= 0.20
    assert rows["discover", "matrix_factorisation"]["ndcg@10"] >= 0.042
    for goal in ("repeat", "discover"):
        assert rows[goal, "promoted"]["difference"] > 0


def test_deleting_or_shuffling_the_last_weeks_changes_no_parameter(demo):
    lines, late = demo.lines.collect(), pl.col("local_at") >= CUT
    early, after = lines.filter(~late), lines.filter(late)
    shuffled = after.with_columns(after["customer_pk"].shuffle(seed=1))
    expected = choose(purchases(demo, CUT).interactions).parameters()
    for changed in (early, pl.concat([early, shuffled])):
        shop = replace(demo, lines=changed.lazy())
        assert choose(purchases(shop, CUT).interactions).parameters() == expected
