from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

from accounts.capabilities import ROLE_CAPABILITIES, Capability, Role
from accounts.models import User
from accounts.write_keys import BadKey, checked_origins

BRING_DATA = [role for role, held in ROLE_CAPABILITIES.items() if Capability.IMPORT_DATA in held]


def _sentence(capability: Capability) -> str:
    return capability.label[0].upper() + capability.label[1:]


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail")
    name = forms.CharField(label="Name, if you like", max_length=150, required=False)
    role = forms.ChoiceField(label="Role", choices=Role.choices)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label="Role", choices=Role.choices)


class TypedForm(forms.Form):
    """What cannot be undone is done once its name is typed."""

    typed = forms.CharField(max_length=254, strip=True)

    def __init__(self, *args: Any, wanted: str, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = wanted
        self.fields["typed"].label = label
        self.fields["typed"].widget.attrs |= {"data-unlocks": wanted, "autocomplete": "off"}

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed != self.wanted:
            raise forms.ValidationError(f"Nothing was done: this is not “{self.wanted}”.")
        return typed


class KeyForm(forms.Form):
    name = forms.CharField(
        label="Which program is it for?",
        max_length=100,
        validators=[ProhibitNullCharactersValidator()],
    )
    person = forms.ModelChoiceField(
        label="Whose key is it?",
        queryset=User.objects.filter(is_active=True).order_by("email"),
        empty_label=None,
        help_text="It never may more than this person, and dies when they are locked out.",
    )
    may = forms.MultipleChoiceField(
        label="What may it do?",
        choices=[(capability.value, _sentence(capability)) for capability in Capability],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one thing that the key may do."},
    )


class WriteKeyForm(forms.Form):
    name = forms.CharField(
        label="Which shop or app is it for?",
        max_length=100,
        validators=[ProhibitNullCharactersValidator()],
    )
    person = forms.ModelChoiceField(
        label="Whose key is it?",
        queryset=User.objects.filter(is_active=True, role__in=BRING_DATA).order_by("email"),
        empty_label=None,
        help_text="Somebody who may bring in data; it dies when they are locked out.",
    )
    origins = forms.CharField(
        label="From which addresses is it of use?",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, like https://shop.example. None for an app, which has no address.",
        validators=[ProhibitNullCharactersValidator()],
    )
    orders = forms.BooleanField(label="It sends orders, too", required=False)

    def clean_origins(self) -> list[str]:
        try:
            return checked_origins(self.cleaned_data["origins"].split())
        except BadKey as refusal:
            raise forms.ValidationError(refusal.message) from refusal
