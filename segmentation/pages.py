"""What the segmentation pages say, in words and figures."""

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from core.formats import counted, day, money, of_100, whole
from core.selectors import organisation
from segmentation.drawings import axis_end, bands, ranges
from segmentation.expected import action, expected_row, mean_of
from segmentation.grid import grid
from segmentation.models import Grouping, Segment, SegmentKind
from segmentation.selectors import GroupFigures, group_figures, promoted
from segmentation.treemap import treemap

COLUMN_LABELS = {
    "recency_days": "Silent, days",
    "purchase_frequency": "Orders",
    "purchase_monetary_value": "Spent",
}
MONEY_WORDS = {"USD": "dollars", "EUR": "euros", "GBP": "pounds"}
CLUSTER_COLOURS = 6
# With fewer groups than this one of them makes a finding; with more, two together do.
FEW = 4


@dataclass(frozen=True)
class GroupRow:
    name: str
    slug: str
    css: str
    url: str
    description: str
    size: str
    share: str
    revenue: str
    revenue_share: str
    percent_width: str
    recency: str
    orders: str
    spend: str
    reachable: str
    range: str
    range_at: dict[str, str]
    action: str
    expected: dict[str, Any]


@dataclass(frozen=True)
class Overview:
    """The page of general segmentation; ``groups`` is empty before the first refresh."""

    here: str
    finding: str
    lede: str
    tabs: list[dict[str, Any]]
    groups: list[GroupRow] = field(default_factory=list)
    money_word: str = ""
    revenue: str = ""
    bands: dict[str, Any] = field(default_factory=dict)
    bands_finding: str = ""
    treemap: dict[str, Any] = field(default_factory=dict)
    treemap_finding: str = ""
    expects: str = ""
    # Something is suggested for one of the groups.
    actions: bool = False
    grid: dict[str, Any] = field(default_factory=dict)
    range_finding: str = ""
    range_end: str = ""
    table_finding: str = ""
    sureness: str = ""
    evidence: list[dict[str, Any]] = field(default_factory=list)
    evidence_finding: str = ""


def overview(kind: SegmentKind, within: Segment | None = None) -> Overview:
    """Of everybody, or of the members of one segment."""
    grouping = promoted(kind)
    figures = group_figures(kind, within) if grouping else []
    tabs = [
        {"kind": k.value, "label": label, "current": k == kind}
        for k, label in ((SegmentKind.RFM, "RFM groups"), (SegmentKind.CLUSTER, "Clusters"))
    ]
    if grouping is None or not figures:
        lede = "They come with the first refresh, which follows an import by itself."
        return Overview("", "There are no groups yet.", lede, tabs)
    word = money_word()
    is_rfm = kind == SegmentKind.RFM
    total = sum(group.revenue for group in figures)
    return Overview(
        here=f"as of {day(grouping.as_of)}{f', within {within.name}' if within else ''}",
        finding=finding(figures),
        lede=_lede(grouping, figures),
        tabs=tabs,
        groups=group_rows(figures),
        money_word=word,
        revenue=money(total),
        bands=bands(figures, [css_of(group.segment) for group in figures], word) if total else {},
        bands_finding=_bands_finding(figures, word),
        treemap=treemap(figures, [css_of(group.segment) for group in figures]),
        treemap_finding=_treemap_finding(figures, word),
        expects=_expects(figures),
        actions=any(action(group.segment) for group in figures),
        grid=grid(grouping, word, within) if is_rfm else {},
        range_finding=_range_finding(figures) if is_rfm else "",
        range_end=whole(axis_end([(g.size_range or (0, g.size))[1] for g in figures])),
        table_finding=_table_finding(figures),
        sureness=_sureness(grouping),
        evidence=_evidence(grouping),
        evidence_finding=_evidence_finding(grouping),
    )


def finding(figures: list[GroupFigures]) -> str:
    """The groups that bring most, in one sentence with its figures."""
    top = leaders(figures)
    share = sum(group.revenue_share for group in top)
    if share == 0:
        return f"{counted(sum(group.size for group in figures), 'customer')}, and no revenue yet."
    verb = "bring" if len(top) > 1 or top[0].segment.name.endswith("s") else "brings"
    who = sum(group.share for group in top)
    return (
        f"{names_of(top)} {verb} {of_100(share)} of 100 {money_word()}."
        f"\nThey are {of_100(who)} of 100 customers."
    )


def leaders(figures: list[GroupFigures]) -> list[GroupFigures]:
    """The one or two groups that bring most."""
    ordered = sorted(figures, key=lambda group: -group.revenue_share)
    return ordered[: 1 if len(figures) < FEW else 2]


def names_of(groups: list[GroupFigures]) -> str:
    """Names in a sentence: none of them breaks across lines where it is short."""
    names = [group.segment.name for group in groups]
    return " and ".join(n.replace(" ", "\u00a0") if len(n) < 20 else n for n in names)


def money_word() -> str:
    """What the shop's money is called in a sentence: dollars."""
    currency = organisation().currency
    return MONEY_WORDS.get(currency, currency)


