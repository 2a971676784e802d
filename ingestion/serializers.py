from typing import Any

from rest_framework import serializers

from ingestion.lineage import as_json
from ingestion.models import Load, Reject
from ingestion.selectors import problems
from ingestion.services import outcome

# Of a batch in which all is wrong the rest stands under imports/{id}/problems/.
SHOWN_PROBLEMS = 1_000


class LoadSerializer(serializers.Serializer):
    """The keys of `import_file`, and what is known about the file beside them."""

    id = serializers.IntegerField()
    state = serializers.CharField()
    read = serializers.IntegerField()
    loaded = serializers.IntegerField()
    changed = serializers.IntegerField()
    identical = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    sums = serializers.DictField()
    run = serializers.IntegerField()
    kind = serializers.CharField()
    source = serializers.CharField()
    file_name = serializers.CharField()
    dry_run = serializers.BooleanField()
    notes = serializers.DictField()
    quality = serializers.IntegerField(allow_null=True)
    held_for = serializers.CharField(allow_blank=True)
    error = serializers.CharField(allow_blank=True)
    waits_behind = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()

    def to_representation(self, instance: Load) -> dict[str, Any]:
        waiting = self.context.get("waits_behind")
        return {
            **outcome(instance),
            "kind": instance.kind,
            "source": instance.source,
            "file_name": instance.file_name,
            "dry_run": instance.dry_run,
            "notes": instance.notes,
            "quality": instance.quality,
            "held_for": instance.held_for,
            "error": instance.run.error,
            "waits_behind": waiting.pk if waiting else None,
            "created_at": instance.created_at.isoformat(),
        }


class LoadDetailSerializer(LoadSerializer):
    """Beside it where its rows come from and what became of them."""

    lineage = serializers.DictField()

    def to_representation(self, instance: Load) -> dict[str, Any]:
        return {**super().to_representation(instance), "lineage": as_json(instance)}


class RuleOptionSerializer(serializers.Serializer):
    name = serializers.CharField()
    type = serializers.CharField()
    needed = serializers.BooleanField()
    default = serializers.JSONField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())
    least = serializers.FloatField(allow_null=True)
    most = serializers.FloatField(allow_null=True)


class CleaningRuleSerializer(serializers.Serializer):
    """A cleaning rule; in a mapping it is {"rule": its key, and its options by name}."""

    rule = serializers.CharField()
    title = serializers.CharField()
    says = serializers.CharField()
    stage = serializers.CharField()
    kinds = serializers.ListField(child=serializers.CharField())
    takes = serializers.ListField(child=serializers.CharField())
    options = RuleOptionSerializer(many=True)


class UploadSerializer(serializers.Serializer):
    file = serializers.FileField(allow_empty_file=True)
    kind = serializers.CharField()
    source = serializers.CharField(default="", allow_blank=True)
    preset = serializers.CharField(default="", allow_blank=True)
    mapping = serializers.JSONField(default=None, allow_null=True)
    dry_run = serializers.BooleanField(default=False)


class ProblemSerializer(serializers.ModelSerializer[Reject]):
    class Meta:
        model = Reject
        fields = ["row", "column", "value", "reason", "remedy"]


class PushSerializer(LoadSerializer):
    """The same, and why rows did not enter; ``row`` counts the array's objects from 1."""

    problems = ProblemSerializer(many=True)

    def to_representation(self, instance: Load) -> dict[str, Any]:
        found = problems(instance)[:SHOWN_PROBLEMS]
        return {
            **super().to_representation(instance),
            "problems": ProblemSerializer(found, many=True).data,
        }


class UndoSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.CharField()
    run = serializers.IntegerField()
