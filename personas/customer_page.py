"""Everything that the customer page shows, for whoever looks."""

from typing import Any

from django.forms import Form

from accounts.capabilities import Capability
from accounts.models import User
from core.services import record_audit
from customers.models import Customer
from personas.contacts import answers, contacts
from personas.expectations import expectations
from personas.forms import CloseForm, NoteForm
from personas.notes import note_words
from personas.profile import profile


def page_of(
    customer: Customer,
    *,
    user: User,
    note_form: Form | None = None,
    close_form: Form | None = None,
    closing: int | None = None,
    struck: int | None = None,
) -> dict[str, Any]:
    """The look is written down where it shows personal data.

    Forms are those that were refused, as they were typed; ``closing`` is the request of the
    ``close_form``, ``struck`` a note that can be put back.
    """
    personal = user.can(Capability.VIEW_PERSONAL_DATA)
    if personal:
        record_audit(actor=user, verb="view_customer", subject=customer.customer_id)
    return {
        "profile": profile(customer, personal=personal),
        "expected": expectations(customer.pk),
        "contacts": contacts(customer, personal=personal),
        "answers": answers(customer, personal=personal),
        "notes": note_words(customer, personal=personal, struck=struck),
        "may_edit": user.can(Capability.EDIT_CUSTOMERS),
        "note_form": note_form or NoteForm(),
        "close_form": close_form or CloseForm(auto_id="close_%s"),
        "closing": closing,
    }
