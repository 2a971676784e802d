from rest_framework import serializers

from campaigns.composing import message_id
from campaigns.models import Message


class MessageSerializer(serializers.ModelSerializer[Message]):
    """A message that needs a look: what is known of it, and how a provider's log names it."""

    customer_id = serializers.CharField(source="customer.customer_id")
    variant = serializers.StringRelatedField()
    state = serializers.CharField()
    message_id = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = [
            "id", "customer_id", "variant", "state", "reason", "attempts", "handed_at",
            "message_id",
        ]  # fmt: skip

    def get_message_id(self, message: Message) -> str:
        return message_id(message)


class MessageReasonSerializer(serializers.Serializer):
    state = serializers.CharField()
    reason = serializers.CharField()
    messages = serializers.IntegerField()


class MessagesSerializer(serializers.Serializer):
    """``counts`` of every state; ``results`` are those that are unknown or failed."""

    counts = serializers.DictField(child=serializers.IntegerField())
    reasons = MessageReasonSerializer(many=True)
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = MessageSerializer(many=True)


class ResolutionSerializer(serializers.Serializer):
    """again: send the unknown ones once more; delivered: they have arrived."""

    choice = serializers.ChoiceField(["again", "delivered"])


class ResolvedSerializer(serializers.Serializer):
    changed = serializers.IntegerField()


class TestSendSerializer(serializers.Serializer):
    """The first variant where none is named; without a customer the fallbacks stand."""

    variant = serializers.CharField(required=False, default="")
    customer = serializers.CharField(required=False, default="")


class TestSentSerializer(serializers.Serializer):
    sent_to = serializers.EmailField()


class WrittenSerializer(serializers.Serializer):
    subject = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField()
