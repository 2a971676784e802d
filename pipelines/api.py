from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from customers.finding import pair_numbered
from customers.identity_models import PairState
from pipelines.deciding import decide
from pipelines.duplicates_page import pairs
from pipelines.erasure import certificate_of, erasure_numbered, erasures, request_erasure
from pipelines.serializers import (
    CertificateSerializer,
    DecisionSerializer,
    DuplicateSerializer,
    ErasureRequestSerializer,
)
from pipelines.subject import subject_download


class ErasureList(GenericAPIView[Any]):
    """Erasures with their certificates, the newest first; POST erases a person for good."""

    capability = Capability.ERASE_CUSTOMERS
    serializer_class = CertificateSerializer
    queryset = erasures()

    @extend_schema(responses=CertificateSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(erasures())
        told = [certificate_of(run) for run in page or []]
        return self.get_paginated_response(CertificateSerializer(told, many=True).data)

    @extend_schema(request=ErasureRequestSerializer, responses={202: CertificateSerializer})
    def post(self, request: Request) -> Response:
        sent = ErasureRequestSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        run = request_erasure(actor=request.user, **sent.validated_data)
        return Response(CertificateSerializer(certificate_of(run)).data, status=202)


class ErasureDetail(GenericAPIView[Any]):
    """One erasure: its state, and what was touched."""

    capability = Capability.ERASE_CUSTOMERS
    serializer_class = CertificateSerializer

    def get(self, request: Request, number: int) -> Response:
        told = certificate_of(erasure_numbered(number))
        return Response(CertificateSerializer(told).data)


class CustomerSubject(GenericAPIView[Any]):
    """Everything that is held about a person, as a zip of JSON files and a page."""

    capability = Capability.ERASE_CUSTOMERS
    serializer_class = CertificateSerializer

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, customer_id: str) -> HttpResponse:
        return subject_download(customer_id, request.user)


class DuplicateList(GenericAPIView[Any]):
    """Pairs of customers who may be one person, the strongest evidence first."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = DuplicateSerializer

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=PairState.values)],
        responses=DuplicateSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params.get("state", "")
        state = PairState(asked) if asked in PairState.values else PairState.OPEN
        page = self.paginate_queryset(pairs(state)) or []
        return self.get_paginated_response(DuplicateSerializer(page, many=True).data)


class DuplicateDecision(GenericAPIView[Any]):
    """POST says what becomes of a pair: they are merged, two people, or two customers again."""

    capability = Capability.EDIT_CUSTOMERS
    serializer_class = DecisionSerializer

    @extend_schema(request=DecisionSerializer, responses=DuplicateSerializer)
    def post(self, request: Request, number: int) -> Response:
        sent = DecisionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        pair = pair_numbered(number)
        decide(pair=pair, actor=request.user, at=timezone.now(), **sent.validated_data)
        return Response(DuplicateSerializer(pair_numbered(number)).data)
