from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

import features.selectors
from accounts.access import requires
from accounts.capabilities import Capability
from core.downloads import csv_download
from core.formats import whole
from core.paging import asked_page, page_url
from core.services import record_audit
from customers.selectors import people
from segmentation.exports import movers_csv
from segmentation.ledger import movers
from segmentation.members import (
    OTHER,
    SORTED,
    USUAL,
    columns,
    description,
    figures,
    finding,
    member_rows,
)
from segmentation.models import SegmentKind
from segmentation.movers import movers_page_of
from segmentation.moves import moves
from segmentation.moves_address import asked_move
from segmentation.moves_page import moves_page
from segmentation.overview_filters import asked_movement, asked_segment, filters
from segmentation.pages import css_of, overview
from segmentation.selectors import member_page, member_revenue, segment_with_slug

PAGE_ROWS = 50


@requires(Capability.VIEW_RESULTS)
def overview_page(request: HttpRequest) -> HttpResponse:
    """General segmentation: RFM groups or clusters."""
    asked = request.GET.get("kind")
    kind = SegmentKind.CLUSTER if asked == SegmentKind.CLUSTER else SegmentKind.RFM
    within = asked_segment(request.GET)
    of = asked_movement(request.GET, kind)
    context = {
        "page": overview(kind, within),
        "moves": moves(of),
        "filters": filters(of, within),
        "kept": [{"name": "kind", "value": kind.value}],
        "can_prepare": request.user.can(Capability.PREPARE_CAMPAIGN),
        "can_refresh": request.user.can(Capability.MANAGE_MODELS)
        and bool(features.selectors.snapshot_as_of()),
        "can_build": request.user.can(Capability.EDIT_SEGMENTS),
        "can_see_members": request.user.can(Capability.VIEW_CUSTOMERS),
        "can_import": request.user.can(Capability.IMPORT_DATA),
    }
    return render(request, "segmentation/overview.html", context)


@requires(Capability.VIEW_CUSTOMERS)
def members_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is in a segment; sorted and paged by the address."""
    segment = segment_with_slug(slug)
    sort = request.GET.get("sort", "-purchase_monetary_value")
    number = asked_page(request)
    total, rows = member_page(segment, sort=sort, offset=_offset(number), limit=PAGE_ROWS)
    if total and not rows:
        number = -(-total // PAGE_ROWS)
        _, rows = member_page(segment, sort=sort, offset=_offset(number), limit=PAGE_ROWS)
    offset, revenue = _offset(number), member_revenue(segment)
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    if personal:
        record_audit(actor=request.user, verb="view_members", subject=segment.slug)
    known = people([row.customer_pk for row in rows], personal=personal)
    context = {
        "segment": segment,
        "css": css_of(segment),
        "finding": finding(segment, total, revenue),
        "lede": description(segment),
        "figures": figures(segment, total, revenue),
        "columns": columns(request, sort),
        "sorted_by": SORTED.get(sort, "Members"),
        "groups_shown": OTHER.get(SegmentKind(segment.kind), USUAL)[1],
        "rows": member_rows(segment, rows, known),
        "synthetic": any(person.is_synthetic for person in known.values()),
        "can_export": request.user.can(Capability.EXPORT_LISTS),
        "can_prepare": request.user.can(Capability.PREPARE_CAMPAIGN),
        "previous_url": page_url(request, number - 1 if number > 1 else None),
        "next_url": page_url(request, number + 1 if offset + PAGE_ROWS < total else None),
        "position": f"{whole(offset + 1)}–{whole(offset + len(rows))} of {whole(total)}",
    }
    return render(request, "segmentation/members.html", context)


def _offset(number: int) -> int:
    return (number - 1) * PAGE_ROWS


@requires(Capability.VIEW_RESULTS)
def who_moved_page(request: HttpRequest) -> HttpResponse:
    """Who moved between the groups of two moments, which the address names."""
    context = moves_page(request.GET, may_see=request.user.can(Capability.VIEW_CUSTOMERS))
    context["can_import"] = request.user.can(Capability.IMPORT_DATA)
    return render(request, "segmentation/moves.html", context)


@requires(Capability.VIEW_CUSTOMERS)
def movers_page(request: HttpRequest) -> HttpResponse:
    """Who made one move, the most money first."""
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    move = asked_move(request.GET)
    if personal:
        record_audit(actor=request.user, verb="view_movers", subject=move.name)
    context = {
        **movers_page_of(request, move, personal=personal),
        "can_export": request.user.can(Capability.EXPORT_LISTS),
    }
    return render(request, "segmentation/movers.html", context)


@requires(Capability.EXPORT_LISTS)
def export_movers_page(request: HttpRequest) -> HttpResponseBase:
    """Who made one move as CSV, with the columns that the role may see."""
    move = asked_move(request.GET)
    record_audit(actor=request.user, verb="export_movers", subject=move.name)
    personal = request.user.can(Capability.VIEW_PERSONAL_DATA)
    moved = movers(move.since, move.until, move.before, move.after)
    return csv_download(movers_csv(moved, move.before, move.after, personal=personal), move.name)
