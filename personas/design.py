"""What the gallery shows each component with: made-up figures, so that every state can be seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest

from core.listing import choice, kept, listing

THEMES = ("light", "dark")
GROUPS = (
    "Champions", "Loyal", "Active", "Promising", "New", "Needs attention", "Previously loyal",
    "At risk", "Almost lost", "Dormant", "Prospects",
)  # fmt: skip
WEEKS = 26
# Two groups across and upright: coordinates as segmentation.drawings works them out.
BANDS = {
    "money_word": "dollars",
    "upright_height": 340,
    "across": [
        {
            "css": "g-champions", "x1": "0", "w1": "400", "x2": "0", "w2": "780",
            "path": "M0 70C0 93 0 93 0 116H780C780 93 400 93 400 70Z",
        },
        {
            "css": "g-dormant", "x1": "403", "w1": "797", "x2": "783", "w2": "417",
            "path": "M403 70C403 93 783 93 783 116H1200C1200 93 1200 93 1200 70Z",
        },
    ],
    "across_labels": [
        {"x": "0", "y": "28", "css": "b", "text": "Champions", "bold": ""},
        {"x": "0", "y": "44", "css": "t3", "text": "of 100", "bold": "33"},
        {"x": "403", "y": "28", "css": "b", "text": "Dormant", "bold": ""},
        {"x": "0", "y": "150", "css": "t3", "text": "of 100 dollars", "bold": "65"},
        {"x": "783", "y": "150", "css": "t3", "text": "of 100 dollars", "bold": "35"},
    ],
    "upright": [
        {
            "css": "g-champions", "y1": "24", "h1": "99", "y2": "24", "h2": "195",
            "path": "M172 24C208 24 208 24 244 24V219C208 219 208 123 172 123Z",
            "name": "Champions", "share": "33", "money_share": "65", "money": "$1,941,000",
            "label_y1": "78", "label_y2": "126",
        },
        {
            "css": "g-dormant", "y1": "126", "h1": "198", "y2": "222", "h2": "102",
            "path": "M172 126C208 126 208 222 244 222V324C208 324 208 324 172 324Z",
            "name": "Dormant", "share": "67", "money_share": "35", "money": "$1,045,000",
            "label_y1": "229", "label_y2": "277",
        },
    ],
}  # fmt: skip
HISTOGRAM = [
    {"x": f"{i * 24 + 1}", "width": "22", "y": f"{40 - height}", "height": f"{height}",
     "here": i == 3}
    for i, height in enumerate((12, 26, 38, 30, 20, 14, 9, 6, 3, 2))
]  # fmt: skip
STEPS = [
    {"css": "", "icon": "check", "name": "Features", "state": "done", "rows": "2,469",
     "seconds": "4 s"},
    {"css": "at-work", "icon": "loader-circle", "name": "Scores", "state": "running",
     "rows": "3 of 5", "seconds": "38 s", "percent": 60},
    {"css": "broken", "icon": "triangle-alert", "name": "Lists", "state": "failed", "rows": "",
     "seconds": ""},
    {"css": "to-come", "icon": "circle", "name": "Membership", "state": "to come", "rows": "",
     "seconds": ""},
]  # fmt: skip
WHO_IS_IN = {
    "rows": [
        {"words": "In the audience", "value": "393", "strong": True,
         "parts": [{"css": "taken", "x": "0", "width": "1000"}]},
        {"words": "May not be written to", "value": "118", "strong": False,
         "parts": [{"css": "refused", "x": "700", "width": "300"}]},
    ]
}  # fmt: skip
SMALLEST = {
    "label": "$3.10", "label_x": "150", "at": "120", "beyond": "180",
    "ticks": [
        {"x": "0", "words": "0", "css": ""},
        {"x": "360", "words": "$10", "css": "end"},
    ],
}  # fmt: skip
WHOLE = [
    {"css": "taken", "x": "0", "width": "700"},
    {"css": "same", "x": "702", "width": "200"},
    {"css": "refused", "x": "904", "width": "96"},
]
PERIOD = {
    "presets": [
        {"url": "#main", "label": "13 weeks", "current": True},
        {"url": "#main", "label": "26 weeks", "current": False},
    ],
    "days": [
        {"name": "from", "label": "From", "value": "2026-08-24"},
        {"name": "to", "label": "to", "value": "2026-11-22"},
    ],
    "kept": [], "search": {}, "cleared": "#main",
    "selects": [choice("store", "Store", [("", "all"), ("364", "364")], "")],
}  # fmt: skip
TILES = [
    {"css": "g-champions", "x": "0", "y": "0", "w": "220", "h": "220", "text_x": "10",
     "name_y": "16", "told_y": "32", "name": "Champions", "told": "42 of 100, $1,941,000"},
    {"css": "g-at-risk", "x": "221", "y": "0", "w": "139", "h": "220", "text_x": "231",
     "name_y": "16", "told_y": "32", "name": "At risk", "told": "13 of 100"},
]  # fmt: skip
TREEMAP = {"across": TILES, "upright": TILES}
PLANES = {
    "left": "64", "right": "344", "top": "20", "bottom": "270",
    "planes": [
        {
            "title": "by orders", "css": "", "x": "200", "y": "180", "words_x": "200",
            "words_y": "204", "borders": ["M64 60L344 240"],
            "up": [{"at": "60", "words": "$1,000"}, {"at": "200", "words": "$100"}],
            "across": [{"at": "120", "words": "10"}, {"at": "280", "words": "100"}],
            "clouds": [
                {"css": "c-0", "path": "M240 60h0M260 80h0M280 50h0M300 90h0"},
                {"css": "c-1", "path": "M100 200h0M120 220h0M140 190h0M90 240h0"},
            ],
        }
    ],
}  # fmt: skip
WHISKERS = {
    "sure": {"zero": "40", "low": "80", "high": "160", "width": "80", "here": "120"},
    "unsure": {"zero": "40", "low": "10", "high": "200", "width": "190", "here": "90"},
}
FIGURES = [
    {"label": "Customers", "value": "2,469", "note": "of 2,500"},
    {"label": "Revenue", "value": "$4,596,040", "change": "+2 %", "tone": "better",
     "note": "on like days"},
    {"label": "Left", "value": "48", "change": "−31", "tone": "worse", "note": "in a week"},
]  # fmt: skip
TABLE = {"names": {"customers": "Customers", "revenue": "Revenue"}, "css": {"revenue": "num"}}


class SpecimenForm(forms.Form):
    name = forms.CharField(initial="Coupon for At risk", help_text="As it stands in lists.")
    days = forms.IntegerField(label="Days", max_value=365)


def specimens(request: HttpRequest) -> dict[str, Any]:
    """Everything that the gallery's template places, for each of the two themes."""
    page = Paginator(["Champions", "Loyal", "Active"], 2).get_page(request.GET.get("page"))
    tables = {"sort": request.GET.get("sort", "-revenue"), "columns": TABLE["names"]}
    offered = [("", "all"), ("here", "who is here"), ("gone", "who is going")]
    shown = request.GET.get("show", "")
    return {
        "themes": [_in_theme(theme) for theme in THEMES],
        "listing": listing(request, page, **tables, css=TABLE["css"]),
        "narrowed": [choice("show", "Show", offered, shown)],
        "kept": kept(request.GET, ["show"]),
        "listed": [{"name": name, "css": _css(name)} for name in page],
        **ALWAYS,
    }  # fmt: skip


