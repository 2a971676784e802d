"""What the page of a campaign's result says; its template only places it."""

from datetime import datetime
from typing import Any

from campaigns import result_drawings as draw
from campaigns.looks import Results, nothing_yet
from campaigns.models import Origin
from campaigns.result_words import effect, figure, interval, interval_of, p_words, signed
from campaigns.verdicts import BROKEN, EARLY, HARM, LESS, MORE, NO_GROUPS, OPEN, enough
from core.formats import counted, moment_words, money, of_100, short_day, whole

TITLES = {
    "revenue": "Revenue per customer",
    "orders": "Orders per customer",
    "conversion": "Customers who bought, of 100",
}
GAINS = {"revenue": "revenue", "orders": "orders", "conversion": "buyers"}
BADGES = {
    MORE: "more revenue", LESS: "less revenue", OPEN: "not enough evidence",
    EARLY: "too early", BROKEN: "no verdict", NO_GROUPS: "no verdict", HARM: "harm",
}  # fmt: skip
# In these states an estimate is drawn as certain as it is, and in those its measures are judged.
SURE = (MORE, LESS, HARM)
JUDGED = (MORE, LESS, OPEN)
# What stands in place of a finding where nothing is judged.
WAITING = {"metrics": "Three measures so far", "money": "The return so far"}
UNKNOWN = {"metrics": "Differences that nobody should read", "money": "The return is not known"}


def result_page(found: Results) -> dict[str, Any]:
    told = found.latest.figures if found.latest else {}
    state = told.get("state", EARLY)
    page: dict[str, Any] = {
        "pk": found.campaign.pk,
        "name": found.campaign.name,
        "here": _here(found),
        "state": state,
        "badge": BADGES.get(state, ""),
        "finding": found.latest.verdict if found.latest else nothing_yet(found.campaign),
        "lede": told.get("lede", "The first figures come with the next load or tonight."),
        "origin": _origin(found.campaign.origin),
        "sure": state in SURE,
        "since": found.since,
        "outcomes": _outcomes(told),
        "data": _data(found),
    }
    if told.get("metrics"):
        page |= _compared(found, told)
    return page


def _compared(found: Results, told: dict[str, Any]) -> dict[str, Any]:
    revenue, days = told["metrics"][0], told["days"]
    course = [row for row in told["course"] if row["difference"] is not None]
    return {
        "figures": _figures(told),
        "arms": draw.arms(course, found.campaign.horizon_days) if course else {},
        "gap": draw.gap(course, found.campaign.horizon_days) if course else {},
        "arms_finding": _arms_finding(told),
        "gap_finding": f"{_beside_zero(revenue)} at day {days}",
        "course": _course(course),
        "metrics": _measures(told),
        "metrics_finding": _unjudged("metrics", told) or _metrics_finding(told["metrics"]),
        "variants": _variants(told),
        "fair": _fair(told),
        "fair_finding": _fair_finding(told),
        "money": _money(told),
        "money_finding": _unjudged("money", told) or _money_finding(told["money"]),
        "looks": _looks(found),
    }


def _course(course: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "day": row["day"],
            "treated": money(row["treated"], 2),
            "control": money(row["control"], 2),
            "difference": signed(row["difference"]),
            "interval": interval("revenue", row),
        }
        for row in course
    ]


def _measures(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": TITLES[row["name"]],
            "treated": figure(row["name"], row["treated"]),
            "control": figure(row["name"], row["control"]),
            "effect": effect(row["name"], row["estimate"]),
            "interval": interval(row["name"], row),
            "p": p_words(row["adjusted_p"]),
            "at": at,
            "sure": _sure(row, told),
            "says": _says(row, told),
        }
        for row, at in zip(told["metrics"], draw.whiskers(told["metrics"]), strict=True)
    ]


def _here(found: Results) -> str:
    campaign = found.campaign
    assert campaign.launched_at is not None
    if campaign.origin == Origin.HISTORY:
        return f"{campaign.name} · began {short_day(campaign.launched_at)}"
    if found.latest and found.latest.frozen:
        return f"{campaign.name} · frozen after {campaign.horizon_days} days"
    return f"{campaign.name} · launched {short_day(campaign.launched_at)}"


def _origin(origin: str) -> str:
    """A mark where the figures are made up; of history the verdict itself says what it is."""
    return "Outcomes are simulated." if origin == Origin.SIMULATED else ""


def _figures(told: dict[str, Any]) -> list[dict[str, str]]:
    revenue, arms = told["metrics"][0], told["arms"]
    return [
        {
            "label": "Treated",
            "value": whole(arms["treated"]["customers"]),
            "note": "as assigned",
            "of": "treated",
        },
        {
            "label": "Control",
            "of": "control",
            "value": whole(arms["control"]["customers"]),
            "note": f"{whole(arms['excluded'])} left out",
        },
        {
            "label": "Extra revenue per customer",
            "of": "uplift",
            "value": signed(revenue["estimate"]),
            "note": interval("revenue", revenue),
        },
        {
            "label": "In all",
            "of": "uplift_in_all",
            "value": signed(revenue["total"], 0),
            "note": interval_of(revenue["total_low"], revenue["total_high"], 0),
        },
    ]


def _arms_finding(told: dict[str, Any]) -> str:
    revenue, days = told["metrics"][0], told["days"]
    return (
        f"{money(revenue['treated'], 2)} a customer against {money(revenue['control'], 2)}"
        f" after {counted(days, 'day')}"
    )


def _beside_zero(metric: dict[str, Any]) -> str:
    if metric["low"] is None or metric["low"] <= 0 <= metric["high"]:
        return "Zero is inside the band"
    return "Above zero" if metric["low"] > 0 else "Below zero"


