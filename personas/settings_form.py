"""The organisation as an admin may set it."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.validators import ProhibitNullCharactersValidator, RegexValidator

from core.models import Organisation

FIXED_WHY = "Fixed since orders came in: their days and money are kept by it."
HUNDRED = 100


class SettingsForm(forms.Form):
    name = forms.CharField(
        label="Name of the shop", max_length=200, validators=[ProhibitNullCharactersValidator()]
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        help_text="Decides where the shop’s days begin. It is fixed once orders come in.",
    )
    currency = forms.CharField(
        label="Currency",
        max_length=3,
        validators=[RegexValidator("^[A-Z]{3}$", "Three capital letters, like EUR or USD.")],
        help_text="Three letters, like EUR. It is fixed once orders come in.",
    )
    horizon_days = forms.IntegerField(
        label="How many days predictions look ahead",
        required=False,
        min_value=1,
        max_value=730,
        help_text="Empty: as far as 80 of 100 returning customers need to return. The next training"
        " follows it.",
    )
    cap_messages = forms.IntegerField(
        label="At most so many messages to one customer", min_value=1, max_value=1000
    )
    cap_days = forms.IntegerField(label="in so many days", min_value=1, max_value=730)
    holdout = forms.FloatField(
        label="Of 100 customers, never treated by any campaign",
        min_value=0,
        max_value=90,
        help_text="Who they are is decided by hash, and stays so. Campaigns launched from now on.",
    )

    quality_threshold = forms.IntegerField(
        label="Quality of a load below which training waits, of 100",
        min_value=0,
        max_value=100,
        help_text="Models are then not trained again until somebody has looked at its report. 0:"
        " training never waits.",
    )

    def __init__(self, data: Any, shop: Organisation, *, recorded: bool) -> None:
        values = {name: getattr(shop, name) for name in NAMES}
        super().__init__(
            data, initial={**values, "holdout": round(shop.holdout_share * HUNDRED, 2)}
        )
        zones = [shop.time_zone] if recorded else sorted({*available_timezones(), shop.time_zone})
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]
        for name in ("time_zone", "currency"):
            if recorded:
                self.fields[name].disabled = True
                self.fields[name].help_text = FIXED_WHY

    def values(self) -> dict[str, Any]:
        """What core.services.change_organisation takes."""
        told = {name: self.cleaned_data[name] for name in NAMES}
        return {**told, "holdout_share": self.cleaned_data["holdout"] / HUNDRED}


NAMES = ("name", "time_zone", "currency", "horizon_days", "cap_messages", "cap_days",
         "quality_threshold")  # fmt: skip
