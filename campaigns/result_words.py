"""How the figures of a result are written: with their sign, their unit and their interval."""

from typing import Any

from core.formats import money


def signed(value: float | None, decimals: int = 2) -> str:
    """Money with its sign; a gain has one too."""
    return f"{'+' if value is not None and value > 0 else ''}{money(value, decimals)}"


def figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "revenue":
        return money(value, 2)
    return f"{100 * value:.1f}" if name == "conversion" else f"{value:.2f}"


def effect(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    if name == "revenue":
        return signed(value)
    text = f"{abs(100 * value):.1f}" if name == "conversion" else f"{abs(value):.2f}"
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{text}"


def interval(name: str, row: dict[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return "no interval"
    return f"{effect(name, row['low'])} to {effect(name, row['high'])}"


def interval_of(low: float | None, high: float | None, decimals: int) -> str:
    if low is None or high is None:
        return "no interval"
    return f"{signed(low, decimals)} to {signed(high, decimals)}"


def p_words(p: float | None) -> str:
    if p is None:
        return "–"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
