from abc import ABC, abstractmethod
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import refuse_export
from accounts.capabilities import Capability
from campaigns.audience import Terms
from campaigns.exports import list_csv, receipt_csv
from campaigns.models import Campaign, CampaignState, Decision, Reason
from campaigns.selectors import (
    audience_preview,
    campaign_with_id,
    campaigns,
    receipt,
    usual_horizon,
)
from campaigns.serializers import (
    ApprovalSerializer,
    AskedCampaignSerializer,
    CampaignPreviewSerializer,
    CampaignSerializer,
    EditedCampaignSerializer,
    NewCampaignSerializer,
    ReceiptSerializer,
)
from campaigns.services.approval import approve_campaign
from campaigns.services.handover import hand_over_list
from campaigns.services.launch import launch_campaign
from campaigns.services.lifecycle import pause_campaign, resume_campaign, stop_campaign
from campaigns.services.planning import create_campaign, delete_campaign, edit_campaign
from core.api import Json
from core.downloads import csv_download
from core.errors import Refused
from core.services import record_audit
from customers.api import may_see_personal_data
from customers.selectors import people

FORMATS = ("json", "csv")
# Customers of a rule that is not saved yet are drawn by this; the campaign's own salt draws anew.
PREVIEW_SALT = "preview"


class BadQuery(Refused):
    code = "bad_query"


