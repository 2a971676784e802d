"""Everything that the customer page shows, for whoever looks."""

from typing import Any

from django.forms import Form
from django.utils import timezone

from accounts.capabilities import Capability
from accounts.models import User
from core.formats import short_day
from core.services import record_audit
from customers.aliases import aliases_of
from customers.erased import erased_at
from customers.finding import may_be
from customers.models import Customer
from personas.campaigns_in import campaigns_in
from personas.contacts import answers, contacts
from personas.expectations import expectations
from personas.forms import CloseForm, NoteForm
from personas.notes import note_words
from personas.profile import profile
from personas.writing import may_we_write


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
    shown, expected = profile(customer, personal=personal), expectations(customer.pk)
    asked = contacts(customer, personal=personal)
    left = note_words(customer, personal=personal, struck=struck)
    return {
        "profile": shown,
        "now": _now(asked, left),
        "twice": may_be(customer.pk),
        "also_known_as": ", ".join(alias.customer_id for alias in aliases_of(customer.pk)),
        "heading": heading(shown.finding, expected["churn"]),
        "writing": may_we_write(customer, at=timezone.now()),
        "expected": expected,
        "campaigns": campaigns_in(customer.pk),
        "contacts": asked,
        "answers": answers(customer, personal=personal),
        "notes": left,
        "may_edit": user.can(Capability.EDIT_CUSTOMERS),
        "note_form": note_form or NoteForm(),
        "close_form": close_form or CloseForm(auto_id="close_%s"),
        "closing": closing,
    }


def heading(finding: str, churn: dict[str, Any]) -> dict[str, str]:
    """How they buy, and what is expected of it: {said, share, rest}, the share a forecast."""
    if not churn:
        return {"said": finding, "share": "", "rest": ""}
    how = finding.partition(": ")[0].partition(";")[0].removesuffix(".")
    rest = f"customers like this will probably not buy in the next {churn['days']} days."
    return {"said": f"{how}:", "share": churn["share"], "rest": rest}


def _now(asked: dict[str, Any], left: dict[str, Any]) -> list[tuple[str, str]]:
    """(words, where on the page): what whoever answers the telephone must not miss."""
    still_open = [("contacts", asked["finding"])] if asked.get("open") else []
    noted = [("notes", left["finding"])] if left["rows"] else []
    return [(words, place) for place, words in still_open + noted]


def missing_words(customer_id: str) -> dict[str, str]:
    """Why there is no page of this customer, and the way on."""
    erased = erased_at(customer_id)
    if erased is not None:
        return {
            "finding": f"Customer {customer_id} was erased on {short_day(erased)}.",
            "lede": "They asked for it, or the law did. Nothing about them is kept here, and no"
            " file brings them back.",
        }
    return {
        "finding": f"There is no customer {customer_id}.",
        "lede": "The number may be mistyped, or the import that brought them in was undone.",
    }