def _in_theme(theme: str) -> dict[str, Any]:
    sent = {f"{theme}-name": "Churn, long", f"{theme}-days": "400"}
    refused = SpecimenForm(sent, prefix=theme)
    empty = SpecimenForm(prefix=f"{theme}-rest")
    return {
        "name": theme,
        "field": empty["name"],
        "bad": refused["days"],
        "chart": _weeks(),
        "chart_id": f"weeks-{theme}",
        "sure_id": f"sure-{theme}",
    }


def _weeks() -> dict[str, Any]:
    """Revenue of half a year, as templates/personas/homes/common.html draws it."""
    first = datetime(2026, 5, 31, tzinfo=UTC)
    days = [(first + timedelta(weeks=week)).date().isoformat() for week in range(WEEKS)]
    values = [80_000 + (week * 7919) % 23_000 for week in range(WEEKS)]
    return {
        "kind": "weeks", "sign": "$", "of": "Week to ", "points": list(map(list, zip(days, values,
        strict=True))), "from": days[0], "until": days[-1], "usual": 91_000, "right": 40,
        "usual_words": "usual, $91,000", "incomplete": True,
    }  # fmt: skip


def _css(name: str) -> str:
    return f"g-{name.lower().replace(' ', '-')}"


ALWAYS: dict[str, Any] = {
    "groups": [{"name": name, "css": _css(name)} for name in GROUPS],
    "bands": BANDS,
    "planes": PLANES,
    "risk": {"mean": "38", "low": "60", "width": "60", "here": "88"},
    "person": {"customer_id": "472", "name": "I••• O•••"},
    "period": PERIOD,
    "wanting": {"finding": "Nobody can be named yet", "note": "", "rows": []},
    "multiple": {
        "name": "milk", "label": "Milk", "change": "+8 %", "tone": "better",
        "grid": [{"y": "20", "label": "200"}, {"y": "100", "label": "0"}],
        "since": "M264 12V104", "usual": "M44 62H352", "path": "M44 70L120 60L200 66L264 52L352 40",
        "last": {"css": "not-whole", "x": "352", "y": "40"},
        "days": [{"css": "", "x": "44", "label": "30 Aug"},
                 {"css": "end", "x": "352", "label": "22 Nov"}],
    },
    "treemap": TREEMAP,
    "swing": {"left_x": "40", "left_width": "60", "came_width": "90"},
    "histogram": HISTOGRAM,
    "steps": STEPS,
    "who": WHO_IS_IN,
    "smallest": SMALLEST,
    "whole": WHOLE,
    "stages": [
        {"number": 1, "name": "File", "url": "#main", "passed": True},
        {"number": 2, "name": "Columns", "current": True},
        {"number": 3, "name": "Dry run"},
    ],
    "whiskers": WHISKERS,
    "figures": FIGURES,
    "range": {"low": "60", "width": "80", "here": "96"},
    "curve": "M0 26L40 22L80 24L120 12L160 14L200 4",
    "score": [True, True, True, False, False],
    "waiting": ["Champions", "Loyal", "At risk"],
    "marks": [
        {"css": "", "icon": "check", "word": "finished"},
        {"css": "going", "icon": "loader-circle", "word": "running, day 9"},
        {"css": "bad", "icon": "triangle-alert", "word": "stopped"},
    ],
    "states": ["succeeded", "running", "queued", "failed", "cancelled", "held", "undone"],
    "tones": ["tone-seq", "tone-bar", "tone-accent", "tone-worse", "g-at-risk"],
    "sketches": ["groups", "customer", "bands"],
    "buttons": [
        ("", "Evaluate"), ("btn-primary", "Start"), ("btn-danger", "Erase"),
        ("btn-small", "Compare"), ("btn-plain", "See 157"),
    ],
}  # fmt: skip
