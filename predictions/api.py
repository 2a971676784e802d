from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from core.errors import Refused
from customers.selectors import customer_with_id
from predictions.selectors import answering_version, customer_predictions, scored_customers
from predictions.serializers import (
    CustomerPredictionsSerializer,
    EvaluationSerializer,
    ModelSerializer,
    ScoredCustomerSerializer,
)


class BadLimit(Refused):
    code = "bad_limit"


class PredictionDetail(GenericAPIView[Any]):
    """The model that answers for churn, orders or spend."""

    capability = Capability.VIEW_RESULTS
    serializer_class = ModelSerializer

    def get(self, request: Request, predictor: str) -> Response:
        version = answering_version(predictor)
        answer = {
            "name": version.name,
            "version": version.pk,
            "in_use": version.promoted,
            "horizon_days": version.parameters.get("horizon_days"),
            **{
                field: getattr(version, field)
                for field in (
                    "as_of", "parameters", "metrics", "importances", "verdict", "promoted_at",
                )
            },
        }  # fmt: skip
        return Response(ModelSerializer(answer).data)


class PredictionEvaluation(GenericAPIView[Any]):
    """How good that model was on later windows, its baselines beside it."""

    capability = Capability.VIEW_RESULTS
    serializer_class = EvaluationSerializer

    def get(self, request: Request, predictor: str) -> Response:
        return Response(answering_version(predictor).evaluation)


class PredictionCustomers(GenericAPIView[Any]):
    """Customers by their score, the highest first; ``min`` and ``max`` are inclusive."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = ScoredCustomerSerializer

    @extend_schema(
        parameters=[OpenApiParameter("min", float), OpenApiParameter("max", float)],
        responses=ScoredCustomerSerializer(many=True),
    )
    def get(self, request: Request, predictor: str) -> Response:
        low, high = (_number(request, name) for name in ("min", "max"))
        found = scored_customers(predictor, low=low, high=high)
        page = self.paginate_queryset(found)  # type: ignore[arg-type]  # a list is paged too
        return self.get_paginated_response(ScoredCustomerSerializer(page, many=True).data)


class CustomerPredictions(GenericAPIView[Any]):
    """What is expected of one customer, with the reasons."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = CustomerPredictionsSerializer

    def get(self, request: Request, customer_id: str) -> Response:
        customer = customer_with_id(customer_id)
        answer = {"customer_id": customer.customer_id, **asdict(customer_predictions(customer.pk))}
        return Response(CustomerPredictionsSerializer(answer).data)


def _number(request: Request, name: str) -> float | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise BadLimit(f"{name}= is a number, and {text!r} is not.", fields={name: text}) from error
