from runs.tasks import run_task
from runs.work import Work
from segmentation import services


@run_task
def cluster(work: Work) -> dict:
    return services.cluster(work)
