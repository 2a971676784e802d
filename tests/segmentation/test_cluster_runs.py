"""Clusters of chosen features, kept beside the standard ones."""

from datetime import UTC, datetime

import pytest

from core.errors import Refused
from features.frames import customer_features
from runs.services import perform
from segmentation.models import Grouping
from segmentation.services import cluster, request_clusters
from segmentation.services.clusters import BadClusterOptions, ClusterOptions
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)

FIVE = "customer_id,age,purchase_amount\n1,25,200\n2,34,150\n3,45,300\n4,23,100\n5,36,250\n"
AS_OF = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def five(tmp_path):
    load = bring_in(tmp_path, FIVE, "customer_features")
    assert load.loaded == 5
    refreshed(datetime.now(UTC), only=["features"])


def clustered(**options) -> Grouping:
    chosen = ClusterOptions(features=("age", "purchase_amount"), scaling="minmax", **options)
    run = perform(run=request_clusters(options=chosen, as_of=AS_OF, send=False), job=cluster)
    assert run.error == ""
    return Grouping.objects.get(run=run)


def test_five_shoppers_fall_into_the_known_two(five):
    grouping = clustered(k=2)
    evidence = grouping.metrics["chosen"]
    assert evidence["wcss"] == pytest.approx(0.3818, abs=5e-5)
    assert evidence["silhouette"] == pytest.approx(0.411, abs=5e-4)
    sizes = [(group["label"], group["size"]) for group in grouping.groups]
    assert sizes == [(0, 2), (1, 3)]
    column = f"cluster__{grouping.run_id}"
    from customers.models import Customer

    named = {c: customer_features(Customer.objects.get(customer_id=c).pk)[column] for c in "12345"}
    assert named["1"] == named["2"] == named["4"] != named["3"] == named["5"]
    assert not grouping.promoted


def test_a_kept_run_answers_assign_by_its_number(five, api_of, vic):
    grouping = clustered(k=2)
    body = {"age": 44, "purchase_amount": 290}
    answer = (
        api_of(vic)
        .post(f"/api/v1/segmentation/assign/?run={grouping.run_id}", body, format="json")
        .json()
    )
    assert (answer["cluster"], answer["weak"]) == (0, False)
    missing = api_of(vic).post(
        f"/api/v1/segmentation/assign/?run={grouping.run_id}", {"age": 44}, format="json"
    )
    assert missing.json()["error"]["message"] == "Item 0 lacks purchase_amount."


def test_unstable_clusters_are_refused_unless_forced(five):
    chosen = ClusterOptions(features=("age",), scaling="standard", k=4)
    run = perform(run=request_clusters(options=chosen, as_of=AS_OF, send=False), job=cluster)
    assert (run.state, "stability" in run.error) == ("failed", True)
    assert Grouping.objects.count() == 0
    forced = ClusterOptions(features=("age",), scaling="standard", k=4, force=True)
    run = perform(run=request_clusters(options=forced, as_of=AS_OF, send=False), job=cluster)
    assert Grouping.objects.get(run=run).is_weak


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"features": ("height",)}, "height is not a feature that holds numbers"),
        ({"features": ("age",), "scaling": "cubic"}, "is no scaling"),
        ({"features": ("age",), "k": 0}, "between 1 and 50"),
    ],
)
def test_what_cannot_be_clustered_is_refused_at_once(five, options, words):
    with pytest.raises(BadClusterOptions, match=words):
        request_clusters(options=ClusterOptions(**options), as_of=AS_OF, send=False)


def test_a_refresh_without_data_says_so():
    with pytest.raises(Refused, match="There are no orders yet"):
        refreshed(AS_OF)
