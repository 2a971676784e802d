from datetime import datetime, timedelta

from django.db import connection, models, transaction

from accounts.models import User
from core.encryption import blind_index
from core.errors import Conflict, Refused
from core.formats import whole
from core.models import RowBefore
from core.services import record_audit
from core.undo import take_out
from customers.models import Channel, Consent, Customer, Interaction, Note, Suppression
from customers.selectors import customers_of_load

LONGEST_NOTE, LONGEST_WORDS, LONGEST_CHANNEL = 4_000, 200, 32
# The same words by the same person within this are a button pressed twice.
TWICE = timedelta(minutes=1)

FUTURE = "A contact cannot begin in the future. Give the time at which it began."
TAKEN = "A contact by this channel at this minute is there already. Give another time."


class BadConsent(Refused):
    code = "bad_consent"


class BadNote(Refused):
    code = "bad_note"


class BadContact(Refused):
    code = "bad_contact"


class AlreadyClosed(Conflict):
    code = "already_closed"


def remove_customers(*, load_id: int) -> int:
    """Take out the customers that carry a load's id, with whatever hangs on them.

    Those that it merely changed have been put back before, and carry it no more.
    """
    with connection.cursor() as cursor:
        return take_out(cursor, model=Customer, condition=f"load_id = {load_id:d}")


def rows_of_others(*, load_id: int, aside: type[models.Model] | None = None) -> str | None:
    """Which rows of other loads belong to the customers that a load brought in; None for none.

    Rows that no load brought in (memberships, history) are recomputed and hold nothing up; the
    caller looks at those of the model ``aside``. A row that another load took from such a customer
    would come back to them with an undo of that load.
    """
    brought = customers_of_load(load_id)
    for relation in Customer._meta.get_fields(include_hidden=True):
        model = relation.related_model if relation.auto_created else None
        if model is None or model is aside or not _is_loaded(model):
            continue
        theirs = model.objects.filter(**{f"{relation.field.name}__in": brought})
        count = theirs.exclude(load_id=load_id).count()
        if count:
            name = model._meta.verbose_name_plural
            return f"{whole(count)} {name} belong to customers that it brought in"
    # Whose an event is that names nobody is worked out anew.
    kept = RowBefore.objects.filter(customer_pk__in=brought).exclude(load_id=load_id)
    if count := kept.exclude(before__contains={"identified": False}).count():
        return f"{whole(count)} rows that later loads changed were of customers that it brought in"
    return None


def _is_loaded(model: type[models.Model]) -> bool:
    names = {field.name for field in model._meta.get_fields()}
    # A history table repeats the load of its row.
    return "load_id" in names and "pgh_id" not in names


def personal_mark(customer_id: str, field: str, value: str) -> str:
    """Tells a changed personal value from the same one; salted, so equal people do not show."""
    return blind_index(f"{customer_id}|{field}|{value}").hex()


@transaction.atomic
def state_consent(
    *, customer: Customer, channel: str, granted: bool, actor: User, at: datetime, source: str
) -> Consent:
    """Write down what a customer said about one channel; the newest statement holds."""
    if channel not in Channel.values:
        known = ", ".join(Channel.values)
        raise BadConsent(
            f"{channel!r} is no channel. Use one of {known}.", fields={"channel": known}
        )
    consent = Consent.objects.create(
        customer=customer, channel=channel, granted=granted, at=at, source=source
    )
    record_audit(
        actor=actor,
        verb="state_consent",
        subject=customer.customer_id,
        detail={"channel": channel, "granted": granted},
    )
    return consent


@transaction.atomic
def unsubscribe(*, customer_pk: int, channel: str, at: datetime, source: str) -> bool:
    """The customer's own word: nothing more on this channel. False where it held already.

    Their row is locked, as by whoever sends: what is handed over after this knows of it.
    """
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_pk).first()
    if customer is None or channel not in Channel.values:
        return False
    _, new = Suppression.objects.get_or_create(
        customer=customer, channel=channel, defaults={"reason": source, "at": at}
    )
    if not new:
        return False
    Consent.objects.create(customer=customer, channel=channel, granted=False, at=at, source=source)
    record_audit(
        actor=None, verb="unsubscribe", subject=customer.customer_id, detail={"channel": channel}
    )
    return True


@transaction.atomic
def write_note(*, customer: Customer, text: str, actor: User, at: datetime) -> Note:
    """A note for the next colleague; the same words pressed twice are one note."""
    text = _needed(text, LONGEST_NOTE, "text", BadNote, "Write something first.")
    _hold(customer)
    lately = Note.objects.filter(
        customer=customer, author=actor, struck_at=None, written_at__gt=at - TWICE
    )
    if same := next((note for note in lately if note.text == text), None):
        return same
    note = Note.objects.create(customer=customer, text=text, author=actor, written_at=at)
    record_audit(
        actor=actor,
        verb="write_note",
        subject=customer.customer_id,
        detail={"note": note.pk},
    )
    return note


