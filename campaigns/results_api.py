from typing import Any

from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from campaigns.looks import results
from campaigns.results_serializers import ResultsSerializer


class CampaignResults(GenericAPIView[Any]):
    """What a campaign brought, with interval, verdict, checks, and every look so far."""

    capability = Capability.VIEW_RESULTS
    serializer_class = ResultsSerializer

    def get(self, request: Request, pk: int) -> Response:
        return Response(ResultsSerializer(results(pk).as_json()).data)
