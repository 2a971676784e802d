"""Where a customer stands among all: three distributions with their own place marked."""

from typing import Any

from core.formats import money, of_100, whole
from personas.selectors import BARS, Standing, standing

SHOWN = (
    ("purchase_monetary_value", "Spent", money),
    ("purchase_frequency", "Orders", whole),
    ("average_order_value", "Mean order", money),
)
WIDTH, HEIGHT = 240, 40


def standings(known: dict[str, Any]) -> dict[str, Any]:
    """Empty where too few customers are known to compare with."""
    rows, table, spent = [], [], 0.0
    for name, label, words in SHOWN:
        value = known.get(name)
        found = standing(name, float(value)) if value is not None else None
        if found is None or value is None:
            continue
        spent = spent or found.below
        rows.append(
            {
                "label": f"{label}: {words(value)}, more than {_exceeded(found.below)} of 100",
                "bars": _bars(found),
                "end": f"{words(found.end)} or more",
            }
        )
        table += _cells(label, found, words)
    if not rows:
        return {}
    finding = f"Spends more than {_exceeded(spent)} of 100 customers"
    return {"finding": finding, "rows": rows, "table": table}


def _exceeded(share: float) -> str:
    """Nobody exceeds all: whoever is first is one of the hundred."""
    return of_100(min(share, 0.99))


def _bars(found: Standing) -> list[dict[str, str | bool]]:
    most, step = max(found.counts), WIDTH / BARS
    return [
        {
            "x": f"{i * step:.0f}",
            "width": f"{step - 1:.0f}",
            "y": f"{HEIGHT - HEIGHT * count / most:.1f}",
            "height": f"{HEIGHT * count / most:.1f}",
            "here": i == found.here,
        }
        for i, count in enumerate(found.counts)
    ]


def _cells(label: str, found: Standing, words: Any) -> list[tuple[str, str, str, bool]]:
    """(what, from where, how many customers, whether this one is among them) a bar."""
    step = found.end / BARS
    return [
        (label, f"{words(i * step)} or more", whole(count), i == found.here)
        for i, count in enumerate(found.counts)
    ]
