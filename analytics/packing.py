"""Arrays and a few words as one safetensors file in memory; files inside files are bytes."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
WORDS = "words"


def packed(arrays: Mapping[str, npt.NDArray[Any]], words: Mapping[str, Any]) -> bytes:
    """``words`` is anything JSON can say."""
    from safetensors.numpy import save

    text = json.dumps(words, sort_keys=True).encode()
    kept = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return bytes(save({**kept, WORDS: np.frombuffer(text, np.uint8)}))


def unpacked(data: bytes) -> tuple[Arrays, dict[str, Any]]:
    """The arrays and the words; ValueError for anything else."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        arrays = load(data)
        words = json.loads(arrays.pop(WORDS).tobytes())
    except (SafetensorError, KeyError, UnicodeDecodeError) as error:
        raise ValueError("these bytes are no stored model") from error
    return arrays, words


def as_array(data: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)
