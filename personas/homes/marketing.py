"""Marketing's day: who slipped, what is at stake, who is worth keeping, what campaigns brought."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

import features.frames
from accounts.models import User
from analytics.experiments import minimum_detectable_effect
from core.formats import counted, money, whole
from personas.doubt import churn_in_use
from personas.homes import parts
from personas.homes.common import home as common_home
from personas.homes.flow import flow
from personas.homes.verdicts import judged, verdict_rows, waiting
from personas.selectors import shop_days
from personas.weeks import last_week, week_figures
from segmentation.expected import range_of_sum
from segmentation.ledger import AtStake, Move, at_stake
from segmentation.models import Segment, SegmentKind
from segmentation.movement import Movement, latest_movement, period, unbroken
from segmentation.moves_address import people_links
from segmentation.selectors import GroupFigures, group_figures, segments

# Of an audience one in five is held out, as a new campaign has it.
HELD_OUT = 0.2
# Recency and the mean of the other scores add up to so much in Champions and Loyal.
GOOD = 8.0


def home(user: User, now: datetime) -> Any:
    """Before the first refresh the common page says what will stand here."""
    groups = group_figures(SegmentKind.RFM)
    if not groups:
        return common_home(user, now)
    of = latest_movement()
    slips = _slips(of) if of else []
    week = last_week(shop_days())
    found, churn = parts.leaving(), churn_in_use()
    shown = list(segments().filter(kind=SegmentKind.RFM).order_by("position"))
    stake = _stake(of, slips)
    return {
        "own": True,
        "freshness": parts.since_words(of.since, of.until) if of else "",
        "finding": _finding(of, slips, stake, groups),
        "lede": _lede(of, slips, stake, churn.days),
        "week": parts.week_words(week),
        "figures": (week_figures(week) if week else []) + parts.leaving_figure(found, churn),
        "flow": flow(of, shown) if of else {},
        "flow_finding": _flow_finding(of),
        "flow_note": _flow_note(of),
        "next": _next(of, slips, groups),
        "waits": waiting(now),
        "leaving": parts.leaving_table(found, churn, user),
        "verdicts": verdict_rows(judged(), now),
    }


def _slips(of: Movement) -> list[Move]:
    """Out of the best groups into silence; out of any where nobody of those fell."""
    found = [move for move in of.falls if of.slipped(move)]
    return [move for move in found if of.standing(move.before).worth >= GOOD] or found


def _stake(of: Movement | None, slips: Sequence[Move]) -> AtStake | None:
    if of is None or not slips:
        return None
    before = {m.before.pk: m.before for m in slips if m.before}
    after = {m.after.pk: m.after for m in slips if m.after}
    return at_stake(of.since, of.until, list(before.values()), list(after.values()))


def _finding(
    of: Movement | None, slips: Sequence[Move], stake: AtStake | None, groups: list[GroupFigures]
) -> str:
    if of is None:
        return f"{counted(sum(g.size for g in groups), 'customer')}; nobody has moved yet."
    when = period(of.since, of.until)
    if stake is None:
        return f"Nobody slipped {when}."
    named = parts.names([move.before for move in slips])
    who = counted(stake.customers, f"{named} customer" if named else "customer")
    return f"{who} slipped {when}.\nThey spent {money(stake.spent)} in the past year."


def _lede(
    of: Movement | None, slips: Sequence[Move], stake: AtStake | None, days: int | None
) -> str:
    if of is None:
        return "A move needs two week ends; they come with the next refreshes."
    back = sum(move.customers for move in of.rises if of.came_back(move))
    came = f"{whole(back)} made the way back" if back else "nobody made the way back"
    if stake is None:
        return f"{came[:1].upper()}{came[1:]}."
    now = [f"{whole(number)} {'are' if number > 1 else 'is'} now {unbroken(name)}"
           for name, number in _after(slips).items()]  # fmt: skip
    words = f"{', '.join(now)}; {came}."
    if stake.scored and days:
        low, high = range_of_sum(stake.leavers, stake.deviation**2, stake.scored)
        late = ": most are late, not lost" if stake.leavers < stake.scored / 2 else ""
        words += (
            f" Of the {whole(stake.scored)}, about {whole(stake.leavers)} ({whole(low)} to"
            f" {whole(high)}) will probably not buy in the next {days} days{late}."
        )
    return words


def _after(slips: Sequence[Move]) -> dict[str, int]:
    found: dict[str, int] = {}
    for move in slips:
        name = move.after.name if move.after else ""
        found[name] = found.get(name, 0) + move.customers
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _flow_finding(of: Movement | None) -> str:
    if of is None:
        return "Who moves is drawn here from the second week end on"
    slipped = sum(m.customers for m in of.falls if of.slipped(m))
    back = sum(m.customers for m in of.rises if of.came_back(m))
    if slipped == back:
        return f"{whole(slipped)} slipped, and as many came back" if slipped else "Nobody slipped"
    return (
        "More customers slipped than came back" if slipped > back
        else "More customers came back than slipped"
    )  # fmt: skip


def _flow_note(of: Movement | None) -> str:
    if of is None:
        return ""
    return (
        f"{counted(of.customers - of.came - of.left, 'customer')} by RFM group; the height of a"
        " band is customers. In colour: into silence, and out of it."
    )


def _next(of: Movement | None, slips: Sequence[Move], groups: list[GroupFigures]) -> dict[str, Any]:
    """Write to everybody who has fallen silent, not only to this week's: so more is told."""
    silent = {move.after.pk for move in slips if move.after}
    wanted = [group for group in groups if group.segment.pk in silent]
    if not wanted or of is None:
        largest = max(groups, key=lambda group: group.revenue)
        return {
            "title": f"Next: write to {largest.segment.name}",
            "text": f"They bring most: {money(largest.revenue)}."
            f" {whole(largest.reachable_email)} of {whole(largest.size)} may be written to by"
            " e-mail.",
            "definition": json.dumps({"segment": largest.segment.slug}),
            "second": "",
        }
    total, slipped = sum(g.size for g in wanted), sum(m.customers for m in slips)
    reach = sum(group.reachable_email for group in wanted)
    rules = [{"segment": group.segment.slug} for group in wanted]
    worst = slips[0]
    return {
        "title": f"Next: write to all {whole(total)}, not only to these {whole(slipped)}"
        if total > slipped
        else f"Next: write to {'them' if total > 1 else 'this customer'}",
        "text": f"{whole(total)} are {' or '.join(unbroken(g.segment.name) for g in wanted)};"
        f" {whole(reach)} of them may be written to by e-mail.{_seen([g.segment for g in wanted])}",
        "definition": json.dumps(rules[0] if len(rules) == 1 else {"any": rules}),
        "second": f"See the {whole(worst.customers)} who spent most",
        "second_url": people_links(of)(worst.before, worst.after),
    }


def _seen(groups: Sequence[Segment]) -> str:
    """The smallest effect that those who may be written to can show, by their last 30 days."""
    frame = features.frames.snapshot()
    if not {"spend_30d", "reachable_email", "rfm_group"}.issubset(frame.collect_schema().names()):
        return ""
    inside = frame.filter(
        pl.col("rfm_group").cast(pl.String).is_in([group.name for group in groups])
        & pl.col("reachable_email")
    )
    spent = inside.select(pl.col("spend_30d").cast(pl.Float64).fill_null(0)).collect()["spend_30d"]
    control = round(len(spent) * HELD_OUT)
    mean, deviation = float(spent.mean() or 0), float(spent.std() or 0)  # type: ignore[arg-type]  # of numbers
    if min(control, len(spent) - control) < 2 or not deviation:
        return " They are too few to tell an effect from chance."
    effect = minimum_detectable_effect(len(spent) - control, control, mean, deviation)
    return (
        f" With one in five held out, that many can show an effect from {money(effect.absolute)} a"
        " customer in 30 days."
    )
