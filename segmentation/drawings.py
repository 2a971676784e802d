"""Coordinates of what the segmentation pages draw; templates only place them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from textwrap import shorten
from typing import Any

from core.formats import money, of_100, whole
from segmentation.selectors import GroupFigures

WIDTH, GAP = 1200.0, 3.0
HEIGHT, TALL = 300.0, 16.0
BESIDE_LETTERS = 22
TOP, BOTTOM = 70.0, 116.0
# Narrower bands have no room for two lines of text, or for any.
ROOMY, NARROW = 96.0, 30.0
RANGE = 200.0
# More series than this in one drawing, and the small ones share a band.
SERIES, SMALL = 7, 0.04


@dataclass(frozen=True)
class Band:
    """One group, or several small neighbours that share a band and a label."""

    name: str
    css: str
    size: int
    share: float
    revenue: float
    revenue_share: float


def bands(groups: Sequence[GroupFigures], css: Sequence[str], money_word: str) -> dict[str, Any]:
    """Two aligned bars joined by bands: customers above, what they bring below."""
    shown = _merged([group for group in zip(groups, css, strict=True) if group[0].size])
    above = _spans([band.share for band in shown], WIDTH, GAP)
    below = _spans([band.revenue_share for band in shown], WIDTH, GAP)
    left = _spans([band.share for band in shown], HEIGHT, GAP)
    right = _spans([band.revenue_share for band in shown], HEIGHT, GAP)
    across = [_across(band, *one, *two) for band, one, two in zip(shown, above, below, strict=True)]
    return {
        "across": across,
        "across_labels": _labels(shown, above, below, money_word),
        "upright": _upright(shown, left, right),
        "upright_height": HEIGHT + 40,
        "money_word": money_word,
    }


def ranges(groups: Sequence[GroupFigures]) -> list[dict[str, str]]:
    """Each group's size, and its smallest and largest when the cuts move, on one axis from 0."""
    spans = [group.size_range or (group.size, group.size) for group in groups]
    most = axis_end([high for _, high in spans])
    unit = RANGE / most
    return [
        {
            "low": f"{low * unit:.1f}",
            "width": f"{max((high - low) * unit, 1.0):.1f}",
            "here": f"{min(group.size * unit, RANGE - 2):.1f}",
        }
        for group, (low, high) in zip(groups, spans, strict=True)
    ]


