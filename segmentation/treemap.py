"""Revenue as areas: the squarified treemap of Bruls, Huizing and van Wijk (2000)."""

from collections.abc import Sequence
from typing import Any

from core.formats import money, of_100
from segmentation.selectors import GroupFigures

ACROSS, UPRIGHT = (1200.0, 220.0), (360.0, 320.0)
GAP = 1.0
# Smaller tiles have no room for a name, or for a second line.
WIDE_ENOUGH, HIGH_ENOUGH, TWO_LINES = 40.0, 20.0, 40.0
A_LETTER = 6.6
Box = tuple[float, float, float, float]


def treemap(groups: Sequence[GroupFigures], css: Sequence[str]) -> dict[str, Any]:
    """A tile for each group that brings something, the largest first; empty where none does."""
    paying = [pair for pair in zip(groups, css, strict=True) if pair[0].revenue > 0]
    shown = sorted(paying, key=lambda pair: -pair[0].revenue)
    if not shown:
        return {}
    values = [group.revenue for group, _ in shown]
    return {
        "across": [_tile(*pair, box) for pair, box in zip(shown, boxes(values, *ACROSS),
                                                          strict=True)],
        "upright": [_tile(*pair, box) for pair, box in zip(shown, boxes(values, *UPRIGHT),
                                                           strict=True)],
    }  # fmt: skip


def boxes(values: Sequence[float], width: float, height: float) -> list[Box]:
    """(x, y, width, height) of each value, in falling order, together the whole rectangle."""
    scale = width * height / sum(values)
    areas, found = [value * scale for value in values], []
    x, y, w, h = 0.0, 0.0, width, height
    while areas:
        side = min(w, h)
        row = _row(areas, side)
        thick = sum(row) / side
        along = 0.0
        for area in row:
            length = area / thick
            found.append((x, y + along, thick, length) if h <= w else (x + along, y, length, thick))
            along += length
        if h <= w:
            x, w = x + thick, w - thick
        else:
            y, h = y + thick, h - thick
        areas = areas[len(row) :]
    return found


def _row(areas: Sequence[float], side: float) -> list[float]:
    """As many of the next areas as make the row's worst tile less oblong."""
    row = [areas[0]]
    for area in areas[1:]:
        if _worst([*row, area], side) > _worst(row, side):
            break
        row.append(area)
    return row


def _worst(row: Sequence[float], side: float) -> float:
    total = sum(row)
    return max(side**2 * max(row) / total**2, total**2 / (side**2 * min(row)))


def _tile(group: GroupFigures, css: str, box: Box) -> dict[str, str]:
    x, y, w, h = box
    name = group.segment.name
    fits = w >= max(WIDE_ENOUGH, len(name) * A_LETTER + 16) and h >= HIGH_ENOUGH
    told = f"{of_100(group.revenue_share)} of 100, {money(group.revenue)}"
    room = h >= TWO_LINES and w >= len(told) * 6 + 16
    return {
        "css": css,
        "x": f"{x:.1f}", "y": f"{y:.1f}",
        "w": f"{max(w - GAP, 0.5):.1f}", "h": f"{max(h - GAP, 0.5):.1f}",
        "text_x": f"{x + 10:.1f}", "name_y": f"{y + 16:.1f}", "told_y": f"{y + 32:.1f}",
        "name": name if fits else "",
        "told": told if fits and room else "",
    }  # fmt: skip
