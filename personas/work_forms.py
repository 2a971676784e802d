"""What is typed to make a work list, or to change one: a name, an owner, a day."""

from typing import Any

from django import forms
from django.utils.crypto import get_random_string

from accounts.capabilities import Capability
from accounts.models import User
from accounts.selectors import people_who
from segmentation.models import WorkList

NOBODY = "Nobody yet: whoever takes it"


class WorkListForm(forms.Form):
    name = forms.CharField(
        max_length=120, label="Name", error_messages={"required": "Give the list a name."}
    )
    owner = forms.ModelChoiceField(
        User.objects.none(), required=False, label="Owner", empty_label=NOBODY,
        error_messages={"invalid_choice": "Choose somebody of the list: others see no customers."},
    )  # fmt: skip
    due_on = forms.DateField(
        required=False, label="Due on", widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Write a day such as 2026-11-27."},
        help_text="Empty: no day",
    )  # fmt: skip
    # The same form sent twice makes one list.
    ticket = forms.CharField(required=False, widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people_who(Capability.VIEW_CUSTOMERS)
        for name in ("name", "owner", "due_on"):
            self.fields[name].widget.attrs["class"] = "input"


def fresh(*, name: str, user: User) -> WorkListForm:
    """Whoever works with customers has it first; others hand it over."""
    owner = user.pk if user.can(Capability.EDIT_CUSTOMERS) else None
    ticket = get_random_string(24)
    return WorkListForm(initial={"name": name[:120], "owner": owner, "ticket": ticket})


def of_list(work_list: WorkList) -> WorkListForm:
    return WorkListForm(
        initial={
            "name": work_list.name,
            "owner": work_list.owner_id,
            "due_on": work_list.due_on.isoformat() if work_list.due_on else "",
        }
    )
