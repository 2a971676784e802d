from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from accounts.access import requires
from accounts.capabilities import Capability
from core.downloads import csv_download
from core.errors import NotFound
from core.formats import counted, day
from core.services import record_audit
from segmentation.assignment import cluster_run
from segmentation.entries import DIMENSIONS, Figures, entry, pasted
from segmentation.entry_list import list_csv, list_page
from segmentation.entry_page import answered, clusters, entry_page
from segmentation.likeness import everybody
from segmentation.models import Grouping

FIELDS = (
    (DIMENSIONS[0], "Recency", "days since the last order"),
    (DIMENSIONS[1], "Frequency", "orders in all"),
    (DIMENSIONS[2], "Monetary value", "spent in all"),
)


@requires(Capability.VIEW_RESULTS)
def predict_page(request: HttpRequest) -> HttpResponseBase:
    """Which cluster a customer with these figures would be in; or each line of a pasted list."""
    try:
        grouping = cluster_run(None)
    except NotFound:
        return render(request, "segmentation/predict.html", _nobody(request))
    text = request.POST.get("list", "")
    if request.POST.get("do") == "csv":
        return csv_download(list_csv(pasted(text), grouping), "clusters-of-a-list")
    context = {**_context(request, grouping), "text": text}
    if request.method == "POST":
        context["list"] = list_page(pasted(text), grouping)
    return render(request, "segmentation/predict.html", context)


def _context(request: HttpRequest, grouping: Grouping) -> dict[str, Any]:
    asked = any(request.GET.get(name) for name in DIMENSIONS)
    figures, wrong = entry(request.GET) if asked else ({}, {})
    fields = [
        {
            "name": name, "label": label, "unit": unit, "value": request.GET.get(name, "")[:20],
            "wrong": f"{wrong[name].reason.capitalize()}. {wrong[name].remedy}"
            if name in wrong else "",
        }
        for name, label, unit in FIELDS
    ]  # fmt: skip
    here = f"{counted(len(grouping.groups), 'cluster')} of {day(grouping.as_of)}"
    page = _answer(request, grouping, figures) if asked and not wrong else None
    return {
        "here": here,
        "fields": fields,
        "weak": grouping.is_weak,
        "page": page or _before(grouping, wrong=bool(wrong)),
        "asked": bool(page),
        "sees_customers": request.user.can(Capability.VIEW_CUSTOMERS),
    }


def _answer(request: HttpRequest, grouping: Grouping, figures: Figures) -> dict[str, Any] | None:
    sees, personal = (
        request.user.can(c) for c in (Capability.VIEW_CUSTOMERS, Capability.VIEW_PERSONAL_DATA)
    )
    page = entry_page(answered(grouping, figures), sees_customers=sees, personal=personal)
    if personal and page["nearest"]:
        shown = {"shown": len(page["nearest"]["rows"])}
        record_audit(actor=request.user, verb="view_similar_customers", detail=shown)
    return page


def _before(grouping: Grouping, *, wrong: bool) -> dict[str, Any]:
    """The page before there are three figures: the clusters that one may land in."""
    of = everybody(grouping)
    many = counted(len(of.values), "customer")
    told = "The figures below say what they lack." if wrong else (
        f"Three figures find one of {counted(len(grouping.groups), 'cluster')}.")  # fmt: skip
    return {
        "finding": told,
        "lede": f"The clusters were found on {many}; each is the nearest of its centres. A list"
        " is answered line by line.",
        "clusters": clusters(grouping, of),
    }


def _nobody(request: HttpRequest) -> dict[str, Any]:
    return {"page": None, "can_import": request.user.can(Capability.IMPORT_DATA)}
