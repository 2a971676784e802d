from rest_framework import serializers


class ModelSerializer(serializers.Serializer):
    """The version that answers for a prediction."""

    name = serializers.CharField()
    version = serializers.IntegerField()
    in_use = serializers.BooleanField()
    horizon_days = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField()
    parameters = serializers.DictField()
    metrics = serializers.DictField()
    importances = serializers.DictField(child=serializers.FloatField())
    verdict = serializers.CharField(allow_blank=True)
    promoted_at = serializers.DateTimeField(allow_null=True)


class EvaluationSerializer(serializers.Serializer):
    """As `evaluate` prints it, with the figures of its pictures."""

    name = serializers.CharField()
    as_of = serializers.CharField()
    horizon_days = serializers.IntegerField(allow_null=True)
    protocol = serializers.CharField()
    rows = serializers.ListField(child=serializers.DictField())
    windows = serializers.ListField(child=serializers.DictField(), required=False)
    pictures = serializers.DictField(required=False)


class ScoredCustomerSerializer(serializers.Serializer):
    customer_id = serializers.CharField()
    value = serializers.FloatField()


class ReasonSerializer(serializers.Serializer):
    feature = serializers.CharField()
    contribution = serializers.FloatField()
    direction = serializers.CharField()
    words = serializers.CharField()


class CustomerPredictionsSerializer(serializers.Serializer):
    """What is expected of one customer; null where no model has scored them."""

    customer_id = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    horizon_days = serializers.IntegerField(allow_null=True)
    churn_probability = serializers.FloatField(allow_null=True)
    churn_decile = serializers.IntegerField(allow_null=True)
    expected_orders = serializers.FloatField(allow_null=True)
    expected_value = serializers.FloatField(allow_null=True)
    reasons = ReasonSerializer(many=True)
    model_versions = serializers.DictField(child=serializers.IntegerField())
