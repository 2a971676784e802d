"""What support types about a customer: a note, a contact, how a request ended, a consent."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from core.errors import Refused
from core.localtime import local_wall
from core.selectors import organisation_zone
from customers.services import LONGEST_NOTE, LONGEST_WORDS

REACHED_BY = (
    ("phone", "Telephone"), ("email", "E-mail"), ("chat", "Chat"), ("store", "In the shop"),
    ("post", "Post"), ("other", "Another way"),
)  # fmt: skip
WRITTEN_BY = (("email", "E-mail"), ("sms", "SMS"), ("phone", "Telephone"), ("post", "Post"))
OPEN, SETTLED = "open", "settled"
YES, NO = "yes", "no"
MOMENT = "%Y-%m-%dT%H:%M"


class NoteForm(forms.Form):
    text = forms.CharField(
        label="Note", max_length=LONGEST_NOTE, strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Write a note …"}),
        error_messages={"required": "Write something first."},
    )  # fmt: skip


class CloseForm(forms.Form):
    outcome = forms.CharField(
        label="How it ended", max_length=LONGEST_WORDS,
        error_messages={"required": "Say how it ended."},
    )  # fmt: skip


class ContactForm(forms.Form):
    """``cleaned_data`` is what ``customers.services.log_contact`` asks for."""

    channel = forms.ChoiceField(label="How you were in touch", choices=REACHED_BY)
    opened_at = forms.DateTimeField(
        label="When it began", input_formats=[MOMENT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={
            "required": "Say when it began.",
            "invalid": "Write a day and a time, such as 2026-11-24T14:30.",
        },
    )  # fmt: skip
    subject = forms.CharField(
        label="What it was about", max_length=LONGEST_WORDS,
        error_messages={"required": "Say what it was about."},
    )  # fmt: skip
    text = forms.CharField(
        label="What was said", max_length=LONGEST_NOTE, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    state = forms.ChoiceField(
        label="Is it settled?", initial=SETTLED, widget=forms.RadioSelect,
        choices=((SETTLED, "Settled"), (OPEN, "Still open")),
    )  # fmt: skip
    outcome = forms.CharField(
        label="How it ended", max_length=LONGEST_WORDS, required=False,
        help_text="Refunded, replaced, answered …",
    )  # fmt: skip

    def clean_opened_at(self) -> datetime:
        """What was typed is the shop's clock."""
        return _of_the_shop(self.cleaned_data["opened_at"])

    def asked(self) -> dict[str, Any]:
        known = {name: value for name, value in self.cleaned_data.items() if name != "state"}
        return {**known, "is_open": self.cleaned_data["state"] == OPEN}


class ConsentForm(forms.Form):
    channel = forms.ChoiceField(label="Channel", choices=WRITTEN_BY)
    granted = forms.ChoiceField(
        label="What did they say?", widget=forms.RadioSelect,
        choices=((YES, "They may be written to"), (NO, "They do not want it")),
        error_messages={"required": "Say whether they agreed or refused."},
    )  # fmt: skip
    source = forms.CharField(
        label="Where they said it", max_length=LONGEST_WORDS,
        help_text="On the telephone, by a form in the shop … It is what proves it later.",
        error_messages={"required": "Say where they said it."},
    )  # fmt: skip

    def asked(self) -> dict[str, Any]:
        return {**self.cleaned_data, "granted": self.cleaned_data["granted"] == YES}


def blank_contact(now: datetime) -> ContactForm:
    """As it is most often: something that has just been settled."""
    local = local_wall(now, organisation_zone()).replace(second=0, microsecond=0)
    return ContactForm(initial={"opened_at": local, "state": SETTLED, "channel": "phone"})


def take_refusal(form: forms.Form, refused: Refused) -> None:
    """Show a refusal beside the fields that it names, or above the form."""
    named = [name for name in refused.fields if name in form.fields]
    for name in named or [None]:
        form.add_error(name, refused.message)


def _of_the_shop(moment: datetime) -> datetime:
    naive = timezone.make_naive(moment) if timezone.is_aware(moment) else moment
    return naive.replace(tzinfo=organisation_zone())
