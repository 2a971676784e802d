from rest_framework import serializers


class ErasureRequestSerializer(serializers.Serializer[dict]):
    customer_id = serializers.CharField()


class CertificateSerializer(serializers.Serializer[dict]):
    """What an erasure touched, by app; the person is a keyed pseudonym."""

    id = serializers.IntegerField()
    state = serializers.CharField()
    person = serializers.CharField()
    asked_at = serializers.DateTimeField()
    asked_by = serializers.CharField()
    erased_at = serializers.DateTimeField(allow_null=True)
    touched = serializers.DictField(child=serializers.DictField(child=serializers.IntegerField()))
