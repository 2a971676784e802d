from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import requires
from accounts.capabilities import Capability
from core.contracts.connector import Found
from core.errors import NotFound, Refused
from core.selectors import organisation_zone
from core.toasts import refusal_told
from ingestion.health import all_health, health_of
from ingestion.known_connectors import connectors
from ingestion.samples import take_sample
from ingestion.selectors import loads_of, sample_of, undone_of
from ingestion.source_forms import SourceForm
from ingestion.source_models import Source
from ingestion.source_pages import LOADS_SHOWN, choices, form_words, list_words, source_words
from ingestion.sources import (
    change_source,
    create_source,
    delete_source,
    pause_source,
    request_read,
    source_numbered,
    start_over,
    try_source,
)
from runs.models import MOVING

TEST = "test"


@requires(Capability.IMPORT_DATA)
@require_safe
def source_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    words = list_words(all_health(now, organisation_zone()), now)
    moving = any(row["state"] in MOVING for row in words["rows"])
    return render(request, "ingestion/sources.html", {**words, "moving": moving})


@requires(Capability.IMPORT_DATA)
@require_safe
def choose_connector(request: HttpRequest) -> HttpResponse:
    return render(request, "ingestion/source_choice.html", {"choices": choices()})


@requires(Capability.IMPORT_DATA)
@require_http_methods(["GET", "HEAD", "POST"])
def new_source(request: HttpRequest, name: str) -> HttpResponse:
    """``name``: the connector's."""
    if name not in connectors():
        raise NotFound(f"There is no connector {name}.")
    return _form(request, name, None)


@requires(Capability.IMPORT_DATA)
@require_http_methods(["GET", "HEAD", "POST"])
def edit_source(request: HttpRequest, number: int) -> HttpResponse:
    source = source_numbered(number)
    return _form(request, source.connector, source)


@requires(Capability.IMPORT_DATA)
@require_safe
def source_page(request: HttpRequest, number: int) -> HttpResponse:
    """One source; while it is read the page asks for itself."""
    source = source_numbered(number)
    loads = list(loads_of(source)[:LOADS_SHOWN])
    health = health_of(source, timezone.now(), organisation_zone())
    context = {
        "page": source_words(source, loads, health),
        "sample": sample_of(source),
        "undone": list(undone_of(source)[:LOADS_SHOWN]),
    }
    return render(request, "ingestion/source.html", context)


@require_POST
@requires(Capability.IMPORT_DATA)
def read_now(request: HttpRequest, number: int) -> HttpResponse:
    source = source_numbered(number)
    with refusal_told(request):
        run = request_read(source=source, actor=request.user)
        messages.success(request, f"{source.name} is being read, run {run.pk}.")
    return redirect("sources:source", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def pause(request: HttpRequest, number: int) -> HttpResponse:
    """Pause it, or with ``resume`` let it go on."""
    source = source_numbered(number)
    paused = not request.POST.get("resume")
    with refusal_told(request):
        pause_source(source=source, paused=paused, actor=request.user)
        words = "rests until you let it go on" if paused else "goes on where it stopped"
        messages.success(request, f"{source.name} {words}.")
    return redirect("sources:source", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def over_again(request: HttpRequest, number: int) -> HttpResponse:
    source = source_numbered(number)
    if request.POST.get("sure", "").strip() != source.name:
        messages.error(request, f"To begin anew, type its name: {source.name}. Nothing changed.")
    else:
        start_over(source=source, actor=request.user)
        messages.success(request, f"{source.name} will be read from its beginning.")
    return redirect("sources:source", number)


@require_POST
@requires(Capability.IMPORT_DATA)
def drop_source(request: HttpRequest, number: int) -> HttpResponse:
    source = source_numbered(number)
    if request.POST.get("sure", "").strip() != source.name:
        messages.error(request, f"To delete it, type its name: {source.name}. Nothing changed.")
        return redirect("sources:source", number)
    with refusal_told(request):
        delete_source(source=source, actor=request.user)
        messages.success(request, f"{source.name} is gone; what it brought stays.")
        return redirect("sources:list")
    return redirect("sources:source", number)


def _form(request: HttpRequest, connector: str, source: Source | None) -> HttpResponse:
    """Test the connection, or save; a refusal keeps what was typed, secrets aside."""
    plugin = connectors()[connector]
    form = SourceForm(request.POST or None, connector=plugin, source=source)
    refusal, found = "", None
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("do") == TEST:
                found = try_source(connector=connector, options=form.options(), source=source)
            else:
                return _saved(request, form, connector, source)
        except Refused as error:
            refusal = error.message
    context = {
        "form": form,
        "source": source,
        "refusal": refusal,
        "found": found and _found_words(found),
        **form_words(plugin, source),
    }
    # What a test answers is no error of the request.
    status = 400 if (refusal or form.errors) and request.POST.get("do") != TEST else 200
    return render(request, "ingestion/source_form.html", context, status=status)


def _saved(
    request: HttpRequest, form: SourceForm, connector: str, source: Source | None
) -> HttpResponse:
    """A new source whose columns nobody has said waits until its sample was looked at."""
    values = form.values()
    if source is not None:
        saved = change_source(source=source, actor=request.user, **values)
    else:
        known = values["mapping"] is not None
        saved = create_source(connector=connector, enabled=known, actor=request.user, **values)
        if not known:
            return _looked_at(request, saved)
    messages.success(request, f"{saved.name} is saved.")
    return redirect("sources:source", saved.pk)


def _looked_at(request: HttpRequest, source: Source) -> HttpResponse:
    try:
        draft = take_sample(source=source, actor=request.user)
    except Refused as refusal:
        messages.error(request, f"{source.name} is saved and waits. {refusal.message}")
        return redirect("sources:source", source.pk)
    messages.success(request, f"{source.name} is saved. Say how its rows are read; then it begins.")
    return redirect("ingestion:draft", draft.pk)


def _found_words(found: Found) -> dict[str, str]:
    return {"says": found.says, "columns": ", ".join(found.columns)}
