from typing import Any

from django import forms

from ingestion.known_kinds import kinds
from ingestion.presets import PRESETS


class MappingField(forms.JSONField):
    """JSON as somebody typed it; nothing typed is an empty field, not the word null."""

    def prepare_value(self, value: Any) -> Any:
        shown = super().prepare_value(value)
        return "" if shown == "null" else shown


class UploadForm(forms.Form):
    file = forms.FileField(label="File", allow_empty_file=True)
    kind = forms.ChoiceField(label="What it holds")
    preset = forms.ChoiceField(
        label="Column names", help_text="The glossary’s names are those listed on this page"
    )
    source = forms.CharField(
        label="Source",
        required=False,
        help_text="Where the rows come from; order numbers are unique within it. Empty: the preset",
    )
    mapping = MappingField(
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
    def usual(self) -> list[forms.BoundField]:
        """What is asked of everybody; the file has its own place on the page."""
        return [self["kind"], self["preset"]]

    @property
    def further(self) -> list[forms.BoundField]:
        """What a file with names or a source of its own needs besides."""
        return [self["source"], self["mapping"]]

    @property
    def further_open(self) -> bool:
        return self.is_bound and any(field.errors or field.value() for field in self.further)
