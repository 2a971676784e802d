"""A look at a message before anybody gets it: as any customer, or in one's own letter box."""

from accounts.models import User
from campaigns.composing import Written, address_problem, trial_email, written_for
from campaigns.models import Variant
from campaigns.outbox import file_of_test
from campaigns.sending import Fate, Postman
from core.errors import Conflict, Refused
from core.services import record_audit
from customers.models import Customer


class NotSent(Conflict):
    code = "not_sent"


def preview_message(
    *, variant: Variant, customer: Customer, actor: User, personal: bool
) -> Written:
    """The message as one customer would get it; a look at personal data is audited."""
    if personal:
        record_audit(actor=actor, verb="view_customer", subject=customer.customer_id)
    return written_for(variant, customer, personal=personal)


def send_test(*, variant: Variant, actor: User, customer: Customer | None, personal: bool) -> str:
    """Send it to the sender's own address, marked; no customer's record knows of it."""
    if problem := address_problem(actor.email):
        raise Refused(f"Nothing can be sent to you: {problem}.")
    written = written_for(variant, customer, personal=personal)
    name = file_of_test(actor.pk, customer.pk if customer else None)
    with Postman() as postman:
        answer = postman.hand_over(trial_email(written, actor.email, name))
    if answer.fate != Fate.SENT:
        raise NotSent(f"The test message was not sent. {answer.reason}")
    record_audit(
        actor=actor, verb="test_send", subject=variant.campaign.slug,
        detail={"variant": variant.name},
    )  # fmt: skip
    return actor.email
