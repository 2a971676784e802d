from typing import Any

from django import forms

from customers.matching import WORDS, Rule, matching


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


class MatchingForm(forms.Form):
    """What holds now, until something else is said."""

    email = forms.BooleanField(label="The same e-mail address", required=False)
    email_name = forms.BooleanField(label="only with the same name", required=False)
    phone = forms.BooleanField(label="The same telephone number", required=False)
    phone_name = forms.BooleanField(label="only with the same name", required=False)
    first = forms.ChoiceField(
        label="Shown first", choices=[(by, f"By {words}") for by, words in WORDS.items()]
    )
    blocked = forms.CharField(
        label="Values that match nobody",
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text="One a line: your own addresses, and what stands for nobody. A line like"
        " @example.com stands for every address there. As a customer number it is turned away.",
    )

    def __init__(self, data: Any = None) -> None:
        held = matching()
        initial: dict[str, Any] = {"first": held.rules[0].by, "blocked": "\n".join(held.blocked)}
        for rule in held.rules:
            initial |= {rule.by: rule.on, f"{rule.by}_name": rule.name_too}
        super().__init__(data, initial=initial)

    def said(self) -> dict[str, Any]:
        given = self.cleaned_data
        order = sorted(WORDS, key=lambda by: by != given["first"])
        rules = [Rule(by, name_too=given[f"{by}_name"], on=given[by]) for by in order]
        return {"rules": rules, "blocked": given["blocked"].splitlines()}
