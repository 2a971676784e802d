from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from core.errors import Refused
from customers.selectors import customer_with_id
from recommendations.selectors import (
    GOALS,
    bought_together,
    goal_named,
    recommend,
    similar,
)
from recommendations.serializers import (
    ItemSerializer,
    WantingSerializer,
)
from recommendations.wanting import likeliest, product_with_sku

USUAL_K = 10
K = OpenApiParameter("k", int, description=f"how many at most; default {USUAL_K}")


class BadNumber(Refused):
    code = "bad_number"


class CustomerRecommendations(GenericAPIView[Any]):
    """What a customer may want: to buy again, to discover, or both."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = ItemSerializer

    @extend_schema(
        parameters=[
            K,
            OpenApiParameter("goal", str, enum=list(GOALS)),
            OpenApiParameter("exclude", str, description="skus that must not be among them"),
        ],
        responses=ItemSerializer(many=True),
    )
    def get(self, request: Request, customer_id: str) -> Response:
        customer = customer_with_id(customer_id)
        goal = goal_named(request.query_params.get("goal", "both"))
        excluded = [s for s in request.query_params.get("exclude", "").split(",") if s]
        items = recommend(customer.pk, k=_k(request), goal=goal, excluded=excluded)
        return _whole(ItemSerializer(items, many=True).data)


class SimilarProducts(GenericAPIView[Any]):
    """Products that the same customers buy, or that are described alike."""

    capability = Capability.VIEW_RESULTS
    serializer_class = ItemSerializer

    @extend_schema(parameters=[K], responses=ItemSerializer(many=True))
    def get(self, request: Request, sku: str) -> Response:
        return _whole(ItemSerializer(similar(sku, k=_k(request)), many=True).data)


class ProductsBoughtTogether(GenericAPIView[Any]):
    """What lies in one basket with a product more often than chance would have it."""

    capability = Capability.VIEW_RESULTS
    serializer_class = ItemSerializer

    @extend_schema(parameters=[K], responses=ItemSerializer(many=True))
    def get(self, request: Request, sku: str) -> Response:
        return _whole(ItemSerializer(bought_together(sku, k=_k(request)), many=True).data)


class CustomersForProduct(GenericAPIView[Any]):
    """Who never bought a product and would want it, the likeliest first, at most 200: the list of
    the product's page. Another size of the same product counts as bought.
    """

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = WantingSerializer

    @extend_schema(parameters=[K], responses=WantingSerializer(many=True))
    def get(self, request: Request, sku: str) -> Response:
        listed = likeliest(product_with_sku(sku), k=_k(request))
        return _whole(WantingSerializer(listed, many=True).data)


def _whole(results: Any) -> Response:
    """A list in the shape of every list; ``k`` has made it short already."""
    return Response({"count": len(results), "next": None, "previous": None, "results": results})


def _k(request: Request) -> int:
    text = request.query_params.get("k", str(USUAL_K))
    if not text.isdecimal():
        raise BadNumber(f"k= is a whole number from 0 on, and {text!r} is not.", fields={"k": text})
    return int(text[:9])
