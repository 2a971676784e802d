from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import may
from accounts.capabilities import Capability
from core.services import record_audit
from customers.selectors import consents, customer_with_id, interactions, notes, person, search
from customers.serializers import (
    ConsentSerializer,
    InteractionSerializer,
    NewNoteSerializer,
    NoteSerializer,
    PersonSerializer,
    StatementSerializer,
)
from customers.services import state_consent, write_note


def may_see_personal_data(request: Request) -> bool:
    return may(request, Capability.VIEW_PERSONAL_DATA)


class CustomerList(GenericAPIView[Any]):
    """Find customers by id, and by name, e-mail or telephone for those who may see them."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = PersonSerializer

    @extend_schema(
        parameters=[OpenApiParameter("search", str)], responses=PersonSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        personal = may_see_personal_data(request)
        text = request.query_params.get("search", "")
        page = self.paginate_queryset(search(text, personal=personal)) or []
        if personal:
            record_audit(actor=request.user, verb="search_customers", detail={"shown": len(page)})
        shown = [person(customer, personal=personal) for customer in page]
        return self.get_paginated_response(PersonSerializer(shown, many=True).data)


class CustomerDetail(GenericAPIView[Any]):
    """One customer; names and addresses are masked unless the role may see them."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = PersonSerializer

    def get(self, request: Request, customer_id: str) -> Response:
        customer = customer_with_id(customer_id)
        personal = may_see_personal_data(request)
        if personal:
            record_audit(actor=request.user, verb="view_customer", subject=customer_id)
        return Response(PersonSerializer(person(customer, personal=personal)).data)


class CustomerInteractions(GenericAPIView[Any]):
    """Support requests and contacts of a customer, the newest first; what was said is masked
    unless the role may see it."""

    capability = Capability.VIEW_CUSTOMERS
    serializer_class = InteractionSerializer

    @extend_schema(responses=InteractionSerializer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        page = self.paginate_queryset(interactions(customer_with_id(customer_id)))
        personal = may_see_personal_data(request)
        if personal:
            record_audit(actor=request.user, verb="view_customer", subject=customer_id)
        shown = InteractionSerializer(page, many=True, context={"personal": personal})
        return self.get_paginated_response(shown.data)


class CustomerConsents(GenericAPIView[Any]):
    """What a customer agreed to, the newest first; POST writes down what they say now."""

    capability = {
        "GET": Capability.VIEW_CUSTOMERS,
        "POST": Capability.EDIT_CUSTOMERS,
    }
    serializer_class = ConsentSerializer

    @extend_schema(responses=ConsentSerializer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        page = self.paginate_queryset(consents(customer_with_id(customer_id)))
        return self.get_paginated_response(ConsentSerializer(page, many=True).data)

    @extend_schema(request=StatementSerializer, responses={201: ConsentSerializer})
    def post(self, request: Request, customer_id: str) -> Response:
        said = StatementSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        consent = state_consent(
            customer=customer_with_id(customer_id),
            actor=request.user,
            at=timezone.now(),
            **said.validated_data,
        )
        return Response(ConsentSerializer(consent).data, status=201)


class CustomerNotes(GenericAPIView[Any]):
    """What colleagues wrote about a customer, the newest first; POST writes a note."""

    capability = {
        "GET": Capability.VIEW_CUSTOMERS,
        "POST": Capability.EDIT_CUSTOMERS,
    }
    serializer_class = NoteSerializer

    @extend_schema(responses=NoteSerializer(many=True))
    def get(self, request: Request, customer_id: str) -> Response:
        page = self.paginate_queryset(notes(customer_with_id(customer_id)))
        personal = may_see_personal_data(request)
        if personal:
            record_audit(actor=request.user, verb="view_customer", subject=customer_id)
        shown = NoteSerializer(page, many=True, context={"personal": personal})
        return self.get_paginated_response(shown.data)

    @extend_schema(request=NewNoteSerializer, responses={201: NoteSerializer})
    def post(self, request: Request, customer_id: str) -> Response:
        said = NewNoteSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        note = write_note(
            customer=customer_with_id(customer_id),
            actor=request.user,
            at=timezone.now(),
            **said.validated_data,
        )
        # Whoever wrote it knows what it says.
        return Response(NoteSerializer(note, context={"personal": True}).data, status=201)
