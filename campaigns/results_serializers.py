from rest_framework import serializers


class LookSerializer(serializers.Serializer):
    """One look at the figures; estimate and interval are revenue per treated customer."""

    as_of = serializers.DateTimeField()
    days = serializers.IntegerField(allow_null=True)
    verdict = serializers.CharField()
    state = serializers.CharField(allow_null=True)
    estimate = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    guard_alarm = serializers.BooleanField()
    frozen = serializers.BooleanField()
    data_version = serializers.DictField()


class MetricSerializer(serializers.Serializer):
    """Treated − control per customer with its 95 % interval; totals are over all treated."""

    name = serializers.ChoiceField(["revenue", "orders", "conversion"])
    treated = serializers.FloatField(allow_null=True)
    control = serializers.FloatField(allow_null=True)
    estimate = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    p = serializers.FloatField(allow_null=True)
    adjusted_p = serializers.FloatField(allow_null=True)
    relative = serializers.FloatField(allow_null=True)
    relative_low = serializers.FloatField(allow_null=True)
    relative_high = serializers.FloatField(allow_null=True)
    variance_reduction = serializers.FloatField(allow_null=True)
    unadjusted = serializers.DictField()
    detectable = serializers.FloatField(allow_null=True)
    detectable_relative = serializers.FloatField(allow_null=True)
    power = serializers.FloatField()
    total = serializers.FloatField(allow_null=True)
    total_low = serializers.FloatField(allow_null=True)
    total_high = serializers.FloatField(allow_null=True)


class ResultsSerializer(serializers.Serializer):
    """What a campaign brought against its control group; money in major units."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    origin = serializers.CharField()
    verdict = serializers.CharField()
    state = serializers.CharField()
    lede = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    frozen = serializers.BooleanField()
    since_frozen = serializers.CharField()
    data_version = serializers.DictField()
    days = serializers.IntegerField()
    horizon_days = serializers.IntegerField()
    arms = serializers.DictField()
    metrics = MetricSerializer(many=True)
    variants = serializers.ListField(child=serializers.DictField())
    sample_ratio = serializers.DictField(allow_null=True)
    guard = serializers.DictField(allow_null=True)
    money = serializers.DictField(allow_null=True)
    course = serializers.ListField(child=serializers.DictField())
    outcomes = serializers.ListField(child=serializers.DictField())
    looks = LookSerializer(many=True)
