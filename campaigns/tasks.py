from campaigns.services import launch as launching
from runs.tasks import run_task
from runs.work import Work


@run_task
def launch(work: Work) -> dict:
    return launching.launch(work)
