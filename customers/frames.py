"""The one door from customers to a dataframe."""

from datetime import datetime, timedelta

import polars as pl

from core.bulk import read_query
from core.encryption import decrypt
from core.selectors import organisation, organisation_zone
from customers.aliases import IS_SOMEBODY
from customers.models import Channel

PURPOSE = "marketing"
CONTACTS = ("name", "email", "phone")

PROFILE_SCHEMA = {
    "customer_pk": pl.Int64(),
    "customer_id": pl.String(),
    "age_band": pl.String(),
    "region": pl.String(),
    "acquisition_channel": pl.String(),
    **{f"consent_{channel}": pl.Boolean() for channel in Channel.values},
    **{f"reachable_{channel}": pl.Boolean() for channel in Channel.values},
}

# The newest statement per customer and channel holds; a cap counts the messages of its window.
PROFILES = """
    WITH said AS (
        SELECT DISTINCT ON (customer_id, channel) customer_id, channel, granted
        FROM customers_consent WHERE purpose = %(purpose)s AND at < %(at)s
        ORDER BY customer_id, channel, at DESC
    ), granted AS (
        SELECT customer_id, array_agg(channel::text) AS channels FROM said WHERE granted GROUP BY 1
    ), suppressed AS (
        SELECT customer_id, array_agg(channel::text) AS channels
        FROM customers_suppression WHERE at < %(at)s GROUP BY 1
    ), written_to AS (
        SELECT customer_id FROM customers_contactledger
        WHERE at >= %(window)s AND at < %(at)s GROUP BY 1 HAVING count(*) >= %(cap)s
    )
    SELECT c.id, c.customer_id, c.age_band, c.region, c.acquisition_channel, {consents}, {reach}
    FROM customers_customer c
    LEFT JOIN granted g ON g.customer_id = c.id
    LEFT JOIN suppressed s ON s.customer_id = c.id
    LEFT JOIN written_to w ON w.customer_id = c.id
    WHERE {somebody} {only} ORDER BY c.id
"""


def profile_frame(at: datetime, customer_pks: list[int] | None = None) -> pl.DataFrame:
    """Every customer's profile and whom one may write to by each channel at ``at``.

    Reachable: consent given, not suppressed, and under the organisation's cap. ``customer_pks``
    narrows it to some. Columns of PROFILE_SCHEMA, sorted by customer_pk.
    """
    consents = [f"coalesce('{c}' = ANY(g.channels), false)" for c in Channel.values]
    reach = [
        f"coalesce('{c}' = ANY(g.channels), false) AND w.customer_id IS NULL"
        f" AND NOT coalesce('{c}' = ANY(s.channels), false)"
        for c in Channel.values
    ]
    query = PROFILES.format(
        consents=", ".join(consents),
        reach=", ".join(reach),
        somebody=IS_SOMEBODY,
        only="" if customer_pks is None else "AND c.id = ANY(%(pks)s)",
    )
    shop = organisation()
    values = {
        "purpose": PURPOSE,
        "at": at,
        "window": at - timedelta(days=shop.cap_days),
        "cap": shop.cap_messages,
        "pks": customer_pks,
    }
    return read_query(query, PROFILE_SCHEMA, values)


REACH_SCHEMA = {
    "customer_pk": pl.Int64(),
    "customer_id": pl.String(),
    "consented": pl.Boolean(),
    "suppressed": pl.Boolean(),
    "capped": pl.Boolean(),
}

REACH = """
    SELECT c.id, c.customer_id, {somebody} AND coalesce((
            SELECT s.granted FROM customers_consent s
            WHERE s.customer_id = c.id AND s.channel = %(channel)s AND s.purpose = %(purpose)s
              AND s.at <= %(at)s ORDER BY s.at DESC, s.id DESC LIMIT 1
        ), false),
        EXISTS (
            SELECT FROM customers_suppression b
            WHERE b.customer_id = c.id AND b.channel = %(channel)s
        ),
        (
            SELECT count(*) FROM customers_contactledger l
            WHERE l.customer_id = c.id AND l.at >= %(window)s AND l.at <= %(at)s
        ) >= %(cap)s
    FROM unnest(%(pks)s::bigint[]) AS asked(pk) JOIN customers_customer c ON c.id = asked.pk
    {lock}
"""


