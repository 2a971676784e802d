"""A segment leaves the house as a file: what goes out is said first, and what for is asked."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.access import requires
from accounts.capabilities import Capability
from core.downloads import csv_download
from core.formats import counted, moment_words
from core.models import AuditEntry
from core.services import record_audit
from segmentation.export_terms import (
    LABELS,
    LEFT_OUT,
    MARKED,
    counted_terms,
    going_out,
    terms_of,
    withheld,
)
from segmentation.exports import member_csv
from segmentation.models import Segment
from segmentation.pages import css_of
from segmentation.selectors import segment_with_slug

LONGEST_PURPOSE, LATEST = 200, 5
NO_PURPOSE = "Say what the list is for: it is written down beside who took it."


@requires(Capability.EXPORT_LISTS)
@require_http_methods(["GET", "HEAD", "POST"])
def export_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The whole segment as CSV, with the columns that the role may see, for a purpose."""
    segment = segment_with_slug(slug)
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    if request.method != "POST":
        return _form(request, segment, personal=personal)
    purpose = " ".join(request.POST.get("purpose", "").split())[:LONGEST_PURPOSE]
    if not purpose:
        return _form(request, segment, personal=personal, refusal=NO_PURPOSE)
    unreachable = request.POST.get("unreachable", MARKED)
    terms = terms_of(request.POST.getlist("column"), personal=personal, unreachable=unreachable)
    found = counted_terms(segment)
    detail = {
        "purpose": purpose,
        "personal": personal,
        "rows": found.rows - (found.unreachable if terms.only_reachable else 0),
        "columns": ", ".join(LABELS[name] for name in terms.columns),
    }
    record_audit(actor=request.user, verb="export_segment", subject=segment.slug, detail=detail)
    return csv_download(member_csv(segment, personal=personal, terms=terms), segment.slug)


def _form(
    request: HttpRequest, segment: Segment, *, personal: bool, refusal: str = ""
) -> HttpResponseBase:
    found = counted_terms(segment)
    chosen = request.POST.getlist("column")
    context: dict[str, Any] = {
        "segment": segment,
        "css": css_of(segment),
        "finding": f"{segment.name}: {counted(found.rows, 'customer')} as a file.",
        "columns": [
            row | {"chosen": not chosen or row["name"] in chosen}
            for row in going_out(found, personal=personal)
        ],
        "withheld": withheld(found, personal=personal),
        "unreachable": counted(found.unreachable, "customer"),
        "any_unreachable": found.unreachable,
        "marked": MARKED,
        "left_out": LEFT_OUT,
        "leave_out": request.POST.get("unreachable") == LEFT_OUT,
        "purpose": request.POST.get("purpose", ""),
        "longest": LONGEST_PURPOSE,
        "refusal": refusal,
        "before": _before(segment),
    }
    return render(request, "segmentation/export.html", context, status=400 if refusal else 200)


def _before(segment: Segment) -> list[dict[str, str]]:
    """Who took this segment out lately, and what for."""
    entries = AuditEntry.objects.filter(verb="export_segment", subject=segment.slug)
    return [
        {
            "when": moment_words(entry.at),
            "who": entry.actor_label,
            "rows": counted(entry.detail["rows"], "row") if "rows" in entry.detail else "",
            "purpose": entry.detail.get("purpose", "by a program"),
        }
        for entry in entries.order_by("-id")[:LATEST]
    ]
