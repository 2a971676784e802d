from django import forms

from accounts.capabilities import Role


class InviteForm(forms.Form):
    email = forms.EmailField(label="E-mail")
    name = forms.CharField(label="Name, if you like", max_length=150, required=False)
    role = forms.ChoiceField(label="Role", choices=Role.choices)
