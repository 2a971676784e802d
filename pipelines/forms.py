from typing import Any

from django import forms


class PersonForm(forms.Form):
    customer_id = forms.CharField(label="Customer number", max_length=1000)


class ErasureForm(forms.Form):
    customer_id = forms.CharField(widget=forms.HiddenInput)
    typed = forms.CharField(
        label="Type the customer number once more", max_length=1000, required=False
    )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("typed", "") != given.get("customer_id"):
            self.add_error("typed", "This is another number. Nothing was erased.")
        return given
