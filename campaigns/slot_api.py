from time import perf_counter
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from campaigns.services.slots import create_slot, delete_slot, edit_slot
from campaigns.slot_models import Slot
from campaigns.slot_serializers import (
    AnswerSerializer,
    EditedSlotSerializer,
    NewSlotSerializer,
    SlotSerializer,
    answer_dict,
)
from campaigns.slots import personalise, slot_with_slug, slots
from core.api import Json
from core.errors import Refused


class NoSlot(Refused):
    code = "no_slot"


class SlotList(GenericAPIView[Slot]):
    """Slots by name; POST makes one."""

    capability = {"GET": Capability.VIEW_RESULTS, "POST": Capability.PREPARE_CAMPAIGN}
    serializer_class = SlotSerializer
    queryset = slots()
    parser_classes = (Json,)

    @extend_schema(responses=SlotSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(SlotSerializer(page, many=True).data)

    @extend_schema(request=NewSlotSerializer, responses={201: SlotSerializer})
    def post(self, request: Request) -> Response:
        sent = NewSlotSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        slot = create_slot(actor=request.user, **sent.validated_data)
        return Response(SlotSerializer(slot).data, status=201)


class SlotDetail(GenericAPIView[Slot]):
    """One slot; PUT replaces its name, place, entries and fallback."""

    capability = {
        "GET": Capability.VIEW_RESULTS,
        "PUT": Capability.PREPARE_CAMPAIGN,
        "DELETE": Capability.PREPARE_CAMPAIGN,
    }
    serializer_class = SlotSerializer
    parser_classes = (Json,)

    def get(self, request: Request, slug: str) -> Response:
        return Response(SlotSerializer(slot_with_slug(slug)).data)

    @extend_schema(request=EditedSlotSerializer, responses=SlotSerializer)
    def put(self, request: Request, slug: str) -> Response:
        slot = slot_with_slug(slug)
        sent = EditedSlotSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        edited = edit_slot(slot=slot, actor=request.user, **sent.validated_data)
        return Response(SlotSerializer(edited).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        delete_slot(slot=slot_with_slug(slug), actor=request.user)
        return Response(status=204)


class Personalise(GenericAPIView[Any]):
    """What a page or an e-mail shows to one customer in a slot. Nothing is written by asking.

    Without a customer, or with one whom nobody knows, it answers for an unknown visitor.
    """

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = AnswerSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("slot", str, required=True),
            OpenApiParameter("customer", str, description="none: an unknown visitor"),
        ],
        responses=AnswerSerializer,
    )
    def get(self, request: Request) -> Response:
        began = perf_counter()
        slug = request.query_params.get("slot", "")
        if not slug:
            raise NoSlot("Name a slot: ?slot=SLUG.", fields={"slot": "which?"})
        answer = personalise(
            slot=slot_with_slug(slug),
            customer_id=request.query_params.get("customer", ""),
            at=timezone.now(),
        )
        told = answer_dict(answer, (perf_counter() - began) * 1000)
        # A campaign that is stopped is stopped at once: nobody may keep an answer.
        return Response(AnswerSerializer(told).data, headers={"Cache-Control": "private, no-store"})
