from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from customers.selectors import customer_with_id
from features.frames import customer_features
from features.selectors import catalogue, snapshot_as_of
from features.serializers import CatalogueEntrySerializer, CustomerFeaturesSerializer


class FeatureList(GenericAPIView[Any]):
    """The catalogue: every feature that rules may name, and what it means."""

    capability = Capability.VIEW_RESULTS
    serializer_class = CatalogueEntrySerializer

    @extend_schema(responses=CatalogueEntrySerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(catalogue())  # type: ignore[arg-type]  # a list is paged too
        return self.get_paginated_response(CatalogueEntrySerializer(page, many=True).data)


class CustomerFeatureDetail(GenericAPIView[Any]):
    """What is known about one customer: {feature: value}, as of the last refresh."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = CustomerFeaturesSerializer

    def get(self, request: Request, customer_id: str) -> Response:
        customer = customer_with_id(customer_id)
        answer = {
            "customer_id": customer.customer_id,
            "as_of": snapshot_as_of(),
            "features": customer_features(customer.pk),
        }
        return Response(CustomerFeaturesSerializer(answer).data)
