from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from campaigns.delivery_serializers import (
    MessageSerializer,
    MessagesSerializer,
    ResolutionSerializer,
    ResolvedSerializer,
    TestSendSerializer,
    TestSentSerializer,
    WrittenSerializer,
)
from campaigns.messages import message_counts, messages_in, reason_counts, variant_of
from campaigns.models import MessageState
from campaigns.selectors import campaign_with_id
from campaigns.services.delivery import resolve_and_deliver
from campaigns.services.trying import preview_message, send_test
from core.api import Json
from core.errors import Refused
from customers.api import may_see_personal_data
from customers.selectors import customer_with_id

LOOKED_AT = (MessageState.UNKNOWN, MessageState.FAILED)
EXPLAINED = (MessageState.SKIPPED, MessageState.FAILED, MessageState.UNKNOWN, MessageState.QUEUED)


class NoCustomer(Refused):
    code = "no_customer"


class CampaignMessages(GenericAPIView[Any]):
    """How many messages are in each state and why; those that are unknown or failed one by one."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = MessageSerializer

    @extend_schema(responses=MessagesSerializer)
    def get(self, request: Request, pk: int) -> Response:
        campaign = campaign_with_id(pk)
        page = self.paginate_queryset(messages_in(campaign, LOOKED_AT))
        listed = self.get_paginated_response(MessageSerializer(page, many=True).data).data
        reasons = [
            {"state": state, "reason": reason, "messages": messages}
            for state in EXPLAINED
            for reason, messages in reason_counts(campaign, state)
            if reason
        ]
        return Response({"counts": message_counts(campaign), "reasons": reasons, **listed})


class CampaignUnknown(GenericAPIView[Any]):
    """A person has looked at what the mail server may have: sent again, or said to be delivered."""

    capability = Capability.PREPARE_CAMPAIGN
    serializer_class = ResolutionSerializer
    parser_classes = (Json,)

    @extend_schema(responses=ResolvedSerializer)
    def post(self, request: Request, pk: int) -> Response:
        campaign = campaign_with_id(pk)
        sent = ResolutionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        changed = resolve_and_deliver(
            campaign=campaign, choice=sent.validated_data["choice"], actor=request.user
        )
        return Response({"changed": changed})


class CampaignTestSend(GenericAPIView[Any]):
    """Send a message to one's own address, marked as a test; no customer's record knows of it."""

    capability = Capability.PREPARE_CAMPAIGN
    serializer_class = TestSendSerializer
    parser_classes = (Json,)

    @extend_schema(responses=TestSentSerializer)
    def post(self, request: Request, pk: int) -> Response:
        campaign = campaign_with_id(pk)
        sent = TestSendSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        named = sent.validated_data["customer"]
        address = send_test(
            variant=variant_of(campaign, sent.validated_data["variant"]),
            actor=request.user,
            customer=customer_with_id(named) if named else None,
            personal=may_see_personal_data(request),
        )
        return Response({"sent_to": address})


class CampaignMessagePreview(GenericAPIView[Any]):
    """A message as one customer would get it; masked where the role may not see names."""

    capability = Capability.PREPARE_CAMPAIGN
    serializer_class = WrittenSerializer

    @extend_schema(
        request=None,
        parameters=[
            OpenApiParameter("customer", str, required=True),
            OpenApiParameter("variant", str, description="by name; the first one by default"),
        ],
        responses=WrittenSerializer,
    )
    def post(self, request: Request, pk: int) -> Response:
        campaign = campaign_with_id(pk)
        named = request.query_params.get("customer", "")
        if not named:
            raise NoCustomer(
                "Name a customer: ?customer=ID.", fields={"customer": "whose message?"}
            )
        shown = preview_message(
            variant=variant_of(campaign, request.query_params.get("variant", "")),
            customer=customer_with_id(named),
            actor=request.user,
            personal=may_see_personal_data(request),
        )
        return Response(WrittenSerializer(shown).data)
