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
    """A customer who never bought the product and would want it."""

    rank = serializers.IntegerField(help_text="1 is the likeliest")
    customer_id = serializers.CharField()
    score = serializers.FloatField(
        help_text="sum over what goes with it: log lift × log(1 + orders in 26 weeks); no chance"
    )
    reason = serializers.CharField(
        help_text="what they bought of what goes with it, as 4 × Frosting, 3 × Layer cake mix"
    )
