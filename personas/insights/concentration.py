"""Which share of the customers brings which share of the revenue."""

from typing import Any

from django.http import QueryDict

from analytics.concentration import Concentration, concentration
from core.formats import counted, money, of_100, whole
from personas.insights.bought import spent
from personas.insights.filters import Filters, asked, controls

TITLE = "Who brings the revenue"
FIELDS = ("department", "category", "segment")
SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
HEADLINE = 0.2
# Fewer customers make shares of a hundred meaningless.
ENOUGH = 20
LEFT, TOP, SIDE = 40.0, 12.0, 300.0


def page(query: QueryDict) -> dict[str, Any]:
    filters = asked(query, usual="52", fields=FIELDS)
    found = {"filters": controls(filters, query, fields=FIELDS)}
    if filters is None:
        return {**found, **_empty(None)}
    of = concentration(spent(filters)["revenue"].to_numpy(), SHARES)
    if of.customers < ENOUGH:
        return {**found, **_empty(filters, of.customers)}
    headline = next(top for top in of.tops if top.share == HEADLINE)
    return {
        **found,
        "here": filters.words(),
        "finding": f"The {of_100(HEADLINE)} of 100 customers who spend most bring"
        f" {of_100(headline.revenue_share)} of 100 in revenue.",
        "lede": f"{counted(of.customers, 'customer')} spent {money(of.revenue)};"
        f" {whole(of.half)} of them half of it.",
        "tops": [_top(top, of) for top in of.tops],
        "top_finding": f"{counted(of.half, 'customer')} bring half of the revenue",
        "curve": _curve(of),
        "gini": f"{of.gini:.2f}",
    }


def _top(top: Any, of: Concentration) -> dict[str, str]:
    return {
        "name": f"Top {of_100(top.share)} of 100",
        "customers": whole(top.customers),
        "revenue": money(top.revenue),
        "share": of_100(top.revenue_share),
        "width": f"{top.revenue_share * 100:.1f}",
        "each": money(top.revenue / top.customers),
        "least": money(top.least),
    }


def _curve(of: Concentration) -> dict[str, Any]:
    """The curve in a square of SIDE, the line of equal shares, and the marks that the table has."""
    points = [f"{_x(x)} {_y(y)}" for x, y in of.curve]
    marks = [
        {
            "x": _x(top.customers / of.customers),
            "y": _y(top.revenue_share),
            "label_x": f"{LEFT + top.customers / of.customers * SIDE + 8:.1f}",
            "label_y": f"{TOP + (1 - top.revenue_share) * SIDE + 14:.1f}",
            "label": f"{of_100(top.share)} bring {of_100(top.revenue_share)}",
        }
        for top in of.tops
        if top.share in (0.1, HEADLINE, 0.5)
    ]
    return {
        "path": f"M{'L'.join(points)}",
        "equal": f"M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}",
        "marks": marks,
        "steps": [
            {"at": f"{n}", "x": _x(n / 100), "y": _y(n / 100)} for n in (0, 20, 40, 60, 80, 100)
        ],
        "left": f"{LEFT:.0f}",
        "right": f"{LEFT + SIDE:.0f}",
        "bottom": f"{TOP + SIDE:.0f}",
        "rows": [(of_100(x), of_100(y)) for x, y in of.curve[:: max(len(of.curve) // 20, 1)]],
    }


def _x(share: float) -> str:
    return f"{LEFT + share * SIDE:.1f}"


def _y(share: float) -> str:
    return f"{TOP + (1 - share) * SIDE:.1f}"


def _empty(filters: Filters | None, customers: int = 0) -> dict[str, str]:
    if filters is None:
        return {
            "finding": "Who brings the revenue is known once there are orders.",
            "empty": "A curve stands here",
            "empty_text": "Which share of the customers brings which share of the revenue.",
        }
    return {
        "here": filters.words(),
        "finding": f"{counted(customers, 'customer')} bought in these days: too few to compare.",
        "empty": f"Shares need at least {ENOUGH} customers",
        "empty_text": "Choose a longer period, other products or everybody.",
    }
