"""Verbs of kept mappings."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from accounts.models import User
from core.errors import Conflict, NotFound
from core.services import record_audit
from ingestion.models import Draft, Profile


class NameTaken(Conflict):
    code = "name_taken"


@transaction.atomic
def keep_profile(
    *, draft: Draft, name: str, headers: Sequence[str], actor: User | None = None
) -> Profile:
    """Keep a draft's mapping under a name; the same name for the same header is written anew."""
    layout = layout_of(draft)
    held = Profile.objects.select_for_update().filter(name=name).first()
    if held and sorted(held.headers) != sorted(headers):
        raise NameTaken(f"There is a mapping named {name} for other columns. Choose another name.")
    profile, made = Profile.objects.update_or_create(
        name=name,
        defaults={
            "kind": draft.kind,
            "source": draft.source,
            "preset": draft.preset,
            "mapping": layout,
            "headers": list(headers),
            "created_by": actor,
        },
    )
    record_audit(actor=actor, verb="keep_profile", subject=name, detail={"new": made})
    Draft.objects.filter(pk=draft.pk).update(profile=profile)
    return profile


def layout_of(draft: Draft) -> dict[str, Any]:
    """Fixed values stay with the file: they are its rows, not its layout. So does which table of a
    file is meant.
    """
    layout = {key: draft.mapping[key] for key in draft.mapping if key != "fixes"}
    options = {k: v for k, v in layout.get("options", {}).items() if k not in draft.table_options}
    return {**layout, "options": options}


@transaction.atomic
def rename_profile(*, profile: Profile, name: str, actor: User | None = None) -> Profile:
    if Profile.objects.filter(name=name).exclude(pk=profile.pk).exists():
        raise NameTaken(f"There is a mapping named {name} already. Choose another name.")
    record_audit(actor=actor, verb="rename_profile", subject=name, detail={"before": profile.name})
    profile.name = name
    profile.save(update_fields=["name"])
    return profile


@transaction.atomic
def delete_profile(*, profile: Profile, actor: User | None = None) -> None:
    """Imports that used it keep their own copy of the mapping."""
    record_audit(actor=actor, verb="delete_profile", subject=profile.name)
    profile.delete()


def profile_numbered(number: int) -> Profile:
    profile = Profile.objects.filter(pk=number).first()
    if profile is None:
        raise NotFound("This mapping was deleted.")
    return profile
