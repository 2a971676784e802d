"""Questions about customers, with personal data only for those who may see them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.apps import apps
from django.db.models import Q, QuerySet

from core.encryption import blind_index, fold
from core.errors import NotFound
from core.models import RowBefore
from core.once import asked_once
from core.selectors import organisation
from customers.aliases import known_as, somebodies
from customers.contact_indexes import email_index, phone_index
from customers.identity_models import Alias
from customers.models import (
    Channel,
    Consent,
    ContactLedger,
    Customer,
    Feedback,
    Interaction,
    Note,
    Suppression,
)

PERSONAL = ("name", "email", "phone", "birth_date", "address")
MASK = "•••"
LEAST_LETTERS = 3
# Names that are decrypted to narrow what their first letters found.
READ_AT_MOST = 1000


@dataclass(frozen=True)
class Person:
    """A customer as somebody may see them; masked where they may not see more."""

    customer_pk: int
    customer_id: str
    name: str | None
    email: str | None
    phone: str | None
    birth_date: str | None
    age_band: str | None
    region: str | None
    acquisition_channel: str | None
    joined_at: date | None
    is_synthetic: bool
    is_placeholder: bool
    masked: bool


@dataclass(frozen=True)
class Identity:
    """What may name a customer outside of tables: the id, and personal texts of now and before."""

    customer_pk: int
    customer_id: str
    texts: frozenset[str]


@dataclass(frozen=True)
class ChannelState:
    """What holds for one channel: the newest statement, and whether it is suppressed."""

    channel: str
    granted: bool | None
    since: datetime | None
    source: str
    suppressed: bool


@dataclass(frozen=True)
class WrittenTo:
    """When somebody was last written to, and how often in the days of the cap.

    ``free_at``: when they may be written to again, where the cap bars them now.
    """

    last: datetime | None
    lately: int
    most: int
    days: int
    free_at: datetime | None


def customers_of_load(load_id: int) -> QuerySet[Customer]:
    """The customers that a load brought in; those that it changed had come with another."""
    changed = RowBefore.objects.filter(load_id=load_id, of_table=Customer._meta.db_table)
    return Customer.objects.filter(load_id=load_id).exclude(pk__in=changed.values("row_id"))


def customer_with_id(customer_id: str) -> Customer:
    """Also by an id under which somebody was known before they were merged."""
    found = known_as(customer_id)
    if found is None:
        raise NotFound(f"There is no customer {customer_id!r}.")
    return found


def identity(customer_pk: int) -> Identity | None:
    """None once the customer is gone."""
    customer = Customer.objects.filter(pk=customer_pk).first()
    if customer is None:
        return None
    before = apps.get_model("customers.CustomerEvent").objects.filter(pgh_obj_id=customer_pk)
    said = (getattr(row, name) for row in (customer, *before) for name in PERSONAL)
    return Identity(customer_pk, customer.customer_id, frozenset(filter(None, said)))


def search(text: str, *, personal: bool) -> QuerySet[Customer]:
    """Customers by id, and for those who may see names also by name, e-mail or telephone.

    A name is found by whole words, or by their first three letters; fewer search ids only. Who was
    merged is found as the customer that they are now.
    """
    text = text.strip()
    found = somebodies().order_by("customer_id")
    if not text:
        return found
    match = Q(customer_id__startswith=text)
    if personal and len(text) >= LEAST_LETTERS:
        match |= Q(email_index=email_index(text)) | Q(phone_index=phone_index(text))
        words = [blind_index(word) for word in text.split()]
        match |= Q(name_index__contains=words)
    merged = Alias.objects.filter(customer__in=Customer.objects.filter(match))
    return found.filter(match | Q(pk__in=merged.values("kept")))


def looked_up(text: str, *, personal: bool, most: int) -> list[Customer]:
    """The same while somebody types: also names whose words only begin as the text's do.

    Such names are met by their first three letters and read; of very many, only the first.
    """
    found = list(search(text, personal=personal)[:most])
    words = [fold(word) for word in text.split()]
    long_enough = words and all(len(word) >= LEAST_LETTERS for word in words)
    if not personal or not long_enough or len(found) >= most:
        return found
    beginnings = [blind_index(word[:LEAST_LETTERS]) for word in words]
    known = {customer.pk for customer in found}
    met = somebodies().filter(name_index__contains=beginnings).exclude(pk__in=known)
    for customer in met.order_by("customer_id")[:READ_AT_MOST]:
        if _begins(fold(customer.name or ""), words):
            found.append(customer)
    return found[:most]


def _begins(name: str, words: list[str]) -> bool:
    return all(any(part.startswith(word) for part in name.split()) for word in words)


def person(customer: Customer, *, personal: bool) -> Person:
    """The customer as the asker may see them."""

    def shown(value: str | None) -> str | None:
        return masked_text(value, personal=personal)

    return Person(
        customer_pk=customer.pk,
        customer_id=customer.customer_id,
        name=customer.name if personal else masked_name(customer.name),
        email=shown(customer.email),
        phone=shown(customer.phone),
        birth_date=shown(customer.birth_date),
        age_band=customer.age_band,
        region=customer.region,
        acquisition_channel=customer.acquisition_channel,
        joined_at=customer.joined_at,
        is_synthetic=customer.is_synthetic,
        is_placeholder=customer.is_placeholder,
        masked=not personal,
    )


def masked_text(value: str | None, *, personal: bool) -> str | None:
    """That something was said, and what only to those who may see it."""
    return value if personal or not value else MASK


def shown_outcome(contact: Interaction, *, personal: bool) -> str | None:
    """How it ended. A file's word is the shop's own; what was typed here may name anybody."""
    typed = contact.closed_by_id is not None
    return masked_text(contact.outcome, personal=personal or not typed)


def masked_name(name: str | None) -> str | None:
    """Initials only: enough to tell two rows apart."""
    return " ".join(f"{word[0]}{MASK}" for word in name.split()) if name else name


def people(customer_pks: Iterable[int], *, personal: bool) -> dict[int, Person]:
    """{customer_pk: person} for one page or chunk of a list."""
    found = Customer.objects.filter(pk__in=list(customer_pks))
    return {customer.pk: person(customer, personal=personal) for customer in found}


def channel_states(customer: Customer) -> list[ChannelState]:
    said = (
        Consent.objects.filter(customer=customer, purpose="marketing")
        .order_by("channel", "-at", "-id")
        .distinct("channel")
    )
    newest = {consent.channel: consent for consent in said}
    blocked = set(Suppression.objects.filter(customer=customer).values_list("channel", flat=True))
    return [
        ChannelState(
            channel=channel,
            granted=newest[channel].granted if channel in newest else None,
            since=newest[channel].at if channel in newest else None,
            source=newest[channel].source if channel in newest else "",
            suppressed=channel in blocked,
        )
        for channel in Channel.values
    ]


def written_to(customer: Customer, *, at: datetime) -> WrittenTo:
    """As the cap counts it, on whatever channel."""
    shop = organisation()
    window = timedelta(days=shop.cap_days)
    ever = ContactLedger.objects.filter(customer=customer, at__lte=at).order_by("-at")
    last = ever.values_list("at", flat=True).first()
    inside = list(ever.filter(at__gte=at - window).values_list("at", flat=True))
    barred = len(inside) >= shop.cap_messages
    # Free once so many have left the window that fewer than the cap are in it.
    free_at = inside[shop.cap_messages - 1] + window if barred and inside else None
    return WrittenTo(last, len(inside), shop.cap_messages, shop.cap_days, free_at)


def consents(customer: Customer) -> QuerySet[Consent]:
    return Consent.objects.filter(customer=customer).order_by("-at", "-id")


def interactions(customer: Customer) -> QuerySet[Interaction]:
    """Support requests and contacts, the newest first; the texts are not masked."""
    found = Interaction.objects.filter(customer=customer).select_related("logged_by")
    return found.order_by("-opened_at", "-id")


def open_interactions(customer: Customer) -> QuerySet[Interaction]:
    return interactions(customer).filter(closed_at=None)


def interaction_of(customer: Customer, pk: int) -> Interaction:
    found = interactions(customer).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"Customer {customer.customer_id} has no such request.")
    return found


def notes(customer: Customer) -> QuerySet[Note]:
    """What colleagues wrote, the newest first, without what was struck; not masked."""
    return _notes(customer).filter(struck_at=None)


def struck_notes(customer: Customer) -> QuerySet[Note]:
    return _notes(customer).exclude(struck_at=None)


def note_of(customer: Customer, pk: int) -> Note:
    """One of the customer's notes, struck or not."""
    found = _notes(customer).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"Customer {customer.customer_id} has no such note.")
    return found


def _notes(customer: Customer) -> QuerySet[Note]:
    found = Note.objects.filter(customer=customer).select_related("author", "customer")
    return found.order_by("-written_at", "-id")


def feedback(customer: Customer) -> QuerySet[Feedback]:
    """What the customer has answered and written, the newest first; not masked."""
    return Feedback.objects.filter(customer=customer).order_by("-at", "-id")


@asked_once
def any_synthetic() -> bool:
    """Whether anybody in the record was made up."""
    return Customer.objects.filter(is_synthetic=True).exists()
