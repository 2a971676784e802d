"""Fitted models on disk: written whole, checked by hash before they are believed, mapped to read.

Arrays are safetensors, scikit-learn's models skops; never pickle.
"""

import hashlib
import json
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
from core.files import write_whole
from runs.models import ModelVersion

ARRAYS = ".safetensors"
# What safetensors calls the types that we store.
DTYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "I32": np.int32,
    "I16": np.int16, "U8": np.uint8, "BOOL": np.bool_,
}  # fmt: skip
AGAIN = "Train it again, or roll back to another version."


class DamagedModel(Refused):
    """The file is not the one that was recorded: missing, cut short, or somebody else's."""

    code = "damaged_model"
    status = 409


def store_arrays(name: str, arrays: Mapping[str, np.ndarray]) -> tuple[str, str]:
    """Write the arrays; returns the path below CBA_HOME and the SHA-256 of the file."""
    data = save({key: np.ascontiguousarray(value) for key, value in arrays.items()})
    return store_bytes(name, data, suffix=ARRAYS)


def store_bytes(name: str, data: bytes, *, suffix: str) -> tuple[str, str]:
    """Write a model's file; returns the path below CBA_HOME and the SHA-256 of the file."""
    relative = Path("models") / f"{name}-{uuid.uuid4().hex[:12]}{suffix}"
    write_whole(settings.CBA_HOME / relative, lambda draft: draft.write_bytes(data))
    return str(relative), hashlib.sha256(data).hexdigest()


def load_bytes(version: ModelVersion) -> bytes:
    """The file of a version; refuses one that is not the recorded."""
    return checked_path(version).read_bytes()


def load_arrays(version: ModelVersion) -> dict[str, Any]:
    """The arrays of a version, kept in memory; refuses a file that is not the recorded."""
    return _load(checked_path(version))


def mapped_arrays(version: ModelVersion) -> dict[str, np.ndarray]:
    """The arrays of a version mapped read-only into memory: pages are read when they are used."""
    return _mapped(checked_path(version))


def checked_path(version: ModelVersion) -> Path:
    """The file's path, once its bytes are those that were recorded."""
    path: Path = settings.CBA_HOME / version.path
    try:
        stat = path.stat()
        found = _sha256(path, stat.st_mtime_ns, stat.st_size)
    except OSError as error:
        raise DamagedModel(f"The model file {version.path} is missing. {AGAIN}") from error
    if found != version.sha256:
        raise DamagedModel(
            f"The model file {version.path} is not the one that was recorded. {AGAIN}"
        )
    return path


@lru_cache(maxsize=64)
def _sha256(path: Path, changed_at: int, size: int) -> str:
    """Read anew whenever the file's time or size is another."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=16)
def _load(path: Path) -> dict[str, Any]:
    try:
        return load(path.read_bytes())
    except SafetensorError as error:
        raise DamagedModel(f"The model file {path.name} cannot be read. {AGAIN}") from error


@lru_cache(maxsize=16)
def _mapped(path: Path) -> dict[str, np.ndarray]:
    """A safetensors file is its header's length in 8 bytes, a JSON header, and the arrays."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return {name: _array(path, 8 + length, entry) for name, entry in header.items()}


def _array(path: Path, start: int, entry: dict[str, Any]) -> np.ndarray:
    shape, dtype = tuple(entry["shape"]), DTYPES[entry["dtype"]]
    if 0 in shape:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", start + entry["data_offsets"][0], shape)
