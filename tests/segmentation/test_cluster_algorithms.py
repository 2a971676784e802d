"""Cluster runs by another algorithm than K-Means."""

from datetime import UTC, datetime

import pytest

from customers.models import Customer
from features.frames import customer_features
from runs.services import perform
from segmentation.models import Grouping
from segmentation.services import cluster, request_clusters
from segmentation.services.cluster_options import algorithms
from segmentation.services.clusters import BadClusterOptions, ClusterOptions
from tests.shops.coming_in import bring_in, refreshed

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = datetime(2026, 12, 1, tzinfo=UTC)
# Two crowds of ten, and one customer far from both.
AGES = [*range(20, 30), *range(60, 70), 200]


@pytest.fixture(autouse=True)
def crowds(tmp_path):
    rows = "\n".join(f"{number},{age}" for number, age in enumerate(AGES, 1))
    bring_in(tmp_path, f"customer_id,age\n{rows}\n", "customer_features")
    refreshed(datetime.now(UTC), only=["features"])


def clustered(**options):
    chosen = ClusterOptions(features=("age",), scaling="minmax", **options)
    return perform(run=request_clusters(options=chosen, as_of=AS_OF, send=False), job=cluster)


@pytest.mark.parametrize("key", sorted(algorithms()))
def test_any_algorithm_is_run_by_its_name_and_published(key):
    run = clustered(algorithm=key, force=True)

    assert run.error == ""
    grouping = Grouping.objects.get(run=run)
    assert grouping.algorithm == key
    assert sum(group["size"] for group in grouping.groups) == len(AGES)
    assert (grouping.model is None) == (key in ("dbscan", "gaussian_mixture"))


def test_who_lies_alone_is_published_as_an_outlier():
    run = clustered(algorithm="dbscan", settings={"eps": 0.02, "min_samples": 3})

    assert run.error == ""
    groups = Grouping.objects.get(run=run).groups
    assert [(group["label"], group["size"]) for group in groups] == [(0, 10), (1, 10), (2, 1)]
    assert groups[2]["name"] == "Outliers"
    alone = Customer.objects.get(customer_id="21")
    assert customer_features(alone.pk)[f"cluster__{run.pk}"] == "Outliers"


def test_where_no_cluster_is_found_the_reason_is_said():
    run = clustered(algorithm="dbscan", settings={"eps": 0.0001, "min_samples": 3})
    assert run.state == "failed"
    assert "every customer lies alone" in run.error


def test_a_run_without_centroids_refuses_to_assign_in_words(api_of, vic):
    run = clustered(algorithm="gaussian_mixture", k=2, force=True)
    answer = api_of(vic).post(
        f"/api/v1/segmentation/assign/?run={run.pk}", {"age": 25}, format="json"
    )
    assert answer.status_code == 409
    error = answer.json()["error"]
    assert error["code"] == "no_centroids"
    assert f"Cluster run {run.pk} was made by gaussian_mixture" in error["message"]


def test_a_run_of_another_algorithm_with_centroids_assigns(api_of, vic):
    run = clustered(algorithm="hierarchical", k=3, force=True)
    answer = api_of(vic).post(
        f"/api/v1/segmentation/assign/?run={run.pk}", [{"age": 190}, {"age": 22}], format="json"
    )
    assert [entry["cluster"] for entry in answer.json()] == [0, 2]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"algorithm": "magic"},
            "'magic' is no algorithm. Use one of dbscan, gaussian_mixture, hierarchical, kmeans,"
            " minibatch_kmeans.",
        ),
        (
            {"algorithm": "dbscan", "settings": {"radius": 1}},
            "dbscan has no option radius. Its options are: scaling, eps, min_samples, seed,",
        ),
        ({"algorithm": "dbscan", "k": 3}, "dbscan has no option k. Its options are: scaling, eps"),
        ({"algorithm": "dbscan", "settings": {"eps": -1}}, "eps of dbscan is at least 1e-09"),
        ({"settings": {"n_init": "many"}}, "n_init of kmeans is a whole number, not 'many'."),
        ({"settings": {"k": 3}}, "Say k beside the settings, not in them."),
    ],
)
def test_an_unknown_algorithm_or_option_is_refused_naming_the_known(options, words):
    with pytest.raises(BadClusterOptions) as refused:
        request_clusters(options=ClusterOptions(**options), as_of=AS_OF, send=False)
    assert str(refused.value).startswith(words)


def test_the_api_takes_the_algorithm_and_its_settings(api_of, ann):
    body = {"features": ["age"], "algorithm": "dbscan", "settings": {"eps": 0.5}}
    sent = api_of(ann).post("/api/v1/segmentation/runs/", body, format="json")
    wrong = {**body, "settings": {"radius": 0.5}}
    refused = api_of(ann).post("/api/v1/segmentation/runs/", wrong, format="json")
    assert sent.status_code == 202, sent.content
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "bad_cluster_options"
    assert "radius" in refused.json()["error"]["fields"]
