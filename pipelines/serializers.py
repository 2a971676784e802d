from rest_framework import serializers

from customers.identity_models import Duplicate
from pipelines.duplicates_page import against


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


class DuplicateSerializer(serializers.ModelSerializer[Duplicate]):
    """A pair by the shop's own numbers; by what it was found, and what speaks against it."""

    first = serializers.CharField(source="first.customer_id")
    second = serializers.CharField(source="second.customer_id")
    kept = serializers.CharField(source="kept.customer_id", default=None)
    against = serializers.SerializerMethodField()

    class Meta:
        model = Duplicate
        fields = ("id", "first", "second", "found_by", "against", "state", "kept", "decided_at")

    def get_against(self, pair: Duplicate) -> list[str]:
        return against(pair)


class DecisionSerializer(serializers.Serializer[dict]):
    """``keep`` is the customer_id that has everything after a merge."""

    decision = serializers.ChoiceField(choices=["merge", "apart", "take_back"])
    keep = serializers.CharField(required=False, default="")
