"""Headers of a table that sort by the address: once downwards, again upwards."""

from collections.abc import Mapping

from django.http import HttpRequest

ARROWS = {"descending": "arrow-down", "ascending": "arrow-up"}


def sorted_headers(
    request: HttpRequest, sort: str, labels: Mapping[str, str], css: Mapping[str, str]
) -> list[dict[str, str]]:
    """What a table's head shows; ``sort`` is a name of ``labels``, with a minus downwards."""
    return [
        _header(request, sort, name, label, css.get(name, "")) for name, label in labels.items()
    ]


def _header(request: HttpRequest, sort: str, name: str, label: str, css: str) -> dict[str, str]:
    query = request.GET.copy()
    query["sort"] = name if sort == f"-{name}" else f"-{name}"
    query.pop("page", None)
    order = {f"-{name}": "descending", name: "ascending"}.get(sort, "")
    return {
        "label": label,
        "url": f"?{query.urlencode()}",
        "sort": order,
        "icon": ARROWS.get(order, ""),
        "css": css,
    }
