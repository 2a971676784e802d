from typing import Any

from rest_framework import serializers

from ingestion.health import Health
from ingestion.source_pages import state


class SourceSerializer(serializers.Serializer):
    """``connector`` and what follows to ``problem`` are null where only files and programs bring
    it. Rows are those of the last seven days and of yesterday.
    """

    name = serializers.CharField()
    connector = serializers.CharField(allow_null=True)
    kind = serializers.CharField(allow_null=True)
    enabled = serializers.BooleanField(allow_null=True)
    every_minutes = serializers.IntegerField(allow_null=True)
    state = serializers.CharField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)
    newest_load_at = serializers.DateTimeField(allow_null=True)
    rows_7d = serializers.IntegerField()
    rejected_7d = serializers.IntegerField()
    rows_yesterday = serializers.IntegerField()
    usual_low = serializers.FloatField(allow_null=True)
    usual_high = serializers.FloatField(allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())

    def to_representation(self, instance: Health) -> dict[str, Any]:
        source, band = instance.source, instance.bands[len(instance.counts) - 1]
        return {
            "name": instance.name,
            "connector": source and source.connector,
            "kind": source and source.kind,
            "enabled": source and source.enabled,
            "every_minutes": source and source.every_minutes,
            "state": source and state(source),
            "read_at": source and source.read_at and source.read_at.isoformat(),
            "newest_load_at": instance.newest and instance.newest.isoformat(),
            "rows_7d": instance.read,
            "rejected_7d": instance.rejected,
            "rows_yesterday": instance.counts[-1],
            "usual_low": band and round(band.low, 1),
            "usual_high": band and round(band.high, 1),
            "problems": list(instance.problems.values()),
        }
