from typing import Any

from allauth.account.forms import LoginForm
from django import forms

from accounts.capabilities import Role


class SignInForm(LoginForm):
    """allauth's form, without the box to be remembered: the session lasts as it is set."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail")
    name = forms.CharField(label="Name", max_length=150, required=False)
    role = forms.ChoiceField(label="Role", choices=Role.choices)
