import re
from dataclasses import dataclass
from typing import Any, ClassVar

import narwhals as nw

from core.contracts.builder import Builder, Feature, Inputs


@dataclass(frozen=True)
class Channels(Builder):
    """Where a customer buys: the share of orders by each channel that the shop has."""

    key: ClassVar[str] = "channels"
    channels: tuple[str, ...] = ()

    @classmethod
    def for_shop(cls, channels: tuple[str, ...]) -> "Channels":
        return cls(channels=channels)

    @property
    def features(self) -> tuple[Feature, ...]:  # type: ignore[override]  # one a channel
        return tuple(
            Feature(
                column,
                "float32",
                f"share of orders by the channel {' or '.join(names)}",
                transformation="divided by the customer's orders",
                reason="comparable between customers who buy often and seldom",
            )
            for column, names in self._columns().items()
        )

    def build(self, inputs: Inputs) -> Any:
        columns = self._columns()
        marked = inputs.orders().with_columns(
            *(
                nw.col("channel").is_in(names).fill_null(False).cast(nw.Int64).alias(column)
                for column, names in columns.items()
            )
        )
        counts = marked.group_by("customer_pk").agg(
            nw.len().alias("orders"), *(nw.col(column).sum() for column in columns)
        )
        return self.declared(
            counts.with_columns(*((nw.col(n) / nw.col("orders")).alias(n) for n in columns))
        )

    def _columns(self) -> dict[str, list[str]]:
        """Spellings that make the same column (In store, in-store) are one channel."""
        columns: dict[str, list[str]] = {}
        for channel in self.channels:
            columns.setdefault(_column(channel), []).append(channel)
        return columns


def _column(channel: str) -> str:
    # Letters of any script stay; a name of signs only still needs a column.
    return "channel_share_" + (re.sub(r"\W+", "_", channel.casefold()).strip("_") or "other")