@transaction.atomic
def strike_note(*, note: Note, actor: User, at: datetime) -> None:
    """Take a note off the page; ``restore_note`` puts it back."""
    if Note.objects.filter(pk=note.pk, struck_at=None).update(struck_at=at):
        record_audit(
            actor=actor,
            verb="strike_note",
            subject=note.customer.customer_id,
            detail={"note": note.pk},
        )


@transaction.atomic
def restore_note(*, note: Note, actor: User) -> None:
    if Note.objects.filter(pk=note.pk).exclude(struck_at=None).update(struck_at=None):
        record_audit(
            actor=actor,
            verb="restore_note",
            subject=note.customer.customer_id,
            detail={"note": note.pk},
        )


@transaction.atomic
def log_contact(
    *,
    customer: Customer,
    channel: str,
    subject: str,
    text: str = "",
    outcome: str = "",
    is_open: bool,
    opened_at: datetime,
    actor: User,
    at: datetime,
) -> Interaction:
    """Enter a contact by hand; one that is settled ended when it began.

    The same contact sent twice is one; another one by that channel at that moment is refused.
    """
    channel = _needed(channel, LONGEST_CHANNEL, "channel", BadContact, "Say how you were in touch.")
    said = {
        "subject": _needed(subject, LONGEST_WORDS, "subject", BadContact, "Say what it was about."),
        "text": _at_most(text, LONGEST_NOTE, "text") or None,
    }
    outcome = _at_most(outcome, LONGEST_WORDS, "outcome")
    if opened_at > at:
        raise BadContact(FUTURE, fields={"opened_at": FUTURE})
    _hold(customer)
    key = {"customer": customer, "channel": channel.lower(), "opened_at": opened_at}
    if there := Interaction.objects.filter(**key).first():
        if (there.logged_by_id, there.subject) == (actor.pk, said["subject"]):
            return there
        raise BadContact(TAKEN, fields={"opened_at": TAKEN})
    marks = {f: personal_mark(customer.customer_id, f, words) for f, words in said.items() if words}
    contact = Interaction.objects.create(
        **key, **said, personal_marks=marks, outcome=outcome or None, logged_by=actor,
        closed_at=None if is_open else opened_at, closed_by=None if is_open else actor,
    )  # fmt: skip
    record_audit(
        actor=actor, verb="log_contact", subject=customer.customer_id,
        detail={"channel": contact.channel, "open": is_open},
    )  # fmt: skip
    return contact


@transaction.atomic
def close_contact(*, contact: Interaction, outcome: str, actor: User, at: datetime) -> None:
    """An open request is settled; pressed twice it is settled once."""
    outcome = _needed(outcome, LONGEST_WORDS, "outcome", BadContact, "Say how it ended.")
    found = Interaction.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if found.closed_at is not None:
        if (found.closed_by_id, found.outcome) == (actor.pk, outcome):
            return
        raise AlreadyClosed("This request was closed meanwhile. What you see now is how it ended.")
    found.closed_at, found.outcome, found.closed_by = max(at, found.opened_at), outcome, actor
    found.save(update_fields=["closed_at", "outcome", "closed_by"])
    record_audit(
        actor=actor,
        verb="close_contact",
        subject=contact.customer.customer_id,
        detail={"channel": contact.channel},
    )


@transaction.atomic
def reopen_contact(*, contact: Interaction, actor: User) -> None:
    """Undo of closing by hand; what a file says is closed stays so."""
    closed = Interaction.objects.filter(pk=contact.pk, closed_by__isnull=False)
    if closed.update(closed_at=None, outcome=None, closed_by=None):
        record_audit(
            actor=actor,
            verb="reopen_contact",
            subject=contact.customer.customer_id,
            detail={"channel": contact.channel},
        )


def _hold(customer: Customer) -> None:
    """What two clicks write about one customer waits for each other."""
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)


def _needed(text: str, longest: int, field: str, error: type[Refused], missing: str) -> str:
    if not text.strip():
        raise error(missing, fields={field: missing})
    return _at_most(text, longest, field)


def _at_most(text: str, longest: int, field: str) -> str:
    text = text.strip()
    if len(text) > longest:
        words = f"At most {whole(longest)} letters; these are {whole(len(text))}."
        raise Refused(words, fields={field: words})
    return text
