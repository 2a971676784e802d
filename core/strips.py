"""A strip of bars, one a day, before the range that is usual for each."""

from collections.abc import Collection, Mapping, Sequence

WIDTH, HEIGHT = 280, 32


def strip(
    counts: Sequence[float],
    bands: Mapping[int, tuple[float, float] | None],
    off: Collection[int],
) -> dict[str, list[dict[str, str]]]:
    """What templates/strip.html draws. ``bands`` and ``off`` are by place in ``counts``."""
    top = max([1, *counts, *(band[1] for band in bands.values() if band)])
    step = WIDTH / max(len(counts), 1)
    bars, grounds = [], []
    for at, count in enumerate(counts):
        x, high = at * step, count / top * HEIGHT
        css = "off" if at in off else "newest" if at == len(counts) - 1 else ""
        high = max(high, 1.5) if css == "off" else high
        bars.append(_rect(x + 2, HEIGHT - high, step - 4, high) | {"css": css})
        if band := bands.get(at):
            low, most = (value / top * HEIGHT for value in band)
            grounds.append(_rect(x, HEIGHT - most, step, max(most - low, 1)))
    return {"bars": bars, "grounds": grounds}


def _rect(x: float, y: float, width: float, height: float) -> dict[str, str]:
    sides = {"x": x, "y": y, "width": width, "height": height}
    return {name: f"{value:.1f}" for name, value in sides.items()}
