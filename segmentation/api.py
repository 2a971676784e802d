from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import refuse_export
from accounts.capabilities import Capability
from core.api import Json
from core.downloads import csv_download
from core.errors import Refused
from core.localtime import parse_when
from core.selectors import organisation_zone
from core.services import record_audit
from customers.api import may_see_personal_data
from customers.selectors import people
from features.selectors import snapshot_as_of
from segmentation.assignment import assign, cluster_run
from segmentation.exports import member_csv
from segmentation.ledger import transitions
from segmentation.models import Segment, SegmentKind
from segmentation.selectors import (
    history,
    member_page,
    preview,
    segment_with_slug,
    segments,
)
from segmentation.serializers import (
    AssignmentSerializer,
    ClusterRunSerializer,
    FiguresSerializer,
    MemberSerializer,
    MoveSerializer,
    NewSegmentSerializer,
    PreviewSerializer,
    QueuedSerializer,
    RuleSerializer,
    SegmentSerializer,
    SizeSerializer,
)
from segmentation.services import create_segment, request_clusters
from segmentation.services.clusters import ClusterOptions
from transactions.selectors import last_order_at

LONGEST_NUMBER = 9
# Of these a customer is in one at a time; rules overlap.
DIVIDING = (SegmentKind.RFM, SegmentKind.CLUSTER)


class BadQuery(Refused):
    code = "bad_query"


class SegmentList(GenericAPIView[Segment]):
    """Groups, clusters and rules with their sizes; POST saves a rule under a name."""

    capability = {"GET": Capability.VIEW_RESULTS, "POST": Capability.EDIT_SEGMENTS}
    serializer_class = SegmentSerializer
    queryset = segments()
    parser_classes = (Json,)

    @extend_schema(responses=SegmentSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(SegmentSerializer(page, many=True).data)

    @extend_schema(request=NewSegmentSerializer, responses={201: SegmentSerializer})
    def post(self, request: Request) -> Response:
        sent = NewSegmentSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        segment = create_segment(actor=request.user, **sent.validated_data)
        return Response(SegmentSerializer(segment).data, status=201)


class SegmentPreview(GenericAPIView[Any]):
    """Who a rule would find: total, reachable by channel, revenue and a sample."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = RuleSerializer
    parser_classes = (Json,)

    @extend_schema(request=RuleSerializer, responses=PreviewSerializer)
    def post(self, request: Request) -> Response:
        sent = RuleSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return Response(preview(sent.validated_data["definition"]))


class SegmentMembers(GenericAPIView[Any]):
    """Who is in a segment, a page at a time, or everybody as CSV."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = MemberSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("format", str, enum=["json", "csv"]),
            OpenApiParameter("sort", str, description="a feature, or -feature"),
        ],
        responses={(200, "application/json"): MemberSerializer(many=True),
                   (200, "text/csv"): OpenApiTypes.STR},
    )  # fmt: skip
    def get(self, request: Request, slug: str) -> HttpResponseBase:
        segment = segment_with_slug(slug)
        form = request.query_params.get("format", "json")
        if form not in ("json", "csv"):
            raise BadQuery(f"{form!r} is no format. Use csv or json.", fields={"format": form})
        if form == "csv":
            return self._csv(request, segment)
        return self._page(request, segment)

    def _csv(self, request: Request, segment: Segment) -> HttpResponseBase:
        refuse_export(request)
        record_audit(actor=request.user, verb="export_segment", subject=segment.slug)
        rows = member_csv(segment, personal=may_see_personal_data(request))
        return csv_download(rows, segment.slug)

    def _page(self, request: Request, segment: Segment) -> Response:
        personal = may_see_personal_data(request)
        size = self.paginator.get_page_size(request) or 50
        number = _whole(request.query_params.get("page", "1"))
        sort = request.query_params.get("sort", "")
        total, rows = member_page(segment, sort=sort, offset=(number - 1) * size, limit=size)
        if personal:
            record_audit(actor=request.user, verb="view_members", subject=segment.slug)
        known = people([row.customer_pk for row in rows], personal=personal)
        results = [
            {
                "customer_id": known[row.customer_pk].customer_id,
                "name": known[row.customer_pk].name,
                **row.values,
            }
            for row in rows
            if row.customer_pk in known
        ]
        return Response(
            {
                "count": total,
                "next": _page_url(request, number + 1) if number * size < total else None,
                "previous": _page_url(request, number - 1) if number > 1 else None,
                "results": results,
            }
        )


class SegmentHistory(GenericAPIView[Any]):
    """How the size of a segment went: who came and who left, when."""

    capability = Capability.VIEW_RESULTS
    serializer_class = SizeSerializer

    @extend_schema(responses=SizeSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        page = self.paginate_queryset(history(segment_with_slug(slug)))  # type: ignore[arg-type]  # a list
        return self.get_paginated_response(SizeSerializer(page, many=True).data)


class SegmentTransitions(GenericAPIView[Any]):
    """Who moved between the groups of two moments, and what they spent in the year before ``to``.

    The year is 365 local days. Null stands for who was not in the record, or no longer is.
    """

    capability = Capability.VIEW_RESULTS
    serializer_class = MoveSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("from", str),
            OpenApiParameter("to", str),
            OpenApiParameter("kind", str, enum=[k.value for k in DIVIDING]),
        ],
        responses=MoveSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        kind = request.query_params.get("kind", SegmentKind.RFM.value)
        if kind not in DIVIDING:
            raise BadQuery(
                f"{kind[:20]!r} divides nobody. Use rfm or cluster.", fields={"kind": kind}
            )
        moments = []
        for name in ("from", "to"):
            text = request.query_params.get(name, "")
            if not text:
                raise BadQuery(f"Say {name}= as a date.", fields={name: "missing"})
            moments.append(
                parse_when(
                    text, organisation_zone(), now=timezone.now(), last_order=last_order_at()
                )
            )
        page = self.paginate_queryset(transitions(*moments, kind))  # type: ignore[arg-type]  # a list
        return self.get_paginated_response(page)


class Assign(GenericAPIView[Any]):
    """Which cluster a customer with these figures would be in; one object, or a list of them."""

    capability = Capability.VIEW_RESULTS
    serializer_class = FiguresSerializer

    @extend_schema(
        parameters=[OpenApiParameter("run", int, description="a cluster run; default: standard")],
        request=FiguresSerializer,
        responses=AssignmentSerializer,
    )
    def post(self, request: Request) -> Response:
        run = request.query_params.get("run")
        return Response(assign(request.data, cluster_run(_whole(run) if run else None)))


class ClusterRuns(GenericAPIView[Any]):
    """Cluster customers by chosen features; the run's result names the groups.

    Kept beside the standard clusters as the feature ``cluster__<run>``.
    """

    capability = Capability.EDIT_SEGMENTS
    serializer_class = ClusterRunSerializer

    @extend_schema(request=ClusterRunSerializer, responses={202: QueuedSerializer})
    def post(self, request: Request) -> Response:
        sent = ClusterRunSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        chosen = {**sent.validated_data, "features": tuple(sent.validated_data["features"])}
        as_of = snapshot_as_of() or timezone.now()
        run = request_clusters(options=ClusterOptions(**chosen), as_of=as_of, actor=request.user)
        return Response({"run": run.pk, "state": run.state}, status=202)


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > LONGEST_NUMBER or int(text) < 1:
        raise BadQuery(f"{text[:20]!r} is not a number from 1 to 999,999,999.")
    return int(text)


def _page_url(request: Request, number: int) -> str:
    query = request.query_params.copy()
    query["page"] = str(number)
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
