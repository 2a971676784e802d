from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms

from core.contracts.file_format import Finding
from core.contracts.import_kind import ImportKind
from core.contracts.options import described
from core.selectors import organisation
from ingestion.date_forms import FORMS
from ingestion.joined import Said, as_said, headers_said
from ingestion.known_kinds import kinds
from ingestion.mapping import CELL_OPTIONS
from ingestion.parsing import format_options, formats
from ingestion.presets import PRESETS

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows, Western Europe (cp1252)",
    "cp1250": "Windows, Central Europe (cp1250)",
    "cp1251": "Windows, Cyrillic (cp1251)",
    "cp1253": "Windows, Greek (cp1253)",
    "cp1254": "Windows, Turkish (cp1254)",
    "iso8859-15": "Latin 9 (ISO 8859-15)",
    "iso8859-2": "Latin 2 (ISO 8859-2)",
    "cp850": "DOS, Western Europe (cp850)",
    "mac_roman": "Mac (Roman)",
    "shift_jis": "Japanese (Shift JIS)",
    "gb18030": "Chinese (GB 18030)",
}
DELIMITERS = {",": "Commas", ";": "Semicolons", "\t": "Tabs", "|": "Bars"}
DECIMALS = {".": "A dot: 1249.50", ",": "A comma: 1249,50"}
LEAVE_OUT = "– leave out –"
# How a format's own options are called.
OPTION_LABELS = {
    "header_line": "Names stand in line",
    "header_lines": "Lines of the names",
    "sheet": "Sheet",
    "member": "File in the archive",
    "quote": "Sign around cells",
}


class MappingField(forms.JSONField):
    """JSON as somebody typed it; nothing typed is an empty field, not the word null."""

    def prepare_value(self, value: Any) -> Any:
        shown = super().prepare_value(value)
        return "" if shown == "null" else shown


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One file or several, dropped together."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given]


class UploadForm(forms.Form):
    file = FilesField(label="Files", allow_empty_file=True)


class ReadingForm(forms.Form):
    """How a file is read: every guess about it, to be changed."""

    kind = forms.ChoiceField(label="What it holds")
    preset = forms.ChoiceField(label="Written by")
    source = forms.CharField(
        label="Source",
        required=False,
        help_text="Where the rows come from; order numbers are unique within it",
    )
    encoding = forms.ChoiceField(label="Letters", choices=list(ENCODINGS.items()))
    delimiter = forms.ChoiceField(label="Columns parted by", choices=list(DELIMITERS.items()))
    decimal = forms.ChoiceField(label="Decimal sign", choices=list(DECIMALS.items()))
    date_format = forms.ChoiceField(label="Dates", required=False)
    time_zone = forms.ChoiceField(label="Times")
    shift = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        findings: dict[str, Finding],
        doubts: dict[str, str] | None = None,
        dates_are_ruled: bool = False,
        **kwargs: Any,
    ) -> None:
        """``findings``: what the file shows; an option that it has not is not asked for."""
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.key, kind.title) for kind in ordered_kinds()]
        self.fields["preset"].choices = [(key, preset.title) for key, preset in PRESETS.items()]
        self.further = [name for name in findings if name not in self.fields]
        for name in ("encoding", "delimiter"):
            if name in findings:
                self._offer(name, findings[name])
            else:
                del self.fields[name]
        for name in self.further:
            self.fields[name] = _field_of(findings[name])
        self.fields["date_format"].choices = [
            ("", "Year first: 2026-01-31 18:30"), *((f, s) for f, s in FORMS.items())
        ]  # fmt: skip
        if dates_are_ruled:
            del self.fields["date_format"]
        zone = organisation().time_zone
        self.fields["time_zone"].choices = [
            (zone, f"{zone}, the shop’s own"),
            *((z, z) for z in sorted(available_timezones() - {zone})),
        ]
        for name, doubt in (doubts or {}).items():
            if name in self.fields:
                self.fields[name].help_text = doubt
                self.fields[name].widget.attrs["data-guess"] = ""

    @property
    def about(self) -> list[forms.BoundField]:
        return [self["kind"], self["preset"], self["source"]]

    @property
    def written(self) -> list[forms.BoundField]:
        names = ("encoding", "delimiter", *self.further, "decimal", "date_format", "time_zone")
        return [self[name] for name in names if name in self.fields]

    def _offer(self, name: str, finding: Finding) -> None:
        """What was found is among the choices, however rare."""
        field = self.fields[name]
        known = dict(field.choices)
        more = {str(v): str(v) for v in (finding.value, *finding.others) if str(v) not in known}
        field.choices = [*known.items(), *more.items()]

    def options(self, shown: Mapping[str, Finding]) -> dict[str, Any]:
        """The options as a mapping keeps them.

        What the file ``shown`` by itself for certain is not in it, nor what is left to the shop:
        the next file of the kind may show something else.
        """
        written = {
            name: value
            for name, value in format_values(self.cleaned_data).items()
            if name not in shown or not shown[name].sure or shown[name].value != value
        }
        said = {name: self.cleaned_data.get(name) for name in CELL_OPTIONS}
        return {**written, **{name: value for name, value in said.items() if value}}


def format_values(said: Mapping[str, Any]) -> dict[str, Any]:
    """Of what a form says, the options of file formats, numbers as numbers."""
    numbers = {
        told["name"]
        for form in formats().values()
        for told in described(form)
        if "whole number" in told["type"]
    }
    return {
        name: int(said[name]) if name in numbers and str(said[name]).isdecimal() else said[name]
        for name in format_options()
        if said.get(name)
    }


def _field_of(finding: Finding) -> forms.Field:
    """The field of an option that only some formats have."""
    label = OPTION_LABELS.get(finding.option, finding.option.replace("_", " ").capitalize())
    if finding.others:
        values = dict.fromkeys(str(value) for value in (finding.value, *finding.others))
        return forms.ChoiceField(label=label, choices=[(value, value) for value in values])
    if isinstance(finding.value, int):
        return forms.IntegerField(label=label, min_value=1)
    return forms.CharField(label=label, required=False)


class ColumnsForm(forms.Form):
    """One choice a column of ours: which column of the file it is."""

    profile_name = forms.CharField(
        label="Keep this mapping as",
        required=False,
        max_length=120,
        help_text="Proposed again for a file with the same columns. Empty: not kept",
    )

    def __init__(self, *args: Any, kind: ImportKind, headers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [column.name for column in kind.columns]
        choices = [("", LEAVE_OUT), *((header, header) for header in headers)]
        for column in kind.columns:
            several = forms.MultipleChoiceField if column.parts else forms.ChoiceField
            self.fields[f"column-{column.name}"] = several(
                choices=choices, required=False, label=column.name
            )

    def columns(self) -> dict[str, Said]:
        """As a mapping keeps them: several where they are joined."""
        said = {name: headers_said(self.cleaned_data[f"column-{name}"]) for name in self.names}
        return {name: as_said(list(dict.fromkeys(headers))) for name, headers in said.items()}


class ProfileForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)


def ordered_kinds() -> list[type[ImportKind]]:
    """Order lines lead: they are what most files hold."""
    return sorted(kinds().values(), key=lambda kind: kind.key != "order_lines")
