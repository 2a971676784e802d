"""The wizard: a file is dropped, its reading and its columns are looked at, then it is tried."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import requires
from accounts.capabilities import Capability
from core.errors import Refused
from core.toasts import refusal_told
from ingestion import draft_pages
from ingestion.bundles import begin_drafts
from ingestion.drafts import (
    discard_draft,
    draft_numbered,
    say_columns,
    say_how_read,
    try_draft,
)
from ingestion.foreign_money import foreign_in_sample
from ingestion.forms import ColumnsForm, ReadingForm, UploadForm, format_values
from ingestion.guesses import (
    columns_proposed,
    dates_are_ruled,
    names_by_address,
    options_proposed,
    rules_proposed,
)
from ingestion.joined import Said, as_said, headers_said
from ingestion.known_kinds import kind_named
from ingestion.models import Draft
from ingestion.pages import kinds_shown
from ingestion.parsing import formats
from ingestion.presets import GENERIC, PRESETS
from ingestion.previews import Preview, first_findings, quick_look
from ingestion.profiles import keep_profile
from ingestion.proposals import Proposal
from ingestion.selectors import load_of_draft, open_drafts


@requires(Capability.IMPORT_DATA)
def new_load(request: HttpRequest) -> HttpResponse:
    """Files are dropped here; those that are not finished wait here."""
    form = UploadForm(request.POST or None, request.FILES or None)
    refusals: list[str] = []
    if request.method == "POST" and form.is_valid():
        begun, refusals = _begun(request, form.cleaned_data["file"])
        if begun and not refusals and begun[0].bundle and _is_one_bundle(begun):
            return redirect("ingestion:bundle", begun[0].bundle.pk)
        if len(begun) == 1 and not refusals:
            return redirect("ingestion:draft", begun[0].pk)
        if begun and not refusals:
            return redirect("ingestion:new")
    drafts = list(open_drafts())
    context = {
        "form": form,
        "refusals": refusals,
        "drafts": [draft_pages.draft_row(draft) for draft in drafts],
        "drafts_words": draft_pages.drafts_words(drafts),
        "kinds": kinds_shown(),
        "stages": draft_pages.stages(0, None),
        "forms": " · ".join([*(form.title for form in formats().values()), "zip and gzip of them"]),
        "limit": draft_pages.size_words(settings.MAX_UPLOAD_BYTES),
    }
    return render(request, "ingestion/new.html", context, status=400 if refusals else 200)


def _begun(request: HttpRequest, files: list[Any]) -> tuple[list[Draft], list[str]]:
    """A draft a table; what is wrong with a file as a whole is said, the others go on."""
    begun: list[Draft] = []
    refusals = []
    for file in files:
        try:
            begun += begin_drafts(upload=file.file, file_name=file.name, actor=request.user)
        except Refused as refusal:
            refusals.append(f"{file.name}: {refusal.message}")
    return begun, refusals


def _is_one_bundle(begun: list[Draft]) -> bool:
    return len({draft.bundle_id for draft in begun}) == 1


@requires(Capability.IMPORT_DATA)
def draft_page(request: HttpRequest, number: int) -> HttpResponse:
    """How the file is read. A change is shown at once by the same page with it in the address."""
    draft = draft_numbered(number)
    if load := load_of_draft(draft):
        return redirect("ingestion:load", load.pk)
    look, form, doubts, refusal = _reading(draft, request.POST)
    if _goes_on(request) and not refusal and form.is_valid():
        say_how_read(
            draft=draft,
            kind=form.cleaned_data["kind"],
            preset=form.cleaned_data["preset"],
            source=form.cleaned_data["source"].strip(),
            options=form.options(first_findings(draft.file_path, draft.table_options)),
        )
        return redirect("ingestion:draft_columns", draft.pk)
    kind, preset = _asked(form, draft)
    draft.kind = kind
    found = columns_proposed(kind, preset, look)
    context = {
        "draft": draft,
        "form": form,
        "refusal": refusal,
        "table": draft_pages.preview_table(look, found),
        "stages": draft_pages.stages(0, draft),
        **draft_pages.reading_words(draft, look, doubts, known=bool(found)),
    }
    status = 400 if refusal and _goes_on(request) else 200
    return render(request, "ingestion/draft.html", context, status=status)


def _goes_on(request: HttpRequest) -> bool:
    """Whether the form was sent to be kept, and not to look what it would do."""
    return request.method == "POST" and request.POST.get("do") != "look"


def _reading(draft: Draft, said: Any) -> tuple[Preview, ReadingForm, dict[str, str], str]:
    """The file as it is read with what is said; where that cannot be, as it shows itself."""
    kept = draft.mapping.get("options", {})
    wished = {**(format_values(said) or kept), **draft.table_options}
    refusal = ""
    try:
        look = quick_look(draft.file_path, wished)
    except Refused as error:
        look, refusal = quick_look(draft.file_path, draft.table_options), error.message
    kind, preset = said.get("kind") or draft.kind, said.get("preset", "")
    preset = preset if preset in PRESETS else draft.preset or GENERIC
    proposed, doubts = options_proposed(kind, preset, look)
    if said and said.get("preset_before", preset) != preset:
        # Another program writes its times by another clock.
        said = said.copy()
        said["time_zone"] = proposed["time_zone"]
    if said or set(kept) - set(draft.table_options):
        doubts = {}
    start = {
        "kind": draft.kind,
        "preset": draft.preset or GENERIC,
        "source": draft.source,
        **proposed,
        **kept,
    }
    form = ReadingForm(
        said or None,
        initial=start,
        findings={k: v for k, v in look.findings.items() if k not in draft.table_options},
        doubts=doubts,
        dates_are_ruled=dates_are_ruled(kind, preset),
    )
    form.fields["source"].disabled = draft.feeds is not None
    form.fields["preset"].help_text = PRESETS[preset].note
    return look, form, doubts, refusal


def _asked(form: ReadingForm, draft: Draft) -> tuple[str, str]:
    if form.is_bound and form.is_valid():
        return form.cleaned_data["kind"], form.cleaned_data["preset"]
    return draft.kind, draft.preset


@requires(Capability.IMPORT_DATA)
def draft_columns(request: HttpRequest, number: int) -> HttpResponse:
    """Which column is which. Going on tries the file: a dry run saves nothing."""
    draft = draft_numbered(number)
    if load := load_of_draft(draft):
        return redirect("ingestion:load", load.pk)
    look = quick_look(draft.file_path, draft.mapping.get("options", {}))
    known_by = _known_by(draft, look)
    kind = kind_named(draft.kind)
    start: dict[str, Said] = {f"column-{n}": as_said(p.headers) for n, p in known_by.items()}
    start["profile_name"] = draft.profile.name if draft.profile else ""
    form = ColumnsForm(request.POST or None, initial=start, kind=kind, headers=list(look.sample))
    refusal = ""
    if _goes_on(request) and form.is_valid():
        try:
            draft = _columns_said(draft, form, known_by, look)
            if request.POST.get("do") == "rules":
                _kept(request, draft, form, look)
                return redirect("ingestion:draft_rules", draft.pk)
            load = try_draft(draft=draft, actor=request.user)
            _kept(request, draft, form, look)
            return redirect("ingestion:load", load.pk)
        except Refused as error:
            refusal = draft_pages.refusal_words(error, kind)
    lines = draft_pages.column_lines(form, kind, look, known_by)
    context = {
        "draft": draft,
        "form": form,
        "lines": lines,
        "refusal": refusal,
        "foreign": foreign_in_sample(kind, draft_pages.chosen_columns(lines), look.sample),
        "stages": draft_pages.stages(1, draft),
        **draft_pages.columns_words(draft, lines, look),
    }
    return render(request, "ingestion/columns.html", context, status=400 if refusal else 200)


def _known_by(draft: Draft, look: Preview) -> dict[str, Proposal]:
    """What was chosen before, else what is proposed."""
    chosen = draft.mapping.get("columns", {})
    if not chosen:
        return columns_proposed(draft.kind, draft.preset, look)
    before = f"As kept in {draft.profile.name}" if draft.profile else ""
    return {
        name: Proposal(
            name,
            headers[0],
            draft.known_by.get(name) or before,
            sure=True,
            further=tuple(headers[1:]),
        )
        for name, headers in ((name, headers_said(said)) for name, said in chosen.items())
        if headers and set(headers) <= set(look.headers)
    }


def _columns_said(
    draft: Draft, form: ColumnsForm, known_by: dict[str, Proposal], look: Preview
) -> Draft:
    """The draft with what the form says."""
    columns = form.columns()
    same = {
        name: proposal.how
        for name, proposal in known_by.items()
        if proposal.headers and proposal.headers == headers_said(columns.get(name))
    }
    rules = rules_proposed(draft.kind, draft.preset, columns, look)
    return say_columns(
        draft=draft,
        columns=columns,
        known_by=same,
        by_address=names_by_address(columns, look),
        rules=rules,
    )


def _kept(request: HttpRequest, draft: Draft, form: ColumnsForm, look: Preview) -> None:
    """The mapping under the name that was typed, where one was."""
    name = form.cleaned_data["profile_name"].strip()
    if name:
        keep_profile(draft=draft, name=name, headers=list(look.sample), actor=request.user)


@require_POST
@requires(Capability.IMPORT_DATA)
def draft_discard(request: HttpRequest, number: int) -> HttpResponse:
    draft = draft_numbered(number)
    with refusal_told(request):
        discard_draft(draft=draft, actor=request.user)
        messages.success(request, f"{draft.file_name} was thrown away.")
    return redirect("ingestion:new")
