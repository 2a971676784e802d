import json
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import Refused
from core.formats import whole
from core.sent_json import keepable
from core.services import record_audit
from personas.audience import Audience
from segmentation.rule_form import Node, changed, empty_form, from_form, from_rule
from segmentation.selectors import segment_with_slug
from segmentation.services import create_segment


class BadDefinition(Refused):
    code = "bad_definition"


@requires(Capability.EDIT_SEGMENTS)
def audience_page(request: HttpRequest) -> HttpResponse:
    """Build a rule: each change of the form is sent, and answered with the page anew."""
    root, focus = _asked(request)
    who = request.POST.get("who", "")
    audience = Audience(root, user=request.user, who=who, focus=focus)
    page = audience.page()
    if request.user.can(Capability.VIEW_PERSONAL_DATA):
        shown = {"shown": len(page["sample"]["rows"])}
        record_audit(actor=request.user, verb="view_audience_sample", detail=shown)
    context = {
        "page": page,
        "definition": json.dumps(audience.rule) if audience.rule else "",
        "can_prepare": request.user.can(Capability.PREPARE_CAMPAIGN),
    }
    return render(request, "personas/audience.html", context)


def _asked(request: HttpRequest) -> tuple[Node, int | None]:
    """The form as it was sent, or the rule of the segment that was opened; what is new to focus."""
    if request.method != "POST":
        slug = request.GET.get("segment")
        return (from_rule(segment_with_slug(slug).definition) if slug else empty_form()), None
    before = from_form(request.POST)
    known = {node.number for node in before.walk()}
    root = changed(before, request.POST.get("do", ""))
    fresh = [node.number for node in root.walk() if node.number not in known]
    return root, fresh[0] if fresh else None


@require_POST
@requires(Capability.EDIT_SEGMENTS)
def save_audience(request: HttpRequest) -> HttpResponse:
    """Save the rule under a name; its members are there at once."""
    try:
        definition = keepable(partial(json.loads, request.POST.get("definition", "")))
    except ValueError as error:
        raise BadDefinition("There is no condition yet. Add one, then save.") from error
    name = request.POST.get("name", "")
    segment = create_segment(name=name, definition=definition, actor=request.user)
    messages.success(request, f"Saved. {whole(segment.size)} customers are in it.")
    return redirect("segmentation:members", segment.slug)
