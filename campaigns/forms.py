"""What is typed to prepare a campaign: itself, and one to four wordings of its message."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.utils.crypto import get_random_string

from campaigns.models import Campaign
from campaigns.selectors import usual_horizon, variants_of
from campaigns.services.planning import check_slots
from campaigns.templating import read_body, read_subject
from core.errors import Refused
from core.formats import whole
from core.money import from_minor
from core.selectors import organisation
from core.sent_json import keepable
from customers.models import Channel
from segmentation.frames import expression
from segmentation.selectors import offered_segments

LETTERS = "ABCD"
MOST_DAYS = 730
PARTS = ("name", "subject", "body")
AS_TYPED = ("name", "goal", "channel", "horizon_days", "budget", "excludes_others")
OWN_RULE = "The rule that was built"
NOT_CHOSEN = "Choose a segment, or build an audience and start the campaign from there."


def _texts(**words: str) -> dict[str, str]:
    return {"invalid": "Write a number with a point, such as 2.50.", **words}


class CampaignForm(forms.Form):
    """``cleaned_data["rule"]`` is the audience: a chosen segment, or the rule carried along."""

    name = forms.CharField(
        max_length=120, label="Name", error_messages={"required": "Give the campaign a name."}
    )
    goal = forms.CharField(
        max_length=2_000, required=False, label="Goal", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What it should bring, for whoever approves it",
    )  # fmt: skip
    segment = forms.ChoiceField(required=False, label="Audience")
    definition = forms.CharField(required=False, widget=forms.HiddenInput)
    channel = forms.ChoiceField(label="Channel")
    control_share = forms.FloatField(
        min_value=0, max_value=99, label="Control group, of 100",
        help_text="Gets nothing, by chance, so that the effect can be told",
        error_messages=_texts(
            required="Say how many of 100 are held out; 20 is usual.",
            min_value="Not under 0.", max_value="At most 99 of 100 can be held out.",
        ),
    )  # fmt: skip
    horizon_days = forms.IntegerField(
        min_value=1, max_value=MOST_DAYS, label="Measured for, days",
        help_text="Locked by the approval",
        error_messages=_texts(
            required="Say for how many days it is measured.", min_value="At least one day.",
            max_value=f"At most {MOST_DAYS} days.",
        ),
    )  # fmt: skip
    offer_cost = forms.DecimalField(
        min_value=0, max_digits=15, decimal_places=3, required=False, label="Offer, each",
        error_messages=_texts(min_value="Not under 0."),
    )  # fmt: skip
    budget = forms.DecimalField(
        min_value=0, max_digits=15, decimal_places=3, required=False, label="Budget",
        help_text="Empty: no limit", error_messages=_texts(min_value="Not under 0."),
    )  # fmt: skip
    excludes_others = forms.BooleanField(
        required=False, label="Leave out whoever another running campaign treats"
    )
    # The same form sent twice makes one campaign.
    ticket = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)
    # The one that was opened: nobody's edit is lost to another's unseen.
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        carried = self["definition"].value()
        own = [("", OWN_RULE if carried else "Choose a segment")]
        self.fields["segment"].choices = own + [
            (one.slug, f"{one.name}: {whole(one.size)} customers")
            for one in offered_segments(self["segment"].value() or "")
        ]
        self.fields["channel"].choices = CHANNELS.items()
        for name in ("offer_cost", "budget"):
            self.fields[name].label += f", {organisation().currency}"
        for name in ("control_share", "horizon_days", "offer_cost", "budget"):
            self.fields[name].widget.attrs |= {"step": "any", "inputmode": "decimal"}

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        try:
            cleaned["rule"] = self._rule(cleaned)
            expression(cleaned["rule"])
        except Refused as refusal:
            cleaned.pop("rule", None)
            self.add_error("segment", refusal.message)
        return cleaned

    def _rule(self, cleaned: Mapping[str, Any]) -> Any:
        if slug := cleaned.get("segment"):
            return {"segment": slug}
        try:
            return keepable(partial(json.loads, cleaned.get("definition") or ""))
        except ValueError as error:
            raise Refused(NOT_CHOSEN) from error

    @property
    def terms(self) -> list[forms.BoundField]:
        """What stands in two columns."""
        names = ("channel", "control_share", "horizon_days", "offer_cost", "budget")
        return [self[name] for name in names]


CHANNELS = {
    Channel.EMAIL.value: "E-mail, sent from here",
    Channel.SMS.value: "Text messages, as a list",
    Channel.PHONE.value: "Telephone, as a list",
    Channel.POST.value: "Post, as a list",
}


class VariantForm(forms.Form):
    """One wording; e-mail is read as it will be sent, so that its faults are told here."""

    variant_name = forms.CharField(
        max_length=80, label="Its name", error_messages={"required": "Give the wording a name."}
    )
    variant_subject = forms.CharField(max_length=500, required=False, label="Subject")
    variant_body = forms.CharField(
        required=False, label="Text", strip=False, widget=forms.Textarea(attrs={"rows": 9})
    )

    def __init__(self, *args: Any, place: int, by_mail: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"v{place}_%s", **kwargs)
        self.place, self._by_mail = place, by_mail

    def clean(self) -> dict[str, Any]:
        if self._by_mail:
            for name, read in (("variant_subject", read_subject), ("variant_body", _read_text)):
                try:
                    read(self.cleaned_data.get(name, ""))
                except Refused as refusal:
                    self.add_error(name, refusal.message)
        return self.cleaned_data


class TestMessageForm(forms.Form):
    """Which wording, and filled as for whom; nobody is somebody of whom nothing is known."""

    variant = forms.CharField(required=False, max_length=80)
    customer = forms.CharField(required=False, max_length=200)


def _read_text(body: str) -> None:
    read_body(body)
    check_slots(body)


@dataclass
class Filled:
    """The form with its wordings, as somebody left them."""

    form: CampaignForm
    variants: list[VariantForm]

    def is_valid(self) -> bool:
        """Every fault is found at once; two wordings of one name are one."""
        good = [self.form.is_valid(), *(variant.is_valid() for variant in self.variants)]
        seen: set[str] = set()
        for variant in self.variants:
            name = variant.cleaned_data.get("variant_name", "")
            if name in seen:
                variant.add_error("variant_name", "Another wording has this name already.")
                good.append(False)
            seen.add(name)
        return all(good)

    def point_at_fault(self) -> None:
        """The cursor stands in the first field that has one."""
        for form in (self.form, *self.variants):
            for name in form.fields:
                if name in form.errors:
                    form.fields[name].widget.attrs["autofocus"] = True
                    return

    def refuse(self, refusal: Refused) -> None:
        """Say at its field what a service has refused; at the top where it has none."""
        if "version" in refusal.fields:
            self.form.data = self.form.data | {"version": refusal.fields["version"]}
        visible = [field.name for field in self.form.visible_fields()]
        known = [name for name in refusal.fields if name in visible]
        self.form.add_error(known[0] if known else None, refusal.message)

    def values(self) -> dict[str, Any]:
        """Arguments of create_campaign and edit_campaign; of a valid form."""
        cleaned = self.form.cleaned_data
        return {
            **{name: cleaned[name] for name in AS_TYPED},
            "definition": cleaned["rule"],
            "control_share": cleaned["control_share"] / 100,
            "offer_cost": cleaned["offer_cost"] or Decimal(0),
            "variants": [_named(variant.cleaned_data) for variant in self.variants],
        }

    def valid_part(self) -> dict[str, Any]:
        """What can be counted with already, whatever else is missing."""
        form = self.form if self.form.is_bound else CampaignForm(self.form.initial)
        form.is_valid()
        return form.cleaned_data


def _named(cleaned: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("variant_"): value for name, value in cleaned.items()}


def fresh(*, segment: str = "", definition: str = "") -> Filled:
    """A form that nobody has typed in yet, for an audience that may be chosen already."""
    initial = {
        "segment": segment, "definition": definition, "channel": Channel.EMAIL.value,
        "control_share": 20, "horizon_days": usual_horizon(), "excludes_others": True,
        "ticket": get_random_string(24),
    }  # fmt: skip
    return Filled(CampaignForm(initial=initial), [_blank(0)])


def of_campaign(campaign: Campaign) -> Filled:
    currency = organisation().currency
    rule = campaign.definition
    chosen = rule["segment"] if set(rule) == {"segment"} else ""
    initial = {
        "name": campaign.name, "goal": campaign.goal, "segment": chosen,
        "definition": "" if chosen else json.dumps(rule), "channel": campaign.channel,
        "control_share": f"{campaign.control_share * 100:g}",
        "horizon_days": campaign.horizon_days,
        "offer_cost": from_minor(campaign.offer_cost_minor, currency),
        "budget": None
        if campaign.budget_minor is None
        else from_minor(campaign.budget_minor, currency),
        "excludes_others": campaign.excludes_others, "version": campaign.version,
    }  # fmt: skip
    wordings = [
        VariantForm(place=place, initial={f"variant_{n}": getattr(v, n) for n in PARTS})
        for place, v in enumerate(variants_of(campaign))
    ]
    return Filled(CampaignForm(initial=initial), wordings or [_blank(0)])


def sent(post: Any) -> Filled:
    """As it was sent to be saved: with its faults."""
    by_mail = post.get("channel") == Channel.EMAIL
    wordings = [
        VariantForm(row, place=place, by_mail=by_mail) for place, row in enumerate(_rows(post))
    ]
    form = CampaignForm(post.dict())
    return Filled(form, wordings or [VariantForm({}, place=0, by_mail=by_mail)])


def typed(post: Any, action: str) -> Filled:
    """As it stands while somebody types, after a button that adds or takes away a wording."""
    rows = _rows(post)
    verb, _, at = action.partition(":")
    if verb == "remove-variant" and len(rows) > 1:
        rows = [row for place, row in enumerate(rows) if str(place) != at]
    wordings = [VariantForm(place=place, initial=row) for place, row in enumerate(rows)]
    if verb == "add-variant" and len(rows) < len(LETTERS):
        added = _blank(len(rows), taken=[row["variant_name"] for row in rows])
        added.fields["variant_subject"].widget.attrs["autofocus"] = True
        wordings.append(added)
    return Filled(CampaignForm(initial=post.dict()), wordings or [_blank(0)])


def _rows(post: Any) -> list[dict[str, str]]:
    """The wordings of a form: three fields each, in their order."""
    lists = [post.getlist(f"variant_{name}") for name in PARTS]
    return [
        {f"variant_{name}": value for name, value in zip(PARTS, row, strict=True)}
        for row in zip(*lists, strict=False)
    ][: len(LETTERS)]


def _blank(place: int, taken: Sequence[str] = ()) -> VariantForm:
    free = next((letter for letter in LETTERS if letter not in taken), "")
    return VariantForm(place=place, initial={"variant_name": free})
