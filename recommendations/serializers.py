from rest_framework import serializers


class ItemSerializer(serializers.Serializer):
    """A product, what speaks for it, and why, in words."""

    sku = serializers.CharField()
    name = serializers.CharField()
    score = serializers.FloatField()
    source = serializers.CharField()
    reason = serializers.CharField()
    fallback = serializers.BooleanField()


class WantingSerializer(serializers.Serializer):
    """A customer who would want the product."""

    customer_id = serializers.CharField()
    score = serializers.FloatField()
    reason = serializers.CharField()
