"""What this installation holds about one person, as they may have it: JSON files and a page."""

import json
import zipfile
from io import BytesIO
from typing import IO, Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from core.formats import readable
from core.people import person_verbs
from core.selectors import organisation
from core.services import record_audit
from customers.aliases import aliases_of
from customers.selectors import customer_with_id

PAGE = "index.html"


def write_subject(*, customer_id: str, out: IO[bytes], actor: User | None = None) -> list[str]:
    """Everything that any app discloses about a person, as a zip; returns the names in it."""
    customer = customer_with_id(customer_id)
    told = _told(customer.pk)
    for number, alias in enumerate(aliases_of(customer.pk), start=1):
        # What stayed with the row of somebody who was merged into them.
        told |= {f"{app}_merged_{number}": parts for app, parts in _told(alias.pk).items()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for app, parts in told.items():
            archive.writestr(f"{app}.json", json.dumps(parts, default=str, indent=2))
        archive.writestr(PAGE, _page(customer_id, told))
        names = archive.namelist()
    record_audit(actor=actor, verb="export_subject", subject=customer_id)
    return names


def _told(customer_pk: int) -> dict[str, dict[str, Any]]:
    return {app.key: app.disclose(customer_pk) for app in reversed(person_verbs())}


def subject_download(customer_id: str, actor: User) -> HttpResponse:
    out = BytesIO()
    write_subject(customer_id=customer_id, out=out, actor=actor)
    answer = HttpResponse(out.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="subject.zip"'
    return answer


def _page(customer_id: str, told: dict[str, dict[str, Any]]) -> str:
    parts = [
        _part(name, value) for parts in told.values() for name, value in parts.items() if value
    ]
    page = {"customer_id": customer_id, "shop": organisation(), "parts": parts}
    return render_to_string("pipelines/subject.html", {**page, "at": timezone.now()})


def _part(name: str, value: Any) -> dict[str, Any]:
    """A table: of rows, of names with values, or of plain values."""
    title = readable(name.replace("_", " ")).capitalize()
    if isinstance(value, dict):
        return {"title": title, "header": ["", ""], "rows": list(value.items())}
    if value and isinstance(value[0], dict):
        header = list(dict.fromkeys(key for row in value for key in row))
        rows = [[row.get(key) for key in header] for row in value]
        return {"title": title, "header": [key.replace("_", " ") for key in header], "rows": rows}
    return {"title": title, "header": [], "rows": [[one] for one in value]}
