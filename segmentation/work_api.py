from typing import Any

import polars as pl
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.capabilities import Capability
from core.api import Json
from core.errors import NotFound
from core.services import record_audit
from customers.api import may_see_personal_data
from customers.selectors import Person, masked_text, people
from segmentation.models import WorkEntry, WorkList
from segmentation.moves_address import asked_move
from segmentation.services import (
    change_work_list,
    close_work_list,
    create_work_list,
    finish_entry,
    note_entry,
    reopen_entry,
    reopen_work_list,
)
from segmentation.work import (
    ELSEWHERE,
    STATES,
    entries,
    list_figures,
    source_of_move,
    source_of_rule,
    source_of_segment,
    work_list_with_id,
    work_lists,
)
from segmentation.work_serializers import (
    ChangedWorkListSerializer,
    NewWorkListSerializer,
    WorkedEntrySerializer,
    WorkEntrySerializer,
    WorkListSerializer,
)


class WorkLists(GenericAPIView[WorkList]):
    """Work lists, what is due first first; POST makes one of a segment, a rule or a move."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = WorkListSerializer
    queryset = WorkList.objects.none()
    parser_classes = (Json,)

    def get_queryset(self) -> QuerySet[WorkList]:
        return work_lists(self.request.query_params.get("show", ""))

    @extend_schema(
        parameters=[OpenApiParameter("show", str, enum=["open", "closed"])],
        responses=WorkListSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        told = WorkListSerializer(page, many=True, context={"figures": list_figures(page)})
        return self.get_paginated_response(told.data)

    @extend_schema(request=NewWorkListSerializer, responses={201: WorkListSerializer})
    def post(self, request: Request) -> Response:
        sent = NewWorkListSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        asked = dict(sent.validated_data)
        if slug := asked.pop("segment", ""):
            source = source_of_segment(slug)
        elif move := asked.pop("move", None):
            source = source_of_move(asked_move(move))
        else:
            source = source_of_rule(asked.pop("definition"))
        work_list = create_work_list(source=source, actor=request.user, at=timezone.now(), **asked)
        return Response(_told(work_list), status=201)


class WorkListDetail(GenericAPIView[WorkList]):
    """One list; PATCH by its owner, whoever made it, or who works with customers."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = WorkListSerializer
    parser_classes = (Json,)

    def get(self, request: Request, pk: int) -> Response:
        return Response(_told(work_list_with_id(pk)))

    @extend_schema(request=ChangedWorkListSerializer, responses=WorkListSerializer)
    @transaction.atomic
    def patch(self, request: Request, pk: int) -> Response:
        work_list = work_list_with_id(pk)
        sent = ChangedWorkListSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        changes = dict(sent.validated_data)
        closed = changes.pop("closed", None)
        if closed is False:
            reopen_work_list(work_list=work_list, actor=request.user)
        if changes:
            change_work_list(work_list=work_list, actor=request.user, **changes)
        if closed:
            close_work_list(work_list=work_list, actor=request.user, at=timezone.now())
        return Response(_told(work_list_with_id(pk)))


class WorkEntries(GenericAPIView[Any]):
    """Who is on a list; POST says of one customer that they are done, or what came of it."""

    capability = {"GET": Capability.VIEW_CUSTOMERS, "POST": Capability.EDIT_CUSTOMERS}
    serializer_class = WorkEntrySerializer
    parser_classes = (Json,)

    @extend_schema(
        parameters=[OpenApiParameter("state", str, enum=list(STATES))],
        responses=WorkEntrySerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        frame = entries([work_list_with_id(pk)])
        if state := request.query_params.get("state"):
            frame = frame.filter(pl.col("state") == state)
        page = self.paginate_queryset(frame["entry"].to_list())  # type: ignore[arg-type]  # a list
        personal = may_see_personal_data(request)
        if personal:
            record_audit(actor=request.user, verb="view_work_list", subject=f"work list {pk}")
        shown = frame.filter(pl.col("entry").is_in(page or []))
        return self.get_paginated_response(_entries(shown, personal=personal))

    @extend_schema(request=WorkedEntrySerializer, responses=WorkEntrySerializer)
    @transaction.atomic
    def post(self, request: Request, pk: int) -> Response:
        work_list = work_list_with_id(pk)
        sent = WorkedEntrySerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        asked = sent.validated_data
        found = WorkEntry.objects.filter(
            work_list=work_list, customer__customer_id=asked["customer_id"]
        )
        entry = found.first()
        if entry is None:
            raise NotFound(f"{asked['customer_id']} is not on the list.")
        if "note" in asked:
            note_entry(entry=entry, note=asked["note"], actor=request.user)
        if asked.get("done"):
            finish_entry(entry=entry, actor=request.user, at=timezone.now())
        elif asked.get("done") is False:
            reopen_entry(entry=entry, actor=request.user)
        personal = may_see_personal_data(request)
        if personal:
            record_audit(actor=request.user, verb="view_work_list", subject=f"work list {pk}")
        return Response(_entries(entries([work_list], only=entry.pk), personal=personal)[0])


def _told(work_list: WorkList) -> dict[str, Any]:
    figures = {"figures": list_figures([work_list])}
    return dict(WorkListSerializer(work_list, context=figures).data)


def _entries(frame: pl.DataFrame, *, personal: bool) -> list[dict[str, Any]]:
    written = WorkEntry.objects.select_related("done_by").in_bulk(frame["entry"].to_list())
    known = people(frame["customer_pk"].to_list(), personal=personal)
    rows = [
        row
        for row in frame.iter_rows(named=True)
        if row["entry"] in written and row["customer_pk"] in known
    ]
    told = [_entry(row, written[row["entry"]], known[row["customer_pk"]], personal) for row in rows]
    return list(WorkEntrySerializer(told, many=True).data)


def _entry(row: dict[str, Any], entry: WorkEntry, person: Person, personal: bool) -> dict[str, Any]:
    return {
        "customer_id": person.customer_id,
        "name": person.name,
        "state": row["state"],
        "work_list": row["held_by"] if row["state"] == ELSEWHERE else None,
        "done_at": entry.done_at,
        "done_by": entry.done_by.email if entry.done_by else None,
        "note": masked_text(entry.note, personal=personal),
    }
