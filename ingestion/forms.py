from typing import Any

from django import forms

from ingestion.known_kinds import kinds
from ingestion.presets import PRESETS


class UploadForm(forms.Form):
    file = forms.FileField(label="File", allow_empty_file=True)
    kind = forms.ChoiceField(label="What it holds")
    preset = forms.ChoiceField(label="Column names", help_text="Generic: the names listed here")
    source = forms.CharField(
        label="Source",
        required=False,
        help_text="Where the rows come from; order numbers are unique within it. Empty: the preset",
    )
    mapping = forms.JSONField(
        label="Mapping",
        required=False,
        widget=forms.TextInput,
        help_text='For other names: {"columns": {"amount": "Total"}, "options": {"decimal": ","}}',
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = sorted(kinds().values(), key=lambda kind: kind.key != "order_lines")
        self.fields["kind"].choices = [(kind.key, kind.title) for kind in found]
        self.fields["preset"].choices = [(key, preset.title) for key, preset in PRESETS.items()]

    @property
    def fields_shown(self) -> list[forms.BoundField]:
        """All but the file, which has its own place on the page."""
        return [field for field in self if field.name != "file"]