def reach_frame(
    customer_pks: pl.Series, *, channel: str, at: datetime, lock: bool = False
) -> pl.DataFrame:
    """What stands against writing to these customers, from the record; who is gone is not in it.

    Who was merged has agreed to nothing: their statements are the kept customer's.

    ``lock``: none of them can be deleted before the transaction ends. Columns of REACH_SCHEMA,
    sorted by customer_pk.
    """
    shop = organisation()
    values = {
        "pks": _array(customer_pks),
        "channel": channel,
        "purpose": PURPOSE,
        "at": at,
        "window": at - timedelta(days=shop.cap_days),
        "cap": shop.cap_messages,
    }
    query = REACH.format(somebody=IS_SOMEBODY, lock="FOR KEY SHARE OF c" if lock else "")
    return read_query(query, REACH_SCHEMA, values).sort("customer_pk")


EVERYBODY = "SELECT c.id, c.{column} FROM customers_customer c WHERE {somebody} ORDER BY c.id"


def ids_frame() -> pl.DataFrame:
    """customer_pk and the shop's own customer_id of everyone, sorted by customer_pk."""
    schema = {"customer_pk": pl.Int64(), "customer_id": pl.String()}
    return read_query(EVERYBODY.format(column="customer_id", somebody=IS_SOMEBODY), schema)


def joined_frame() -> pl.DataFrame:
    """customer_pk and the day since when somebody is a customer, null where no file has said."""
    schema = {"customer_pk": pl.Int64(), "joined_at": pl.Date()}
    return read_query(EVERYBODY.format(column="joined_at", somebody=IS_SOMEBODY), schema)


KNOWN = "SELECT {columns} FROM customers_customer WHERE id = ANY(%(pks)s::bigint[])"


def contacts_frame(customer_pks: pl.Series, *, personal: bool) -> pl.DataFrame:
    """customer_pk and customer_id of these customers, and where ``personal`` their name, email and
    phone; who is gone from the record is not in it.
    """
    secret = CONTACTS if personal else ()
    schema = dict.fromkeys(("customer_pk", "customer_id", *secret), pl.String())
    query = KNOWN.format(columns=", ".join(("id", "customer_id", *secret)))
    typed = {**schema, "customer_pk": pl.Int64()}
    rows = read_query(query, typed, {"pks": _array(customer_pks)})
    return rows.with_columns(_decrypted(rows[name]) for name in secret)


def _decrypted(column: pl.Series) -> pl.Series:
    """From bytea as COPY writes it: \\x and hexadecimal digits."""
    secrets = column.str.strip_prefix("\\x").str.decode("hex")
    plain = [None if secret is None else decrypt(secret) for secret in secrets]
    return pl.Series(column.name, plain, dtype=pl.String)


def _array(customer_pks: pl.Series) -> str:
    """As one literal: a list of many thousand parameters is slow to read."""
    return f"{{{','.join(map(str, customer_pks.to_list()))}}}"


CONTACT_SCHEMA = {
    "customer_pk": pl.Int64(),
    "local_at": pl.Datetime("us"),
    "is_synthetic": pl.Boolean(),
}
ANSWER_SCHEMA = {**CONTACT_SCHEMA, "kind": pl.String(), "score": pl.Int16()}
ASKED = """
    SELECT customer_id, opened_at AT TIME ZONE %(zone)s, is_synthetic
    FROM customers_interaction
    WHERE (%(pks)s::bigint[] IS NULL OR customer_id = ANY(%(pks)s::bigint[]))
    ORDER BY customer_id, opened_at
"""
ANSWERED = """
    SELECT customer_id, at AT TIME ZONE %(zone)s, is_synthetic, kind, score
    FROM customers_feedback
    WHERE (%(pks)s::bigint[] IS NULL OR customer_id = ANY(%(pks)s::bigint[]))
    ORDER BY customer_id, at
"""


def contact_frame(customer_pks: list[int] | None = None) -> pl.DataFrame:
    """When support requests and contacts began, of everybody or of some; CONTACT_SCHEMA."""
    return read_query(ASKED, CONTACT_SCHEMA, _whose(customer_pks))


def answer_frame(customer_pks: list[int] | None = None) -> pl.DataFrame:
    """Scores of surveys and reviews, of everybody or of some; ANSWER_SCHEMA."""
    return read_query(ANSWERED, ANSWER_SCHEMA, _whose(customer_pks))


def _whose(customer_pks: list[int] | None) -> dict[str, object]:
    return {"pks": customer_pks, "zone": organisation_zone().key}
