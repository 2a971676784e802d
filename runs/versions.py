"""Model versions: kept with their evidence, promoted when they are better, rolled back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version as version_of
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.errors import Conflict
from core.once import ask_again, asked_once
from core.services import record_audit
from runs.models import ModelVersion, Run


@dataclass(frozen=True)
class Fitted:
    """A model that was stored, with what it takes to trust it."""

    path: str
    sha256: str
    libraries: tuple[str, ...]
    feature_schema: list[str]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    importances: Mapping[str, float] = field(default_factory=dict)
    evaluation: Mapping[str, Any] = field(default_factory=dict)


def register(*, name: str, run: Run, as_of: Any, fitted: Fitted, verdict: str = "") -> ModelVersion:
    """Keep a version beside the promoted one; it answers for nothing until it is promoted."""
    return ModelVersion.objects.create(
        name=name,
        run=run,
        as_of=as_of,
        path=fitted.path,
        sha256=fitted.sha256,
        libraries={library: version_of(library) for library in fitted.libraries},
        feature_schema=fitted.feature_schema,
        parameters=dict(fitted.parameters),
        metrics=dict(fitted.metrics),
        importances=dict(fitted.importances),
        evaluation=dict(fitted.evaluation),
        verdict=verdict,
    )


@transaction.atomic
def promote(*, version: ModelVersion, verdict: str, actor: User | None = None) -> ModelVersion:
    """Let a version answer for its name; the one before stays, and can be rolled back to."""
    ModelVersion.objects.select_for_update().filter(name=version.name, promoted=True).exclude(
        pk=version.pk
    ).update(promoted=False)
    version.promoted, version.promoted_at, version.verdict = True, timezone.now(), verdict
    version.save(update_fields=["promoted", "promoted_at", "verdict"])
    ask_again(promoted_version)
    record_audit(actor=actor, verb="promote_model", subject=str(version))
    return version


@transaction.atomic
def roll_back(*, name: str, actor: User | None = None) -> ModelVersion:
    """Promote again the version that answered before the present one."""
    before = ModelVersion.objects.filter(name=name, promoted=False, promoted_at__isnull=False)
    earlier = before.order_by("-promoted_at").first()
    if earlier is None:
        raise Conflict(
            f"No earlier version of {name} has ever answered; there is none to go back to."
        )
    return promote(version=earlier, verdict=f"Rolled back to version {earlier.pk}.", actor=actor)


@asked_once
def promoted_version(name: str) -> ModelVersion | None:
    return ModelVersion.objects.filter(name=name, promoted=True).first()
