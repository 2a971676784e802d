"""A campaign's result in words: one sentence with its interval, and one that says more."""

from typing import Any

from analytics.experiments import ALPHA
from campaigns.models import Campaign, Origin
from campaigns.result_words import p_words, signed
from core.formats import counted, money, whole

# What the sentence says, for pages and programs.
MORE, LESS, OPEN = "more", "less", "not_enough_evidence"
EARLY, BROKEN, HARM = "too_early", "broken_split", "harm"
NO_GROUPS, HISTORY = "no_comparison", "history"


def verdict(campaign: Campaign, told: dict[str, Any]) -> tuple[str, str, str]:
    """(state, sentence, lede) of these figures; the first that applies."""
    if campaign.origin == Origin.HISTORY:
        return HISTORY, *_history(told)
    arms = told["arms"]
    if min(arms["treated"]["customers"], arms["control"]["customers"]) < 2:
        return NO_GROUPS, *_no_groups(arms)
    if told["sample_ratio"]["alarm"]:
        return BROKEN, *_broken(told["sample_ratio"])
    if told["guard"]["alarm"]:
        return HARM, *_harm(told)
    if told["days"] < told["horizon_days"]:
        return EARLY, *_early(told)
    return _judged(told)


def enough(metric: dict[str, Any]) -> bool:
    """Told from zero although three measures were looked at, and by its own interval."""
    low, high = metric["low"], metric["high"]
    beyond = low is not None and high is not None and (low > 0 or high < 0)
    return beyond and metric["adjusted_p"] < ALPHA


def _judged(told: dict[str, Any]) -> tuple[str, str, str]:
    revenue, days = told["metrics"][0], told["horizon_days"]
    if not enough(revenue):
        return OPEN, *_open(told)
    better = revenue["estimate"] > 0
    ends = sorted(abs(revenue[end]) for end in ("low", "high"))
    sentence = (
        f"It brought {money(abs(revenue['estimate']), 2)} {'more' if better else 'less'} per"
        f" customer in {days} days, between {money(ends[0], 2)} and {money(ends[1], 2)}."
        f" {_paid(told['money'])}"
    )
    return (MORE if better else LESS), sentence.strip(), _total(told)


def _paid(net: dict[str, Any]) -> str:
    if not net["cost"]:
        return ""
    if net["net_low"] > 0:
        return "It paid for itself."
    if net["net_high"] < 0:
        return "It did not pay for itself."
    return "Whether it paid for itself is still open."


def _open(told: dict[str, Any]) -> tuple[str, str]:
    revenue, days = told["metrics"][0], told["horizon_days"]
    sentence = (
        f"Not enough evidence: {_signed(revenue['estimate'])} per customer in {days} days,"
        f" from {_signed(revenue['low'])} to {_signed(revenue['high'])}."
    )
    if revenue["low"] is not None and (revenue["low"] > 0 or revenue["high"] < 0):
        return sentence, (
            "By itself the interval leaves out zero, but three measures were looked at, and among"
            f" so many such a gap comes by chance (p = {revenue['adjusted_p']:.2f} after Holm)."
        )
    smallest = revenue["detectable"]
    return sentence, (
        f"{_sizes(told)} A smaller effect than about {money(smallest, 2)} per customer is missed"
        " in more than 20 of 100 campaigns of this size."
    )


def _early(told: dict[str, Any]) -> tuple[str, str]:
    days, of, revenue = told["days"], told["horizon_days"], told["metrics"][0]
    if days == 0:
        return f"Too early: 0 of {of} days.", "The first figures come after a whole day of orders."
    return f"Too early: {days} of {of} days.", (
        f"So far {_signed(revenue['estimate'])} per customer, from {_signed(revenue['low'])} to"
        f" {_signed(revenue['high'])}. The verdict waits for the last day, as it was fixed at the"
        " launch: whoever stops at the first good day takes chance for success."
    )


def _harm(told: dict[str, Any]) -> tuple[str, str]:
    guard, revenue = told["guard"], told["metrics"][0]
    return (
        f"Probably doing harm: treated customers spend {money(abs(revenue['estimate']), 2)} less"
        f" each after {told['days']} of {told['horizon_days']} days.",
        f"The guard counts each of its {guard['looks']} looks and still finds no chance in it,"
        f" since day {guard['first_alarm_day']} (p = {guard['p']:.3f}). Nothing stops by itself:"
        " stop the campaign, or find out why.",
    )


def _broken(split: dict[str, Any]) -> tuple[str, str]:
    found = " : ".join(whole(n) for n in split["found"])
    planned = " : ".join(f"{100 * share:.0f}" for share in split["planned"])
    return (
        f"No verdict: the groups hold {found} customers, and {planned} was planned.",
        f"Chance does not explain that ({p_words(split['p'])}). Whoever is missing from one"
        " group makes every difference doubtful: find out who was lost before reading on.",
    )


def _no_groups(arms: dict[str, Any]) -> tuple[str, str]:
    treated, control = arms["treated"]["customers"], arms["control"]["customers"]
    return (
        "No verdict: there is nobody to compare with.",
        f"{counted(treated, 'customer')} treated, {whole(control)} in the control group. A"
        " comparison needs at least two of each; give the next campaign a control group.",
    )


def _history(told: dict[str, Any]) -> tuple[str, str]:
    got, arms = told["arms"]["treated"]["customers"], {o["kind"]: o for o in told["outcomes"]}
    redeemed = arms.get("redeemed", {}).get("treated", 0)
    return (
        f"{counted(got, 'customer')} got it, {whole(redeemed)} redeemed.",
        "Targeted, not randomised: no causal claim. Who got it was chosen by what they buy, so what"
        " they bought afterwards says nothing about what it brought.",
    )


def _total(told: dict[str, Any]) -> str:
    revenue, net = told["metrics"][0], told["money"]
    words = (
        f"That is {_signed(revenue['total'], 0)} of revenue"
        f" ({_signed(revenue['total_low'], 0)} to {_signed(revenue['total_high'], 0)})."
        f" {_sizes(told)}"
    )
    if net["cost"]:
        words += (
            f" Less {money(net['cost'])} for the offer: {_signed(net['net'], 0)}, anywhere from"
            f" {_signed(net['net_low'], 0)} to {_signed(net['net_high'], 0)}."
        )
    return words


def _sizes(told: dict[str, Any]) -> str:
    treated, control = (told["arms"][arm]["customers"] for arm in ("treated", "control"))
    return f"{counted(treated, 'customer')} treated, against {whole(control)} who were not."


def _signed(value: float | None, decimals: int = 2) -> str:
    return "an unknown sum" if value is None else signed(value, decimals)
