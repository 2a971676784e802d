from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs

VISIT, VIEW, NPS = "visit", "product_view", "nps"
# Whoever clicks has opened; a mail service may say sent, delivered or both.
SENT, OPENED = ("sent", "delivered"), ("opened", "clicked")
EVENT_KINDS = [VISIT, VIEW, *SENT, *OPENED]
VISIT_DAYS, CONTACT_DAYS, MAIL_DAYS = 30, 90, 90
SAID = "; nothing for whoever was never {}"


@dataclass(frozen=True)
class Engagement(Builder):
    """What a customer does and says outside of orders: visits, requests, answers to surveys."""

    key: ClassVar[str] = "engagement"
    features: ClassVar[tuple[Feature, ...]] = (
        Feature(
            f"visits_{VISIT_DAYS}d",
            "int32",
            f"visits to the web shop or the app in the last {VISIT_DAYS} days"
            + SAID.format("seen there"),
            source="events of the kind visit",
            unit="visits",
            transformation="counted over the trailing window",
            reason="interest shows on the web before it shows in orders",
            rests_on="events",
        ),
        Feature(
            f"product_views_{VISIT_DAYS}d",
            "int32",
            f"products looked at in the last {VISIT_DAYS} days" + SAID.format("seen there"),
            source="events of the kind product_view",
            unit="views",
            transformation="counted over the trailing window",
            reason="tells looking around from a purchase that is near",
            rests_on="events",
        ),
        Feature(
            "last_visit_days",
            "int32",
            "whole days since the last visit" + SAID.format("seen there"),
            source="events of the kind visit",
            unit="days",
            transformation="floor of the time between, by the shop's clock",
            reason="who still looks in has not left",
            rests_on="events",
        ),
        Feature(
            f"support_contacts_{CONTACT_DAYS}d",
            "int32",
            f"support requests and contacts begun in the last {CONTACT_DAYS} days"
            + SAID.format("in touch"),
            source="interactions",
            unit="contacts",
            transformation="counted over the trailing window",
            reason="trouble lately is a reason to call before writing an offer",
            rests_on="contacts",
        ),
        Feature(
            "last_nps",
            "int16",
            "the last answer to how likely they would recommend the shop, 0 to 10"
            + SAID.format("asked"),
            source="feedback of the kind nps",
            transformation="the newest answer",
            reason="what they say of the shop, as they said it last",
            rests_on="answers",
        ),
        Feature(
            f"email_open_rate_{MAIL_DAYS}d",
            "float32",
            f"share of the campaigns sent by e-mail in the last {MAIL_DAYS} days that they opened,"
            " as the files of a mail service say; whether e-mails sent from here are opened is"
            " not watched" + SAID.format("sent one"),
            source="responses to campaigns that were brought in",
            transformation="opened or clicked, among those sent or delivered, each campaign once",
            reason="who reads what is sent can be reached that way",
            rests_on="events",
        ),
    )

    def build(self, inputs: Inputs) -> Any:
        parts = (_seen(inputs), _in_touch(inputs), _answered(inputs), _opened(inputs))
        # Whoever any of them knows; joins alone would lose whoever the first does not.
        everyone = nw.concat([part.select("customer_pk") for part in parts]).unique()
        for part in parts:
            everyone = everyone.join(part, on="customer_pk", how="left")
        return self.declared(everyone)


def _seen(inputs: Inputs) -> Any:
    """Visits and views of the window, and days since the last visit, floor as for recency."""
    kinds = nw.col("kind")
    recent = (nw.col("local_at") >= inputs.days_back(VISIT_DAYS)).cast(nw.Int64)
    is_visit = kinds == VISIT
    events = inputs.known(inputs.events).filter(kinds.is_in([VISIT, VIEW]))
    counted = (
        events.with_columns(
            (recent * is_visit.cast(nw.Int64)).alias(f"visits_{VISIT_DAYS}d"),
            (recent * (~is_visit).cast(nw.Int64)).alias(f"product_views_{VISIT_DAYS}d"),
        )
        .group_by("customer_pk")
        .agg(nw.col(f"visits_{VISIT_DAYS}d", f"product_views_{VISIT_DAYS}d").sum())
    )
    last = (
        events.filter(is_visit)
        .group_by("customer_pk")
        .agg(nw.col("local_at").max())
        .with_columns(inputs.whole_days_since(nw.col("local_at")).alias("last_visit_days"))
        .select("customer_pk", "last_visit_days")
    )
    return counted.join(last, on="customer_pk", how="left")


def _in_touch(inputs: Inputs) -> Any:
    recent = (nw.col("local_at") >= inputs.days_back(CONTACT_DAYS)).cast(nw.Int64)
    name = f"support_contacts_{CONTACT_DAYS}d"
    marked = inputs.known(inputs.contacts).with_columns(recent.alias(name))
    return marked.group_by("customer_pk").agg(nw.col(name).sum())


def _answered(inputs: Inputs) -> Any:
    """One answer a moment (the record holds no two), so that the newest is one."""
    answers = inputs.known(inputs.answers).filter(nw.col("kind") == NPS)
    newest = answers.group_by("customer_pk").agg(nw.col("local_at").max())
    told = answers.join(newest, on=["customer_pk", "local_at"], how="inner")
    return told.group_by("customer_pk").agg(nw.col("score").max().alias("last_nps"))


def _opened(inputs: Inputs) -> Any:
    name = f"email_open_rate_{MAIL_DAYS}d"
    by_mail = (nw.col("channel") == "email") & ~nw.col("campaign").is_null()
    events = inputs.known(inputs.events).filter(by_mail)
    lately = nw.col("local_at") >= inputs.days_back(MAIL_DAYS)
    sent = events.filter(nw.col("kind").is_in(SENT) & lately)
    opened = events.filter(nw.col("kind").is_in(OPENED)).with_columns(nw.lit(1.0).alias(name))
    both = (
        sent.select("customer_pk", "campaign")
        .unique()
        .join(
            opened.select("customer_pk", "campaign", name).unique(),
            on=["customer_pk", "campaign"],
            how="left",
        )
    )
    marked = both.with_columns(nw.col(name).fill_null(0.0))
    return marked.group_by("customer_pk").agg(nw.col(name).mean())
