"""What support writes on a customer page. A refusal shows the form again as it was typed."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import Refused
from customers.models import Customer
from customers.selectors import customer_with_id, interaction_of, note_of
from customers.services import (
    close_contact,
    log_contact,
    reopen_contact,
    restore_note,
    state_consent,
    strike_note,
    write_note,
)
from personas.customer_page import page_of
from personas.forms import (
    CloseForm,
    ConsentForm,
    ContactForm,
    NoteForm,
    blank_contact,
    take_refusal,
)
from pipelines.services import request_update

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def add_note(request: HttpRequest, customer_id: str) -> HttpResponse:
    customer, form = customer_with_id(customer_id), NoteForm(request.POST)
    if form.is_valid():
        try:
            write_note(
                customer=customer, text=form.cleaned_data["text"], actor=request.user,
                at=timezone.now(),
            )  # fmt: skip
            return _back(customer, "notes")
        except Refused as refused:
            take_refusal(form, refused)
    page = page_of(customer, user=request.user, note_form=form)
    return render(request, "personas/customer.html", page, status=400)


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def drop_note(request: HttpRequest, customer_id: str, pk: int) -> HttpResponse:
    """Strike a note; the page that follows offers to put it back."""
    customer = customer_with_id(customer_id)
    strike_note(note=note_of(customer, pk), actor=request.user, at=timezone.now())
    return redirect(f"{reverse('customer', args=[customer_id])}?struck={pk}#notes")


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def put_note_back(request: HttpRequest, customer_id: str, pk: int) -> HttpResponse:
    customer = customer_with_id(customer_id)
    restore_note(note=note_of(customer, pk), actor=request.user)
    return _back(customer, "notes")


@require_http_methods(FORM_METHODS)
@requires(Capability.EDIT_CUSTOMERS)
def new_contact(request: HttpRequest, customer_id: str) -> HttpResponse:
    """A contact entered by hand, settled or open."""
    customer, now = customer_with_id(customer_id), timezone.now()
    form = ContactForm(request.POST) if request.method == "POST" else blank_contact(now)
    if form.is_valid():
        try:
            with transaction.atomic():
                log_contact(customer=customer, actor=request.user, at=now, **form.asked())
                request_update(customer_pks=[customer.pk])
            messages.success(request, f"The contact is on the page of {customer}.")
            return _back(customer, "contacts")
        except Refused as refused:
            take_refusal(form, refused)
    return _form(request, customer, form, "personas/contact_form.html")


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def settle_contact(request: HttpRequest, customer_id: str, pk: int) -> HttpResponse:
    """An open request is closed with the words of how it ended."""
    customer = customer_with_id(customer_id)
    contact, form = interaction_of(customer, pk), CloseForm(request.POST, auto_id="close_%s")
    if form.is_valid():
        try:
            close_contact(
                contact=contact, outcome=form.cleaned_data["outcome"], actor=request.user,
                at=timezone.now(),
            )  # fmt: skip
            return _back(customer, "contacts")
        except Refused as refused:
            take_refusal(form, refused)
    page = page_of(customer, user=request.user, close_form=form, closing=contact.pk)
    return render(request, "personas/customer.html", page, status=400)


@require_POST
@requires(Capability.EDIT_CUSTOMERS)
def open_contact_again(request: HttpRequest, customer_id: str, pk: int) -> HttpResponse:
    customer = customer_with_id(customer_id)
    reopen_contact(contact=interaction_of(customer, pk), actor=request.user)
    return _back(customer, "contacts")


@require_http_methods(FORM_METHODS)
@requires(Capability.EDIT_CUSTOMERS)
def new_consent(request: HttpRequest, customer_id: str) -> HttpResponse:
    """What the customer says now about being written to; the newest word holds."""
    customer = customer_with_id(customer_id)
    posted = request.method == "POST"
    form = ConsentForm(request.POST) if posted else ConsentForm(initial=request.GET.dict())
    if form.is_valid():
        try:
            asked = form.asked()
            state_consent(customer=customer, actor=request.user, at=timezone.now(), **asked)
            messages.success(request, f"Written down. It holds for {customer} from now on.")
            return _back(customer, "consent")
        except Refused as refused:
            take_refusal(form, refused)
    return _form(request, customer, form, "personas/consent_form.html")


def _form(request: HttpRequest, customer: Customer, form: object, template: str) -> HttpResponse:
    status = 400 if request.method == "POST" else 200
    return render(request, template, {"customer": customer, "form": form}, status=status)


def _back(customer: Customer, part: str) -> HttpResponse:
    return redirect(f"{reverse('customer', args=[customer.customer_id])}#{part}")
