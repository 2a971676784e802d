"""Coordinates of the pictures on a result's page; templates only place them."""

import math
from collections.abc import Callable, Sequence
from typing import Any

from campaigns.result_words import signed
from core.formats import money

LEFT, TOP, WIDE, HIGH = 52.0, 14.0, 330.0, 190.0
TICKS = 5
SPAN_WIDE, SPAN_PAD = 240.0, 6.0

Course = Sequence[dict[str, Any]]


def arms(course: Course, horizon: int) -> dict[str, Any]:
    """Revenue per customer of both groups; the band is control and the interval of the gap."""
    bands = [row for row in course if row["low"] is not None]
    values = [row[arm] for row in course for arm in ("treated", "control")]
    values += [row["control"] + row[end] for row in bands for end in ("low", "high")]
    across, down, ticks = _axes(values, horizon)
    last = course[-1]
    gap = 0.0 if last["treated"] >= last["control"] else 15.0
    return {
        "treated": _line(course, "treated", across, down),
        "control": _line(course, "control", across, down),
        "band": _band(
            bands, across, down, lambda row, end: row["control"] + row[end]
        ),
        "treated_y": f"{_apart(down(last['treated']), down(last['control']), gap):.1f}",
        "control_y": f"{_apart(down(last['control']), down(last['treated']), 15.0 - gap):.1f}",
        "treated_label": money(last["treated"], 2),
        "control_label": money(last["control"], 2),
        **_frame(ticks, across, down, last["day"], horizon, sign=False),
    }  # fmt: skip


def gap(course: Course, horizon: int) -> dict[str, Any]:
    """Treated less control since the launch, with its 95 % band and the zero line."""
    bands = [row for row in course if row["low"] is not None]
    values = [row["difference"] for row in course]
    values += [row[end] for row in bands for end in ("low", "high")]
    across, down, ticks = _axes(values, horizon)
    last = course[-1]
    labels = [
        {
            "y": f"{down(last[name]) + 4:.1f}",
            "words": signed(last[name]),
            "main": name == "difference",
        }
        for name in ("high", "difference", "low")
        if last[name] is not None
    ]
    return {
        "line": _line(course, "difference", across, down),
        "band": _band(bands, across, down, lambda row, end: row[end]),
        "zero": f"{down(0.0):.1f}",
        "labels": _spread(labels),
        **_frame(ticks, across, down, last["day"], horizon, sign=True),
    }  # fmt: skip


def whiskers(rows: Sequence[dict[str, Any]]) -> list[dict[str, str] | None]:
    """Estimate, low and high of each row on an axis of its own that holds zero; None without."""
    return [_whisker(row) for row in rows]


def _whisker(row: dict[str, Any]) -> dict[str, str] | None:
    if row["low"] is None or row["high"] is None:
        return None
    low, high = min(row["low"], 0.0), max(row["high"], 0.0)
    unit = (SPAN_WIDE - 2 * SPAN_PAD) / max(high - low, 1e-9)
    at = {name: SPAN_PAD + (row[name] - low) * unit for name in ("low", "high", "estimate")}
    return {
        "low": f"{at['low']:.1f}",
        "width": f"{max(at['high'] - at['low'], 1.0):.1f}",
        "high": f"{at['high']:.1f}",
        "here": f"{at['estimate']:.1f}",
        "zero": f"{SPAN_PAD - low * unit:.1f}",
    }


def _axes(
    values: Sequence[float], horizon: int
) -> tuple[Callable[[float], float], Callable[[float], float], list[float]]:
    """Day → x, value → y, and round steps that hold all values and zero."""
    low, high = min([*values, 0.0]), max([*values, 0.0])
    step = _step((high - low) / TICKS)
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    ticks = [place * step for place in range(first, last + 1)]
    span = ticks[-1] - ticks[0]

    def across(day: float) -> float:
        return LEFT + WIDE * day / max(horizon, 1)

    def down(value: float) -> float:
        return TOP + HIGH * (1 - (value - ticks[0]) / span)

    return across, down, ticks


def _step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at least so much."""
    if rough <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough - 1e-12)


def _frame(
    ticks: list[float],
    across: Callable[[float], float],
    down: Callable[[float], float],
    last_day: int,
    horizon: int,
    *,
    sign: bool,
) -> dict[str, Any]:
    words = signed if sign else money
    decimals = 0 if ticks[1] - ticks[0] >= 1 else 2
    days = list(range(0, horizon + 1, max(7 if horizon >= 14 else 1, math.ceil(horizon / 35) * 7)))
    return {
        "steps": [{"y": f"{down(t):.1f}", "words": words(t, decimals)} for t in ticks],
        "days": [{"x": f"{across(d):.1f}", "words": d} for d in days],
        "left": f"{LEFT:.0f}",
        "right": f"{LEFT + WIDE:.0f}",
        "top": f"{TOP:.0f}",
        "bottom": f"{TOP + HIGH:.0f}",
        "label_x": f"{min(across(last_day), LEFT + WIDE) + 6:.1f}",
        "days_y": f"{TOP + HIGH + 20:.0f}",
    }


def _line(
    course: Course, name: str, across: Callable[[float], float], down: Callable[[float], float]
) -> str:
    points = [(0, 0.0), *((row["day"], row[name]) for row in course)]
    return "M" + "L".join(f"{across(day):.1f} {down(value):.1f}" for day, value in points)


def _band(
    course: Course,
    across: Callable[[float], float],
    down: Callable[[float], float],
    value: Callable[[dict[str, Any], str], float],
) -> str:
    if not course:
        return ""
    upper = [f"{across(row['day']):.1f} {down(value(row, 'high')):.1f}" for row in course]
    lower = [f"{across(row['day']):.1f} {down(value(row, 'low')):.1f}" for row in course]
    return f"M{'L'.join([*upper, *reversed(lower)])}Z"


def _apart(mine: float, other: float, way: float) -> float:
    """A label that would stand on the other one makes room, up (0) or down."""
    return mine + 4 if abs(mine - other) >= 15 else max(mine, other) + 4 - 15 + way


def _spread(labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Labels from the top down, at least a line apart."""
    above = -math.inf
    for label in labels:
        above = max(float(label["y"]), above + 15)
        label["y"] = f"{above:.1f}"
    return labels
