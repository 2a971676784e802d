from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from accounts.access import requires
from accounts.audit import asked, entries
from accounts.audit_pages import csv_rows, entry_row, filters, opening
from accounts.capabilities import Capability
from core.downloads import csv_download
from core.paging import pager
from core.services import record_audit

PAGE_ROWS = 50


@requires(Capability.VIEW_OPERATIONS)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what; the address says of which kind, by whom, about whom and when."""
    of = asked(request.GET)
    page = Paginator(entries(of), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "rows": [entry_row(entry) for entry in page],
        "filters": filters(of),
        "query": request.GET.urlencode(),
        **opening(of, page.paginator.count, timezone.now()),
        **pager(request, page),
    }
    return render(request, "accounts/audit.html", context)


@requires(Capability.VIEW_OPERATIONS)
def export_audit(request: HttpRequest) -> HttpResponseBase:
    """What the page shows, all of it, as a file."""
    of = asked(request.GET)
    found = entries(of)
    rows = csv_rows(found.filter(at__lte=timezone.now()))
    detail = {"rows": found.count()}
    record_audit(actor=request.user, verb="export_audit", detail=detail)
    return csv_download(rows, "audit")
