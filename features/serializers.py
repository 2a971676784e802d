from rest_framework import serializers


class CatalogueEntrySerializer(serializers.Serializer):
    name = serializers.CharField()
    dtype = serializers.CharField()
    definition = serializers.CharField()
    source = serializers.CharField()
    unit = serializers.CharField()
    transformation = serializers.CharField()
    reason = serializers.CharField()
    family = serializers.CharField()
    null_share = serializers.FloatField(allow_null=True)
    synthetic = serializers.BooleanField()


class CustomerFeaturesSerializer(serializers.Serializer):
    customer_id = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    features = serializers.DictField(allow_null=True)
