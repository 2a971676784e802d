from predictions import services
from runs.tasks import run_task
from runs.work import Work


@run_task
def train(work: Work) -> dict:
    return services.train_models(work)
