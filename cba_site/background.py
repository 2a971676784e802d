"""Background work: what is done by which worker, and when (Celery's settings)."""

from kombu import Queue

# What refreshes and learns works for minutes, so that it has a worker of its own, with warm models;
# imports and letters have the other. A worker that is told no queue takes from both.
MODELS = "models"
QUEUES = [Queue("celery"), Queue(MODELS)]
ROUTES = {
    task: {"queue": MODELS}
    for task in (
        "pipelines.tasks.refresh", "pipelines.tasks.train", "pipelines.tasks.update_customers",
        "segmentation.tasks.cluster",
    )
}  # fmt: skip

SCHEDULE = {
    "runs.reap": {"task": "runs.tasks.reap", "schedule": 10.0},
    "ingestion.read_due": {"task": "ingestion.tasks.read_due", "schedule": 30.0},
    "ingestion.enter_posted": {"task": "ingestion.tasks.enter_posted", "schedule": 10.0},
    "ingestion.watch": {"task": "ingestion.tasks.watch_sources", "schedule": 600.0},
    "campaigns.sweep": {"task": "campaigns.tasks.sweep_delivery", "schedule": 10.0},
    "pipelines.sweep": {"task": "pipelines.tasks.sweep", "schedule": 30.0},
    # Looks whether something is due; the hour is the organisation's, whatever the server's zone.
    "pipelines.strike": {"task": "pipelines.tasks.strike", "schedule": 300.0},
    "ingestion.expire_drafts": {"task": "ingestion.tasks.expire_drafts", "schedule": 3600.0},
    "pipelines.erase_returned": {"task": "pipelines.tasks.erase_returned", "schedule": 3600.0},
}
