"""Postgres' own hash of a text, for whole columns at once."""

from typing import Any

import numpy as np
import polars as pl

WORD = 4
BLOCK = 3 * WORD
Words = np.ndarray[Any, np.dtype[np.uint32]]


def hash_text_extended(texts: pl.Series) -> pl.Series:
    """``hashtextextended(text, 0)`` of each text, none of them null.

    Bob Jenkins' lookup3, as src/common/hashfn.c has it for little-endian machines.
    """
    arrow = texts.cast(pl.Binary).to_arrow()
    offsets = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset :][: len(texts) + 1]
    sizes = np.diff(offsets)
    blocks = _padded(arrow.buffers()[2], offsets, sizes)
    start = (0x9E3779B9 + 3923095 + sizes).astype(np.uint32)
    a, b, c = start.copy(), start.copy(), start.copy()
    whole, rest = sizes // BLOCK, sizes % BLOCK
    for i in range(blocks.shape[1] if len(texts) else 0):
        full = whole > i
        some = ~full & (whole == i) & (rest > 0)
        taken = full | some
        a[taken] += blocks[taken, i, 0]
        b[taken] += blocks[taken, i, 1]
        # The lowest byte of the last word is kept for the length.
        c[full] += blocks[full, i, 2]
        c[some] += blocks[some, i, 2] << np.uint32(8)
        a[full], b[full], c[full] = _mix(a[full], b[full], c[full])
    b, c = _final(a, b, c)
    return pl.Series((b.astype(np.uint64) << np.uint64(32) | c).view(np.int64))


def _padded(data: Any, offsets: Any, sizes: Any) -> Any:
    """The bytes as rows × blocks × three words, zeros after the end of each."""
    many = max(1, -(-int(sizes.max(initial=0)) // BLOCK))
    room = np.zeros((len(sizes), many * BLOCK), np.uint8)
    if len(sizes) and offsets[-1] > offsets[0]:
        inside = np.arange(many * BLOCK) < sizes[:, None]
        room[inside] = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]]
    return room.view("<u4").reshape(len(sizes), many, 3)


def _rot(word: Words, by: int) -> Words:
    return (word << np.uint32(by)) | (word >> np.uint32(32 - by))


def _mix(a: Words, b: Words, c: Words) -> tuple[Words, Words, Words]:
    for first, second, third in ((4, 6, 8), (16, 19, 4)):
        a = (a - c) ^ _rot(c, first)
        c = c + b
        b = (b - a) ^ _rot(a, second)
        a = a + c
        c = (c - b) ^ _rot(b, third)
        b = b + a
    return a, b, c


def _final(a: Words, b: Words, c: Words) -> tuple[Words, Words]:
    c = (c ^ b) - _rot(b, 14)
    a = (a ^ c) - _rot(c, 11)
    b = (b ^ a) - _rot(a, 25)
    c = (c ^ b) - _rot(b, 16)
    a = (a ^ c) - _rot(c, 4)
    b = (b ^ a) - _rot(a, 14)
    c = (c ^ b) - _rot(b, 24)
    return b, c