def axis_end(values: Sequence[float]) -> int:
    """A round number at or above the largest value."""
    most = max([*values, 1])
    step = 10 ** (len(str(int(most))) - 1)
    return int(-(-most // step) * step)


def _merged(groups: list[tuple[GroupFigures, str]]) -> list[Band]:
    """Neighbours too small to be seen alone share a band, under the colour of the largest."""
    found: list[list[tuple[GroupFigures, str]]] = []
    for group in groups:
        small = group[0].share < SMALL and group[0].revenue_share < SMALL / 2
        if found and small and len(groups) > SERIES:
            found[-1].append(group)
        else:
            found.append([group])
    return [_band(members) for members in found]


def _band(members: list[tuple[GroupFigures, str]]) -> Band:
    groups = [group for group, _ in members]
    _, css = max(members, key=lambda member: member[0].size)
    return Band(
        name=", ".join(group.segment.name for group in groups),
        css=css,
        size=sum(group.size for group in groups),
        share=sum(group.share for group in groups),
        revenue=sum(group.revenue for group in groups),
        revenue_share=sum(group.revenue_share for group in groups),
    )


def _spans(shares: Sequence[float], length: float, gap: float) -> list[tuple[float, float]]:
    """(start, extent) of each share along ``length``, with gaps between, 1 at least."""
    room = length - gap * (len(shares) - 1)
    extents = [max(share * room, 1.0) for share in shares]
    squeeze = room / max(sum(extents), room)
    extents = [extent * squeeze for extent in extents]
    starts = accumulate((extent + gap for extent in extents[:-1]), initial=0.0)
    return list(zip(starts, extents, strict=True))


def _across(band: Band, x1: float, w1: float, x2: float, w2: float) -> dict[str, str]:
    middle = (TOP + BOTTOM) / 2
    path = (
        f"M{x1:.1f} {TOP}C{x1:.1f} {middle} {x2:.1f} {middle} {x2:.1f} {BOTTOM}"
        f"H{x2 + w2:.1f}C{x2 + w2:.1f} {middle} {x1 + w1:.1f} {middle} {x1 + w1:.1f} {TOP}Z"
    )
    marks = {"x1": x1, "w1": w1, "x2": x2, "w2": w2}
    return {"css": band.css, "path": path, **{name: f"{v:.1f}" for name, v in marks.items()}}


def _labels(
    shown: list[Band],
    above: list[tuple[float, float]],
    below: list[tuple[float, float]],
    money_word: str,
) -> list[dict[str, str]]:
    labels = []
    for band, (x1, w1), (x2, w2) in zip(shown, above, below, strict=True):
        wide, names = w1 >= ROOMY, _lines(band.name, w1)
        for line, name in enumerate(names):
            y = 28 - 14 * (len(names) - 1 - line)
            labels.append(_label(x1, y, "b", name))
        share = of_100(band.share)
        size = f"of 100, {whole(band.size)}" if wide else ""
        if w1 >= NARROW:
            labels.append(_label(x1, 44, "t3", size, share))
        if w2 >= NARROW:
            of = f"of 100 {money_word}" if w2 >= ROOMY * 1.3 else ""
            labels.append(_label(x2, 150, "t3", of, of_100(band.revenue_share)))
        if w2 >= ROOMY * 0.7:
            labels.append(_label(x2, 166, "t3", money(band.revenue)))
    return labels


def _lines(name: str, width: float) -> list[str]:
    """The name in as many lines as its words need at this width; none where it fits nowhere."""
    lines: list[str] = []
    for word in name.split():
        if lines and (len(lines[-1]) + len(word) + 1) * 6.6 <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    fits = len(lines) <= 3 and all(len(line) * 6.2 <= width + 8 for line in lines)
    return lines if fits else []


def _label(x: float, y: float, css: str, text: str, bold: str = "") -> dict[str, str]:
    return {"x": f"{x:.1f}", "y": f"{y:.0f}", "css": css, "text": text, "bold": bold}


def _upright(
    shown: list[Band], left: list[tuple[float, float]], right: list[tuple[float, float]]
) -> list[dict[str, str]]:
    found = []
    beside = _apart([y + h / 2 for y, h in left])
    opposite = _apart([y + h / 2 for y, h in right])
    for i, band in enumerate(shown):
        (a, ah), (b, bh) = left[i], right[i]
        a, b = a + 24, b + 24
        path = (
            f"M172 {a:.1f}C208 {a:.1f} 208 {b:.1f} 244 {b:.1f}"
            f"V{b + bh:.1f}C208 {b + bh:.1f} 208 {a + ah:.1f} 172 {a + ah:.1f}Z"
        )
        marks = {"y1": a, "h1": ah, "y2": b, "h2": bh}
        places = {"label_y1": beside[i] + 28, "label_y2": opposite[i] + 28}
        found.append(
            {
                "css": band.css,
                "path": path,
                # The place beside the band is narrow; the table below has the whole name.
                "name": shorten(band.name, BESIDE_LETTERS, placeholder=" …"),
                "share": of_100(band.share),
                "money_share": of_100(band.revenue_share),
                "money": money(band.revenue),
                **{name: f"{value:.1f}" for name, value in (marks | places).items()},
            }
        )
    return found


def _apart(places: list[float]) -> list[float]:
    """The same places, moved so that no label covers the next, and none leaves the drawing."""
    moved = list(accumulate(places, lambda above, here: max(here, above + TALL)))
    end = HEIGHT + 6
    for i in range(len(moved) - 1, -1, -1):
        moved[i] = min(moved[i], end)
        end = moved[i] - TALL
    return moved
