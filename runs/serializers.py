from rest_framework import serializers

from runs.models import Run


class RunSerializer(serializers.ModelSerializer[Run]):
    class Meta:
        model = Run
        fields = [
            "id", "name", "state", "step", "progress", "steps", "attempt", "result", "error",
            "remedy", "created_at", "started_at", "finished_at",
        ]  # fmt: skip
