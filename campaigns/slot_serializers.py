from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.giving import LONGEST, MOST_PRODUCTS, USUAL_PRODUCTS
from campaigns.serializers import WholeSerializer
from campaigns.services.slots import MOST_ENTRIES
from campaigns.slot_models import Kind, Slot, SlotEntry
from campaigns.slots import Answer, entries_of
from recommendations.selectors import GOALS
from recommendations.serializers import ItemSerializer

BIGGEST = 2**63 - 1


class ProductsSerializer(WholeSerializer):
    """The customer's best, of one category where it is named."""

    goal = serializers.ChoiceField(GOALS, default="both")
    k = serializers.IntegerField(min_value=1, max_value=MOST_PRODUCTS, default=USUAL_PRODUCTS)
    category = serializers.CharField(max_length=200, allow_blank=True, default="")


class ContentSerializer(WholeSerializer):
    """Plain text: whoever shows it escapes it."""

    title = serializers.CharField(max_length=LONGEST["title"])
    text = serializers.CharField(max_length=LONGEST["text"], allow_blank=True, default="")
    url = serializers.CharField(max_length=LONGEST["url"], allow_blank=True, default="")


class OfferSerializer(ContentSerializer):
    code = serializers.CharField(max_length=LONGEST["code"], allow_blank=True, default="")


class GivesSerializer(WholeSerializer):
    """A kind, and under its name what is given; only a fallback may give nothing."""

    kind = serializers.ChoiceField(Kind.choices)
    products = ProductsSerializer(required=False)
    offer = OfferSerializer(required=False)
    content = ContentSerializer(required=False)


class SlotEntrySerializer(GivesSerializer):
    name = serializers.CharField(max_length=80)
    definition = serializers.JSONField(default=dict, help_text="a rule; {}: everybody")
    campaign = serializers.IntegerField(
        min_value=1, max_value=BIGGEST, allow_null=True, default=None,
        help_text="only its treated customers get the entry, and only while it runs",
    )  # fmt: skip


class NewSlotSerializer(serializers.Serializer):
    slug = serializers.SlugField(
        max_length=60, required=False, help_text="what pages ask for; it never changes"
    )
    name = serializers.CharField(max_length=120)
    place = serializers.CharField(max_length=200, allow_blank=True, default="")
    entries = SlotEntrySerializer(many=True, max_length=MOST_ENTRIES, default=list)
    fallback = GivesSerializer(default=lambda: {"kind": Kind.NOTHING.value})


class EditedSlotSerializer(NewSlotSerializer):
    slug = None
    version = serializers.IntegerField(
        required=False, min_value=1, help_text="the version that was looked at"
    )


class SlotSerializer(serializers.ModelSerializer[Slot]):
    entries = serializers.SerializerMethodField()
    fallback = serializers.SerializerMethodField()

    class Meta:
        model = Slot
        fields = ["slug", "name", "place", "entries", "fallback", "version", "edited_at"]

    @extend_schema_field(SlotEntrySerializer(many=True))
    def get_entries(self, slot: Slot) -> list[dict[str, Any]]:
        return [entry_dict(entry) for entry in entries_of(slot)]

    @extend_schema_field(GivesSerializer)
    def get_fallback(self, slot: Slot) -> dict[str, Any]:
        return gives_dict(slot.fallback_kind, slot.fallback_gives)


class ShownCampaignSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    slug = serializers.CharField()


class AnswerSerializer(serializers.Serializer):
    """What to show. ``items`` of products, ``offer`` or ``content`` by its kind; else null.

    Whoever gets no entry of a campaign is answered as if there were none.
    """

    customer = serializers.CharField(allow_blank=True)
    slot = serializers.CharField()
    entry = serializers.CharField(allow_null=True, help_text="its name; null: the fallback")
    kind = serializers.ChoiceField(Kind.choices)
    items = ItemSerializer(many=True, allow_null=True)
    offer = OfferSerializer(allow_null=True)
    content = ContentSerializer(allow_null=True)
    reason = serializers.CharField()
    campaign = ShownCampaignSerializer(allow_null=True)
    took_ms = serializers.FloatField()


def answer_dict(answer: Answer, took_ms: float) -> dict[str, Any]:
    given, entry = answer.given, answer.entry
    campaign = entry.campaign if entry else None
    return {
        "customer": answer.customer_id,
        "slot": answer.slot.slug,
        "entry": entry.name if entry else None,
        "kind": given.kind,
        "items": given.items if given.kind == Kind.PRODUCTS else None,
        "offer": given.words if given.kind == Kind.OFFER else None,
        "content": given.words if given.kind == Kind.CONTENT else None,
        "reason": answer.reason,
        "campaign": campaign,
        "took_ms": round(took_ms, 2),
    }


def gives_dict(kind: str, gives: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind} if kind == Kind.NOTHING else {"kind": kind, kind: gives}


def entry_dict(entry: SlotEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "definition": entry.definition,
        **gives_dict(entry.kind, entry.gives),
        "campaign": entry.campaign_id,
    }
