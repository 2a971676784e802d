"""Cleaning rules of a file on its way through the wizard: chosen, taken off, tried."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import Refused
from ingestion.draft_pages import stages
from ingestion.drafts import draft_numbered, rules_of_draft, say_rules, try_draft
from ingestion.known_kinds import kind_named
from ingestion.models import Draft
from ingestion.previews import quick_look
from ingestion.profiles import keep_profile
from ingestion.rule_forms import RuleForm
from ingestion.rule_pages import rule_forms, rules_words
from ingestion.rule_proposals import proposed_rules
from ingestion.selectors import load_of_draft


@requires(Capability.IMPORT_DATA)
def draft_rules(request: HttpRequest, number: int) -> HttpResponse:
    """Which rules clean the file. Going on tries it: a dry run saves nothing."""
    draft = draft_numbered(number)
    if load := load_of_draft(draft):
        return redirect("ingestion:load", load.pk)
    kind = kind_named(draft.kind)
    look = quick_look(draft.file_path, draft.mapping.get("options", {}))
    headers = list(look.sample)
    forms = rule_forms(kind, headers, request.POST or None, request.POST.get("rule", ""))
    refusal = ""
    if request.method == "POST":
        try:
            if answer := _done(request, draft, headers, forms):
                return answer
        except Refused as error:
            refusal = error.message
    said = rules_of_draft(draft)
    context = {
        "draft": draft,
        "forms": forms,
        "proposed": proposed_rules(kind, draft.mapping.get("columns", {}), look, said),
        "refusal": refusal,
        "stages": stages(1, draft),
        **rules_words(draft, said),
    }
    failed = request.method == "POST"
    return render(request, "ingestion/draft_rules.html", context, status=400 if failed else 200)


def _done(
    request: HttpRequest, draft: Draft, headers: list[str], forms: list[RuleForm]
) -> HttpResponse | None:
    """What was asked for is done and leads on; None where a form is not filled as it must be."""
    if request.POST.get("do") == "try":
        if draft.profile:
            name = draft.profile.name
            keep_profile(draft=draft, name=name, headers=headers, actor=request.user)
        return redirect("ingestion:load", try_draft(draft=draft, actor=request.user).pk)
    said = rules_of_draft(draft)
    gone = request.POST.get("off", "")
    if gone.isdecimal():
        left = [rule for place, rule in enumerate(said) if place != int(gone)]
        say_rules(draft=draft, rules=left)
        return redirect("ingestion:draft_rules", draft.pk)
    sent = next((form for form in forms if form.is_bound), None)
    if sent is None or not sent.is_valid():
        return None
    say_rules(draft=draft, rules=[*said, sent.said()])
    return redirect("ingestion:draft_rules", draft.pk)
