from celery import shared_task
from django.utils import timezone

from ingestion import drafts, posted_queue, reading, services, sources, watching
from runs.tasks import run_task
from runs.work import Work


@run_task
def load(work: Work) -> dict:
    return services.load_file(work)


@run_task
def undo(work: Work) -> dict:
    return services.undo_load(work)


@run_task
def read(work: Work) -> dict:
    done = reading.read_source(work)
    if done["more"]:
        sources.request_more(run=work.run)
    return done


@shared_task
def read_due() -> int:
    return len(sources.request_due(now=timezone.now()))


@shared_task
def enter_posted() -> int:
    """A web process enters what pages send; this is for those that it left when it died."""
    return posted_queue.enter_posted()


@shared_task
def expire_drafts() -> int:
    return drafts.expire_drafts(now=timezone.now())


@shared_task
def watch_sources() -> int:
    return watching.watch_sources(timezone.now())
