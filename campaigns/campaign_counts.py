"""Who is in a campaign, what so many can show, and what it costs: in words, and drawn."""

from typing import Any

from campaigns.models import Reason
from core.formats import counted, money, whole

# The drawings' own width.
WIDTH = 1000
# How far the axis of effects goes, in hundredths of what is usual.
ENDS = (20, 50, 100, 200, 500, 1000)


def who_is_in(counts: dict[str, Any], *, launched: bool) -> dict[str, Any]:
    """From the rule to the treated, each exclusion with its reason; empty without counts."""
    found = counts.get("found", 0)
    if not found:
        return {}
    left, rows = found, [_row("The rule fits" if not launched else "The rule fitted", found, found)]
    for reason in Reason:
        if number := counts["excluded"].get(reason, 0):
            left -= number
            words = reason.label[0].upper() + reason.label[1:]
            rows.append(_row(words, number, found, start=left, css="twice", sign="−"))
    control, treated = counts["control"], counts["treated"]
    rows += [
        _row("In the campaign", left, found, strong=True),
        _row("Control: gets nothing", control, found, css="held"),
        _row("Treated" if launched else "Would get it", treated, found, start=control, css="own",
             strong=True),
    ]  # fmt: skip
    return {"finding": _who_finding(found, left, launched=launched), "rows": rows}


def _who_finding(found: int, left: int, *, launched: bool) -> str:
    verb = "were" if launched else "are"
    if left == found:
        return f"All {whole(found)} {verb} in; nobody is left out"
    out = f"{whole(found - left)} left out, each with a reason"
    return f"{whole(left)} of {whole(found)} {verb} in, {out}"


def _row(
    words: str, number: int, found: int, *, start: int = 0, css: str = "taken", sign: str = "",
    strong: bool = False,
) -> dict[str, Any]:  # fmt: skip
    part = {"x": _at(start, found), "width": _at(number, found), "css": css}
    value = f"{sign}{whole(number)}"
    return {"words": words, "value": value, "parts": [part], "strong": strong}


def _at(number: int, found: int) -> str:
    return f"{number / found * WIDTH:.1f}"


def effect(detectable: dict[str, Any]) -> dict[str, Any]:
    """The smallest effect that can be told from chance; drawn where it is a share of the usual."""
    revenue = detectable.get("revenue", {})
    if not detectable or revenue.get("absolute") is None:
        return {
            "finding": "No effect of it could be told from chance",
            "note": detectable.get("words", ""),
        }
    relative = revenue["relative"]
    size = money(revenue["absolute"], 2) if relative is None else f"{_percent(relative)} %"
    return {
        "finding": f"It can show a change of {size} or more in revenue per customer;"
        " smaller ones would look like chance",
        "note": detectable["words"],
        "drawn": _axis(relative) if relative else {},
    }


def _percent(share: float) -> str:
    return f"{share * 100:.1f}" if share < 0.1 else f"{share * 100:.0f}"


def _axis(relative: float) -> dict[str, Any]:
    """From no change to a round end: what looks like chance, and what can be seen."""
    smallest = relative * 100
    end = next((one for one in ENDS if smallest <= 0.8 * one), None)
    if end is None:
        return {}
    at = 360 * smallest / end
    return {
        "at": f"{at:.1f}",
        "beyond": f"{360 - at:.1f}",
        "label": f"from {_percent(relative)} %",
        "label_x": f"{min(max(at, 40), 320):.1f}",
        "ticks": [
            {"x": f"{place * 360:.0f}", "words": f"{end * place:.0f} %", "css": css}
            for place, css in ((0, ""), (0.5, "mid"), (1, "end"))
        ],
    }


def cost(
    treated: int, *, offer_cost: float, budget: float | None, launched: bool = False
) -> dict[str, Any]:
    """In major units; empty where it costs nothing and has no limit."""
    if not offer_cost and budget is None:
        return {}
    spent = offer_cost * treated
    words = f"{counted(treated, 'customer')} at {money(offer_cost, 2)} each: {money(spent)}"
    if budget is None:
        return {"finding": words, "note": "No budget is set, so there is no limit."}
    over = spent > budget
    left = f"{money(abs(budget - spent))} {'too much' if over else 'left'}."
    limit = "" if launched else " Nothing over the budget can be approved or launched."
    return {
        "finding": f"{words} of {money(budget)}",
        "note": f"{left}{limit}",
        "over": over,
        "width": f"{min(spent / budget, 1) * 100 if budget else 100:.1f}",
    }
