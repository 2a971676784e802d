from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from core.selectors import organisation_zone
from ingestion.health import all_health
from ingestion.source_serializers import SourceSerializer


class SourceList(GenericAPIView[Any]):
    """Every source over all its loads, files and pushes too: how it is read, and how it fares."""

    capability = Capability.IMPORT_DATA
    serializer_class = SourceSerializer

    @extend_schema(responses=SourceSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(all_health(timezone.now(), organisation_zone()))
        return self.get_paginated_response(SourceSerializer(page, many=True).data)
