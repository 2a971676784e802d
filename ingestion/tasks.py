from ingestion import services
from runs.tasks import run_task
from runs.work import Work


@run_task
def load(work: Work) -> dict:
    return services.load_file(work)


@run_task
def undo(work: Work) -> dict:
    return services.undo_load(work)
