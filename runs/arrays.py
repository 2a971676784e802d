"""Fitted models as arrays on disk: safetensors, checked by hash before they are believed."""

import hashlib
import os
import uuid
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from safetensors import SafetensorError
from safetensors.numpy import load, save

from core.errors import Refused
from runs.models import ModelVersion


class DamagedModel(Refused):
    """The file is not the one that was recorded: missing, cut short, or somebody else's."""

    code = "damaged_model"
    status = 409


def store_arrays(name: str, arrays: Mapping[str, np.ndarray]) -> tuple[str, str]:
    """Write the arrays; returns the path below CBA_HOME and the SHA-256 of the file."""
    data = save({key: np.ascontiguousarray(value) for key, value in arrays.items()})
    relative = Path("models") / f"{name}-{uuid.uuid4().hex[:12]}.safetensors"
    path = settings.CBA_HOME / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return str(relative), hashlib.sha256(data).hexdigest()


def load_arrays(version: ModelVersion) -> dict[str, Any]:
    """The arrays of a version, kept in memory by hash; refuses a file that is not the recorded."""
    return _load(version.path, version.sha256)


@lru_cache(maxsize=16)
def _load(relative: str, sha256: str) -> dict[str, Any]:
    path = settings.CBA_HOME / relative
    again = "Run the refresh again to fit it anew, or roll back to another version."
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DamagedModel(f"The model file {relative} is missing. {again}") from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise DamagedModel(f"The model file {relative} is not the one that was recorded. {again}")
    try:
        return load(data)
    except SafetensorError as error:
        raise DamagedModel(f"The model file {relative} cannot be read. {again}") from error
