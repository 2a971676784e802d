"""Pages about messages: the outbox, and the one that a link in a message opens."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import requires
from accounts.capabilities import Capability
from campaigns.delivery_pages import leaving_words, opened, outbox_row, outbox_words, test_rows
from campaigns.messages import handed_over, message_numbered
from campaigns.unsubscribing import leaving
from core.paging import pager
from core.selectors import organisation
from core.services import record_audit
from customers.models import Channel
from customers.services import unsubscribe

PAGE_ROWS = 25
FROM_A_MESSAGE = "unsubscribed by the link in a message"


# A mail program posts here by itself (RFC 8058); the signed address is the whole permission.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in each message opens. Only POST changes anything: programs look at links."""
    who = leaving(token)
    done = False
    if request.method == "POST":
        asked = request.POST.get("channel", who.channel)
        if asked in Channel.values:
            unsubscribe(
                customer_pk=who.customer_pk, channel=asked, at=timezone.now(), source=FROM_A_MESSAGE
            )
            done = True
    context = {**leaving_words(who, done=done), "data_to": "", "honesty": "", "here": request.path}
    return render(request, "campaigns/unsubscribe.html", context)


@requires(Capability.PREPARE_CAMPAIGN)
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """What was handed over, the newest first, and one's own test messages."""
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    shop = organisation().name
    page = Paginator(handed_over(), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "rows": [outbox_row(message, personal=personal, shop=shop) for message in page],
        "tests": test_rows(request.user),
        **outbox_words(),
        **pager(request, page),
    }
    return render(request, "campaigns/outbox.html", context)


@requires(Capability.PREPARE_CAMPAIGN)
@require_safe
def outbox_message(request: HttpRequest, number: int) -> HttpResponse:
    """One message: as it was written, or masked for those who may not see names."""
    message = message_numbered(number)
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    if personal:
        record_audit(actor=request.user, verb="view_customer", subject=message.customer.customer_id)
    return render(request, "campaigns/outbox_message.html", opened(message, personal=personal))