def group_rows(figures: list[GroupFigures]) -> list[GroupRow]:
    rows = zip(figures, ranges(figures), strict=True)
    mean = mean_of([group.chance for group in figures])
    return [_group_row(group, at, mean) for group, at in rows]


def css_of(segment: Segment) -> str:
    """The colour that a segment keeps everywhere."""
    if segment.kind == SegmentKind.CLUSTER:
        return f"c-{segment.position % CLUSTER_COLOURS}"
    return f"g-{segment.slug}" if segment.kind == SegmentKind.RFM else "tone-accent"


def _group_row(group: GroupFigures, range_at: dict[str, str], mean: float | None) -> GroupRow:
    segment = group.segment
    span = group.size_range
    return GroupRow(
        name=segment.name,
        slug=segment.slug,
        css=css_of(segment),
        url=reverse("segmentation:members", args=[segment.slug]),
        description=segment.description,
        size=whole(group.size),
        share=of_100(group.share),
        revenue=money(group.revenue),
        revenue_share=of_100(group.revenue_share),
        percent_width=f"{group.revenue_share * 100:.1f}",
        recency=whole(group.recency_median),
        orders=whole(group.orders_median),
        spend=money(group.spend_median),
        reachable=whole(group.reachable_email),
        range=f"{whole(span[0])}–{whole(span[1])}" if span else "",
        range_at=range_at,
        action=action(segment),
        expected=expected_row(group.chance, mean),
    )


def _lede(grouping: Grouping, figures: list[GroupFigures]) -> str:
    total = counted(sum(group.size for group in figures), "customer")
    if grouping.kind == SegmentKind.CLUSTER:
        many = f"{total} in {counted(len(figures), 'cluster')} by silence, orders and money."
        if grouping.is_weak:
            return f"{many} They are weak: other customers of the same kind would fall otherwise."
        return many
    kept = (
        "with the cut-offs of before"
        if grouping.metrics.get("thresholds_kept")
        else ("with cut-offs made anew")
    )
    if grouping.metrics.get("own_cut_offs"):
        kept = "with your own cut-offs"
    renamed = of_100(grouping.metrics["share_renamed"])
    return f"{total} {kept}. Cut-offs moved by 10 % would rename {renamed} of 100."


def _bands_finding(figures: list[GroupFigures], word: str) -> str:
    top = leaders(figures)
    who, what = sum(g.share for g in top), sum(g.revenue_share for g in top)
    return f"{of_100(who)} of 100 customers bring {of_100(what)} of 100 {word}"


def _range_finding(figures: list[GroupFigures]) -> str:
    with_range = [group for group in figures if group.size_range]
    if not with_range:
        return ""
    widest = max(with_range, key=lambda g: g.size_range[1] - g.size_range[0])  # type: ignore[index]
    low, high = widest.size_range or (0, 0)
    return f"{widest.segment.name}: {whole(low)} to {whole(high)}"


def _table_finding(figures: list[GroupFigures]) -> str:
    reach = sum(group.reachable_email for group in figures)
    return f"{whole(reach)} of {whole(sum(g.size for g in figures))} may be written to by e-mail"


def _treemap_finding(figures: list[GroupFigures], word: str) -> str:
    most = max(figures, key=lambda group: group.revenue)
    return f"{most.segment.name}: {of_100(most.revenue_share)} of 100 {word}"


def _expects(figures: list[GroupFigures]) -> str:
    """What the whiskers of the table show; nothing where no model has said it."""
    mean = mean_of([group.chance for group in figures])
    if mean is None:
        return ""
    return f"Dashed: predicted, with 95 % interval; line: all customers, {of_100(mean)} of 100."


def _sureness(grouping: Grouping) -> str:
    if grouping.kind != SegmentKind.RFM:
        return ""
    at = counted(grouping.metrics["at_a_threshold"], "customer stands", "customers stand")
    return f"{at} exactly at a cut-off: one day or one order more renames them."


def _evidence(grouping: Grouping) -> list[dict[str, Any]]:
    chosen = grouping.metrics.get("chosen", {}).get("k")
    rows = grouping.metrics.get("evidence", [])
    names = ("stability", "silhouette", "davies_bouldin")
    return [
        {
            "k": row["k"],
            **{name: "–" if row[name] is None else f"{row[name]:.2f}" for name in names},
            "stability_width": f"{max(row['stability'] or 0, 0) * 100:.0f}",
            "wcss": whole(row["wcss"]),
            "chosen": row["k"] == chosen,
        }
        for row in rows
    ]


def _evidence_finding(grouping: Grouping) -> str:
    chosen = grouping.metrics.get("chosen")
    if not chosen:
        return ""
    words = f"{counted(chosen['k'], 'cluster')} chosen"
    if chosen["stability"] is None:
        return f"{words}: too few customers to test how stable they are"
    return f"{words}: drawn anew, they agree to {chosen['stability']:.2f} of 1"
