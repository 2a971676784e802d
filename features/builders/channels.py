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
            Feature(_column(channel), "float32", f"share of orders by the channel {channel}")
            for channel in self.channels
        )

    def build(self, inputs: Inputs) -> Any:
        marked = inputs.orders().with_columns(
            *(
                (nw.col("channel") == channel)
                .fill_null(False)
                .cast(nw.Int64)
                .alias(_column(channel))
                for channel in self.channels
            )
        )
        names = [feature.name for feature in self.features]
        counts = marked.group_by("customer_pk").agg(
            nw.len().alias("orders"), *(nw.col(name).sum() for name in names)
        )
        return self.declared(
            counts.with_columns(*((nw.col(n) / nw.col("orders")).alias(n) for n in names))
        )


def _column(channel: str) -> str:
    return "channel_share_" + re.sub(r"[^a-z0-9]+", "_", channel.lower()).strip("_")
