"""Which worker a run goes to: what learns has one, so that nothing else waits for it."""

import json

import pytest
import redis
from celery import current_app
from django.conf import settings

from core.health import broker
from runs.services import enqueue, request

OF_MODELS = ["pipelines.tasks.refresh", "pipelines.tasks.train", "segmentation.tasks.cluster"]
OTHERS = ["ingestion.tasks.load", "campaigns.tasks.deliver", "pipelines.tasks.erase"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def queues():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete("celery", "models")
        yield lambda name: [sent(message) for message in client.lrange(name, 0, -1)][::-1]
        client.delete("celery", "models")


def sent(message: bytes) -> str:
    return json.loads(message)["headers"]["task"]


def test_what_refreshes_and_learns_goes_to_the_worker_of_models_and_all_else_to_the_other(queues):
    for task in (*OF_MODELS, *OTHERS):
        enqueue(run=request(name=task, task=task, send=False))
    assert queues("models") == OF_MODELS
    assert queues("celery") == OTHERS
    assert broker().says == "6 messages wait"


def test_every_task_with_a_queue_of_its_own_is_there():
    current_app.loader.import_default_modules()
    assert set(settings.CELERY_TASK_ROUTES) <= set(current_app.tasks)