class CampaignList(GenericAPIView[Campaign]):
    """Campaigns, the newest first; POST drafts one."""

    capability = {"GET": Capability.VIEW_RESULTS, "POST": Capability.PREPARE_CAMPAIGN}
    serializer_class = CampaignSerializer
    queryset = campaigns()
    parser_classes = (Json,)

    @extend_schema(responses=CampaignSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(CampaignSerializer(page, many=True).data)

    @extend_schema(request=NewCampaignSerializer, responses={201: CampaignSerializer})
    def post(self, request: Request) -> Response:
        sent = NewCampaignSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        campaign = create_campaign(actor=request.user, at=timezone.now(), **sent.validated_data)
        return Response(CampaignSerializer(campaign).data, status=201)


class CampaignPreview(GenericAPIView[Any]):
    """Who would be in a campaign, and the smallest effect that it could show; nothing is saved."""

    capability = Capability.PREPARE_CAMPAIGN
    serializer_class = AskedCampaignSerializer
    parser_classes = (Json,)

    @extend_schema(request=AskedCampaignSerializer, responses=CampaignPreviewSerializer)
    def post(self, request: Request) -> Response:
        asked = AskedCampaignSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        sent = asked.validated_data
        terms = Terms(
            definition=sent["definition"],
            channel=sent["channel"],
            control_share=sent["control_share"],
            salt=PREVIEW_SALT,
            variants=tuple(variant["name"] for variant in sent["variants"]) or ("A",),
            excludes_others=sent["excludes_others"],
        )
        days = sent["horizon_days"] or usual_horizon()
        preview = audience_preview(terms, horizon_days=days, at=timezone.now())
        money = {"offer_cost": sent["offer_cost"], "budget": sent["budget"]}
        return Response(CampaignPreviewSerializer(preview, context=money).data)


class CampaignDetail(GenericAPIView[Campaign]):
    """One campaign. An edit makes an approved one a draft again; only a draft can be deleted."""

    capability = {
        "GET": Capability.VIEW_RESULTS,
        "PATCH": Capability.PREPARE_CAMPAIGN,
        "DELETE": Capability.PREPARE_CAMPAIGN,
    }
    serializer_class = CampaignSerializer
    parser_classes = (Json,)

    @extend_schema(responses=CampaignSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(CampaignSerializer(campaign_with_id(pk)).data)

    @extend_schema(request=EditedCampaignSerializer(partial=True), responses=CampaignSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        campaign = campaign_with_id(pk)
        sent = EditedCampaignSerializer(data=request.data, partial=True)
        sent.is_valid(raise_exception=True)
        edited = edit_campaign(
            campaign=campaign, actor=request.user, at=timezone.now(), **sent.validated_data
        )
        return Response(CampaignSerializer(edited).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        delete_campaign(campaign=campaign_with_id(pk), actor=request.user)
        return Response(status=204)


class CampaignApproval(GenericAPIView[Any]):
    """Approve what somebody else has drafted; ``version`` is the one that was looked at."""

    capability = Capability.APPROVE_CAMPAIGN
    serializer_class = ApprovalSerializer
    parser_classes = (Json,)

    @extend_schema(request=ApprovalSerializer, responses=CampaignSerializer)
    def post(self, request: Request, pk: int) -> Response:
        campaign = campaign_with_id(pk)
        sent = ApprovalSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        approved = approve_campaign(
            campaign=campaign, actor=request.user, at=timezone.now(), **sent.validated_data
        )
        return Response(CampaignSerializer(approved).data)


class CampaignVerb(ABC, GenericAPIView[Any]):
    """What the routes of a launched campaign share: an empty body, and the campaign as answer."""

    capability = Capability.PREPARE_CAMPAIGN
    serializer_class = CampaignSerializer
    parser_classes = (Json,)

    @abstractmethod
    def act(self, campaign: Campaign, request: Request) -> Campaign:
        """Do it; refused where the campaign's state does not allow it."""

    @extend_schema(request=None, responses=CampaignSerializer)
    def post(self, request: Request, pk: int) -> Response:
        done = self.act(campaign_with_id(pk), request)
        return Response(CampaignSerializer(done).data)


class CampaignLaunch(GenericAPIView[Any]):
    """Freeze the audience and begin: here where it is small, or else by the worker (202)."""

    capability = Capability.PREPARE_CAMPAIGN
    serializer_class = CampaignSerializer
    parser_classes = (Json,)

    @extend_schema(request=None, responses={200: CampaignSerializer, 202: CampaignSerializer})
    def post(self, request: Request, pk: int) -> Response:
        campaign = launch_campaign(campaign=campaign_with_id(pk), actor=request.user)
        status = 202 if campaign.state == CampaignState.APPROVED else 200
        return Response(CampaignSerializer(campaign).data, status=status)


class CampaignPause(CampaignVerb):
    """Hand nothing more over until it is resumed."""

    def act(self, campaign: Campaign, request: Request) -> Campaign:
        return pause_campaign(campaign=campaign, actor=request.user, at=timezone.now())


class CampaignResume(CampaignVerb):
    """Go on after a pause."""

    def act(self, campaign: Campaign, request: Request) -> Campaign:
        return resume_campaign(campaign=campaign, actor=request.user)


class CampaignStop(CampaignVerb):
    """Stop for good: what was not handed over yet never is."""

    def act(self, campaign: Campaign, request: Request) -> Campaign:
        return stop_campaign(campaign=campaign, actor=request.user, at=timezone.now())


class CampaignAudience(GenericAPIView[Any]):
    """The receipt of the launch: everybody whom the rule fitted, the decision, and its reason."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = ReceiptSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("format", str, enum=FORMATS),
            OpenApiParameter("decision", str, enum=Decision.values),
            OpenApiParameter("reason", str, enum=Reason.values),
        ],
        responses={(200, "application/json"): ReceiptSerializer(many=True),
                   (200, "text/csv"): OpenApiTypes.STR},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        campaign = campaign_with_id(pk)
        form = _one_of(request, "format", FORMATS) or "json"
        decision = _one_of(request, "decision", Decision.values)
        reason = _one_of(request, "reason", Reason.values)
        personal = may_see_personal_data(request)
        if form == "csv":
            refuse_export(request)
            _note_export(request, "export_audience", campaign, personal=personal)
            rows = receipt_csv(campaign, personal=personal)
            return csv_download(rows, f"{campaign.slug}-audience")
        page = self.paginate_queryset(receipt(campaign, decision, reason)) or []
        if personal:
            record_audit(actor=request.user, verb="view_audience", subject=campaign.slug)
        known = people([row.customer_id for row in page], personal=personal)
        shown = [
            {
                "customer_id": row.customer.customer_id,
                "name": known[row.customer_id].name,
                "decision": row.decision,
                "reason": row.reason,
                "variant": row.variant.name if row.variant else None,
            }
            for row in page
            if row.customer_id in known
        ]
        return self.get_paginated_response(ReceiptSerializer(shown, many=True).data)


class CampaignHandover(GenericAPIView[Any]):
    """The list of a telephone, text or post campaign, and the word that it was handed over."""

    capability = Capability.EXPORT_LISTS
    serializer_class = CampaignSerializer
    parser_classes = (Json,)

    @extend_schema(request=None, responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)})
    def post(self, request: Request, pk: int) -> HttpResponseBase:
        campaign = campaign_with_id(pk)
        hand_over_list(campaign=campaign, actor=request.user, at=timezone.now())
        personal = may_see_personal_data(request)
        _note_export(request, "export_campaign_list", campaign, personal=personal)
        rows = list_csv(campaign, personal=personal)
        return csv_download(rows, f"{campaign.slug}-list")


def _note_export(request: Request, verb: str, campaign: Campaign, *, personal: bool) -> None:
    detail = {"personal": personal}
    record_audit(actor=request.user, verb=verb, subject=campaign.slug, detail=detail)


def _one_of(request: Request, name: str, known: Any) -> str:
    text = request.query_params.get(name, "")
    if text and text not in known:
        raise BadQuery(f"{text[:20]!r} is not known. Use one of {', '.join(known)}.",
                       fields={name: text[:20]})  # fmt: skip
    return text
