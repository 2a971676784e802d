from rest_framework import serializers

from customers.models import Channel, Consent, Interaction, Note
from customers.selectors import masked_text, shown_outcome
from customers.services import LONGEST_NOTE


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


class InteractionSerializer(serializers.Serializer):
    """A contact; its texts are masked unless ``personal`` is in the context."""

    channel = serializers.CharField()
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    subject = serializers.SerializerMethodField()
    text = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()
    is_synthetic = serializers.BooleanField()
    masked = serializers.SerializerMethodField()

    def get_subject(self, row: Interaction) -> str | None:
        return masked_text(row.subject, personal=self.context["personal"])

    def get_text(self, row: Interaction) -> str | None:
        return masked_text(row.text, personal=self.context["personal"])

    def get_outcome(self, row: Interaction) -> str | None:
        return shown_outcome(row, personal=self.context["personal"])

    def get_masked(self, row: Interaction) -> bool:
        return not self.context["personal"]


class NoteSerializer(serializers.Serializer):
    """A colleague's note; its text is masked unless ``personal`` is in the context."""

    text = serializers.SerializerMethodField()
    author = serializers.SerializerMethodField()
    written_at = serializers.DateTimeField()
    masked = serializers.SerializerMethodField()

    def get_text(self, row: Note) -> str | None:
        return masked_text(row.text, personal=self.context["personal"])

    def get_author(self, row: Note) -> str | None:
        return str(row.author) if row.author else None

    def get_masked(self, row: Note) -> bool:
        return not self.context["personal"]


class NewNoteSerializer(serializers.Serializer):
    text = serializers.CharField(max_length=LONGEST_NOTE)


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    class Meta:
        model = Consent
        fields = ["channel", "purpose", "granted", "at", "source"]


class StatementSerializer(serializers.Serializer):
    channel = serializers.ChoiceField(choices=Channel.choices)
    granted = serializers.BooleanField()
    source = serializers.CharField(default="", max_length=200)
