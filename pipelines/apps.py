from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    name = "pipelines"

    def ready(self) -> None:
        # Signals are connected once the models are there.
        from pipelines import receivers  # noqa: F401
