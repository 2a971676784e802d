from rest_framework import serializers

from customers.models import Channel, Consent


class PersonSerializer(serializers.Serializer):
    customer_id = serializers.CharField()
    name = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    birth_date = serializers.CharField(allow_null=True)
    age_band = serializers.CharField(allow_null=True)
    region = serializers.CharField(allow_null=True)
    acquisition_channel = serializers.CharField(allow_null=True)
    joined_at = serializers.DateField(allow_null=True)
    is_synthetic = serializers.BooleanField()
    is_placeholder = serializers.BooleanField()
    masked = serializers.BooleanField()


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = ["channel", "purpose", "granted", "at", "source"]


class StatementSerializer(serializers.Serializer):
    channel = serializers.ChoiceField(choices=Channel.choices)
    granted = serializers.BooleanField()
    source = serializers.CharField(default="", max_length=200)
