from dataclasses import dataclass
from typing import Any, ClassVar

from core.contracts.builder import Builder, Feature, Inputs

CHANNELS = ("email", "sms", "phone", "post")


@dataclass(frozen=True)
class Profile(Builder):
    """Who a customer is and how they may be reached; for every customer, with or without orders."""

    key: ClassVar[str] = "profile"
    features: ClassVar[tuple[Feature, ...]] = (
        Feature("age_band", "text", "age band, derived at import", source="customers"),
        Feature("region", "text", "region, derived at import", source="customers"),
        Feature("acquisition_channel", "text", "where they came from", source="customers"),
        *(
            Feature(
                f"consent_{channel}",
                "boolean",
                f"has agreed to marketing by {channel}",
                source="consents",
            )
            for channel in CHANNELS
        ),
        *(
            Feature(
                f"reachable_{channel}",
                "boolean",
                f"may be written to by {channel}: agreed, not suppressed, under the cap",
                source="consents, suppressions, contact ledger",
            )
            for channel in CHANNELS
        ),
    )

    def build(self, inputs: Inputs) -> Any:
        return self.declared(inputs.customers)
