from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import SendPermission, is_write_only
from accounts.authentication import BrowserSession, WriteKeyAuthentication
from accounts.capabilities import Capability
from accounts.write_keys import Sends, source_of
from ingestion.body_parsers import PostedArray, PostedLines, PostedText
from ingestion.cross_origin import CrossOrigin
from ingestion.holding import accept_load, refuse_load
from ingestion.posted import Posted, posted_array
from ingestion.posted_queue import leave_rows
from ingestion.public_rows import refuse_beyond
from ingestion.pushes import push
from ingestion.rule_book import rules_described
from ingestion.selectors import loads, problems
from ingestion.serializers import (
    CleaningRuleSerializer,
    LoadDetailSerializer,
    LoadSerializer,
    ProblemSerializer,
    PushSerializer,
    UndoSerializer,
    UploadSerializer,
)
from ingestion.services import load_numbered, receive_file, request_undo
from runs.selectors import run_ahead

ROWS = {"type": "array", "minItems": 1, "items": {"type": "object"}}


class ImportList(GenericAPIView[Any]):
    """Loads, the newest first; POST brings a file in."""

    capability = Capability.IMPORT_DATA
    serializer_class = LoadSerializer
    parser_classes = [MultiPartParser, FormParser]

    @extend_schema(responses=LoadSerializer(many=True))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(loads())
        return self.get_paginated_response(LoadSerializer(page, many=True).data)

    @extend_schema(request=UploadSerializer, responses={202: LoadSerializer})
    def post(self, request: Request) -> Response:
        sent = UploadSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        file = values.pop("file")
        load = receive_file(upload=file.file, file_name=file.name, actor=request.user, **values)
        waiting = {"waits_behind": run_ahead(load.run)}
        return Response(LoadSerializer(load, context=waiting).data, status=202)


class ImportDetail(GenericAPIView[Any]):
    """One load: its counts add up to the rows read, its sums to the file's; and its lineage."""

    capability = Capability.IMPORT_DATA
    serializer_class = LoadDetailSerializer

    def get(self, request: Request, load_id: int) -> Response:
        load = load_numbered(load_id)
        waiting = {"waits_behind": run_ahead(load.run)}
        return Response(LoadDetailSerializer(load, context=waiting).data)


class ImportProblems(GenericAPIView[Any]):
    """The rejected rows: row, column, value, reason, remedy."""

    capability = Capability.IMPORT_DATA
    serializer_class = ProblemSerializer

    @extend_schema(responses=ProblemSerializer(many=True))
    def get(self, request: Request, load_id: int) -> Response:
        page = self.paginate_queryset(problems(load_numbered(load_id)))
        return self.get_paginated_response(ProblemSerializer(page, many=True).data)


class ImportUndo(GenericAPIView[Any]):
    """Take out what a load brought in and put back what it changed; refused, naming the reason,
    where that cannot be."""

    capability = Capability.IMPORT_DATA
    serializer_class = UndoSerializer

    @extend_schema(request=None, responses={202: UndoSerializer})
    def post(self, request: Request, load_id: int) -> Response:
        load = load_numbered(load_id)
        run = request_undo(load=load, actor=request.user)
        answer = {"id": load.pk, "state": run.state, "run": run.pk}
        return Response(UndoSerializer(answer).data, status=202)


class ImportAccept(GenericAPIView[Any]):
    """Enter a load that its control totals hold, or let models learn from one of poor quality."""

    capability = Capability.IMPORT_DATA
    serializer_class = LoadSerializer

    @extend_schema(request=None, responses={202: LoadSerializer})
    def post(self, request: Request, load_id: int) -> Response:
        load = accept_load(load=load_numbered(load_id), actor=request.user)
        waiting = {"waits_behind": run_ahead(load.run)}
        return Response(LoadSerializer(load, context=waiting).data, status=202)


class ImportRefuse(GenericAPIView[Any]):
    """Let a held load not enter; its report stays."""

    capability = Capability.IMPORT_DATA
    serializer_class = LoadSerializer

    @extend_schema(request=None, responses=LoadSerializer)
    def post(self, request: Request, load_id: int) -> Response:
        load = refuse_load(load=load_numbered(load_id), actor=request.user)
        return Response(LoadSerializer(load, context={"waits_behind": None}).data)


class CleaningRules(GenericAPIView[Any]):
    """The cleaning rules that a mapping may ask for, each with its options."""

    capability = Capability.IMPORT_DATA
    serializer_class = CleaningRuleSerializer
    pagination_class = None

    @extend_schema(responses=CleaningRuleSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(CleaningRuleSerializer(rules_described(), many=True).data)


class Push(CrossOrigin, GenericAPIView[Any]):
    """Rows of a kind as a JSON array or as NDJSON, plain or as gzip: the same rows again change
    nothing. A few enter before the answer, which tells what is wrong with each that could not. 202
    for more than 1,000 rows or 2 MB, and where an earlier load takes its time: a worker enters
    them. A write-only key is answered with 204 once its rows are written down: they enter within
    seconds under a source of their own, and it reads nothing.
    """

    capability = Capability.IMPORT_DATA
    authentication_classes = [WriteKeyAuthentication, BrowserSession]
    permission_classes = [SendPermission]
    serializer_class = PushSerializer
    parser_classes = [PostedArray, PostedLines, PostedText]
    kind = ""
    sends = Sends.EVENTS

    @extend_schema(
        parameters=[OpenApiParameter("source", str, description="Where the rows come from.")],
        request={
            "application/json": ROWS,
            "application/x-ndjson": {"type": "string"},
            "text/plain": {"type": "string"},
        },
        responses={200: PushSerializer, 202: PushSerializer, 204: None},
    )
    def post(self, request: Request) -> Response:
        sent = request.data
        # A body of no bytes reaches no parser.
        posted = sent if isinstance(sent, Posted) else posted_array(None)
        if is_write_only(request):
            refuse_beyond(posted, sends=self.sends, key=request.auth)
            source = source_of(request.auth)
            leave_rows(posted=posted, kind=self.kind, source=source, actor=request.user)
            return Response(status=204)
        load = push(
            posted=posted,
            kind=self.kind,
            source=request.query_params.get("source", ""),
            actor=request.user,
        )
        waiting = {"waits_behind": run_ahead(load.run)}
        status = 200 if load.run.finished_at else 202
        return Response(PushSerializer(load, context=waiting).data, status=status)