def _metrics_finding(metrics: list[dict[str, Any]]) -> str:
    sure = [GAINS[row["name"]] for row in metrics if enough(row)]
    if not sure:
        return "None of the three measures is told from zero"
    names = f"{', '.join(sure[:-1])} and {sure[-1]}" if len(sure) > 1 else sure[0]
    verb = "is" if len(sure) == 1 and sure[0] == "revenue" else "are"
    return f"{names[0].upper()}{names[1:]} {verb} told from zero"


def _unjudged(what: str, told: dict[str, Any]) -> str:
    if told["state"] in JUDGED:
        return ""
    return (UNKNOWN if told["state"] in (BROKEN, NO_GROUPS) else WAITING)[what]


def _sure(row: dict[str, Any], told: dict[str, Any]) -> bool:
    return told["state"] in JUDGED and enough(row)


def _says(row: dict[str, Any], told: dict[str, Any]) -> str:
    if told["state"] not in JUDGED:
        return "no verdict" if told["state"] in (BROKEN, NO_GROUPS) else "too early"
    if not enough(row):
        return "not enough evidence"
    way = "more" if row["estimate"] > 0 else "fewer" if row["name"] != "revenue" else "less"
    return f"{way} {GAINS[row['name']]}"


def _variants(told: dict[str, Any]) -> list[dict[str, Any]]:
    rows = told["variants"]
    return [
        {
            "name": row["variant"],
            "against": row["against"],
            "customers": whole(row["customers"]),
            "effect": signed(row["estimate"]),
            "interval": interval("revenue", row),
            "p": p_words(row["adjusted_p"]),
            "at": at,
            "sure": _sure(row, told),
            "says": _says({**row, "name": "revenue"}, told),
        }
        for row, at in zip(rows, draw.whiskers(rows), strict=True)
    ]


def _fair(told: dict[str, Any]) -> list[tuple[str, str]]:
    split, guard, revenue = told["sample_ratio"], told["guard"], told["metrics"][0]
    found = " : ".join(whole(n) for n in split["found"])
    planned = " : ".join(f"{100 * share:.0f}" for share in split["planned"])
    alarm = "alarm" if split["alarm"] else "no alarm"
    harm = (
        f"alarm since day {guard['first_alarm_day']}, stops nothing by itself"
        if guard["alarm"]
        else f"no alarm in {counted(guard['looks'], 'look')}"
    )
    return [
        (f"Split {found}, planned {planned}", f"{p_words(split['p'])}, {alarm}"),
        ("Harm guard", harm),
        (
            "Spend before explains",
            f"{of_100(revenue['variance_reduction'] or 0.0)} % of the spread",
        ),
        ("Smallest effect it can see", f"{money(revenue['detectable'], 2)}, in 80 of 100 cases"),
    ]


def _fair_finding(told: dict[str, Any]) -> str:
    if told["sample_ratio"]["alarm"]:
        return "The comparison is broken"
    return "The guard sees harm" if told["guard"]["alarm"] else "The comparison is fair"


def _money(told: dict[str, Any]) -> dict[str, Any]:
    revenue, net = told["metrics"][0], told["money"]
    row = {"estimate": net["net"], "low": net["net_low"], "high": net["net_high"]}
    known = row["low"] is not None
    return {
        "rows": [
            ("Extra revenue", signed(revenue["total"], 0)),
            ("Cost of the offer", f"−{money(net['cost'])}" if net["cost"] else money(0.0)),
        ],
        "net": signed(net["net"], 0),
        "interval": interval_of(net["net_low"], net["net_high"], 0),
        "at": draw.whiskers([row])[0] if net["net"] is not None else None,
        "sure": told["state"] in JUDGED and known and (row["low"] > 0 or row["high"] < 0),
    }


def _money_finding(net: dict[str, Any]) -> str:
    if net["net_low"] is None or net["net_low"] <= 0 <= net["net_high"]:
        return "The return cannot be told from zero"
    return (
        "It returned more than it cost" if net["net_low"] > 0 else "It cost more than it returned"
    )


def _outcomes(told: dict[str, Any]) -> list[dict[str, str]]:
    return [
        {
            "kind": row["kind"],
            "treated": whole(row["treated"]),
            "control": whole(row["control"]),
            "share": of_100(row["treated"] / max(told["arms"]["treated"]["customers"], 1)),
        }
        for row in told.get("outcomes", [])
    ]


def _looks(found: Results) -> list[dict[str, str]]:
    return [
        {
            "when": moment_words(result.as_of),
            "effect": signed(result.figures["metrics"][0]["estimate"]),
            "interval": interval("revenue", result.figures["metrics"][0]),
            "verdict": result.verdict,
        }
        for result in found.looks
        if result.figures.get("metrics")
    ]


def _data(found: Results) -> str:
    """Which data the page stands on; frozen with the result."""
    if found.latest is None:
        return ""
    version = found.latest.data_version
    parts = [f"Orders before {moment_words(found.latest.as_of)}"]
    if version.get("newest_order"):
        newest = datetime.fromisoformat(version["newest_order"])
        parts.append(f"newest order {moment_words(newest)}")
    parts.append(f"{whole(version.get('order_lines', 0))} order lines")
    if version.get("newest_load"):
        parts.append(f"load {version['newest_load']}")
    if version.get("snapshot"):
        parts.append(f"snapshot {version['snapshot']}")
    state = "Frozen with" if found.latest.frozen else "Data version"
    return f"{state}: {', '.join(parts)}."
