from typing import Any

from rest_framework import serializers

from segmentation.models import Segment
from segmentation.selectors import segment_revenue


class SegmentSerializer(serializers.ModelSerializer[Segment]):
    revenue = serializers.SerializerMethodField()

    class Meta:
        model = Segment
        fields = [
            "slug", "name", "kind", "description", "definition", "size", "revenue", "refreshed_at",
            "problem",
        ]  # fmt: skip

    def get_revenue(self, segment: Segment) -> float:
        return segment_revenue(segment)


class NewSegmentSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    definition = serializers.JSONField()
    description = serializers.CharField(default="", allow_blank=True)


class RuleSerializer(serializers.Serializer):
    definition = serializers.JSONField()


class PreviewSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    reachable = serializers.DictField(child=serializers.IntegerField())
    revenue = serializers.FloatField()
    sample = serializers.ListField(child=serializers.DictField())
    took_ms = serializers.FloatField()


class MemberSerializer(serializers.Serializer):
    """customer_id, a masked or full name, and the figures that one reads first."""

    customer_id = serializers.CharField()
    name = serializers.CharField(allow_null=True)

    def to_representation(self, instance: dict[str, Any]) -> dict[str, Any]:
        return instance


class MoveSerializer(serializers.Serializer):
    customers = serializers.IntegerField()
    revenue = serializers.FloatField()

    def get_fields(self) -> dict[str, serializers.Field]:
        # "from" is a word of Python's own.
        groups = {w: serializers.CharField(allow_null=True) for w in ("from", "to")}
        return {**groups, **super().get_fields()}


class SizeSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    entered = serializers.IntegerField()
    left = serializers.IntegerField()
    size = serializers.IntegerField()


class ClusterRunSerializer(serializers.Serializer):
    features = serializers.ListField(child=serializers.CharField(), min_length=1, max_length=50)
    scaling = serializers.CharField(default="standard")
    k = serializers.IntegerField(default=None, allow_null=True)
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)
    force = serializers.BooleanField(default=False)
    algorithm = serializers.CharField(default="kmeans", max_length=64)
    # Further options of the algorithm, by name; docs/reference.md lists them.
    settings = serializers.DictField(default=dict)


class QueuedSerializer(serializers.Serializer):
    run = serializers.IntegerField()
    state = serializers.CharField()


class FiguresSerializer(serializers.Serializer):
    recency_days = serializers.FloatField()
    purchase_frequency = serializers.FloatField()
    purchase_monetary_value = serializers.FloatField()


class AssignmentSerializer(serializers.Serializer):
    cluster = serializers.IntegerField()
    name = serializers.CharField()
    description = serializers.CharField()
    border = serializers.FloatField()
    weak = serializers.BooleanField()
