"""A source as a form: what every source has, and the options of its connector."""

from dataclasses import MISSING, Field, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from django import forms
from django.core.validators import ProhibitNullCharactersValidator

from core.contracts.columns import LONGEST_KEY
from core.contracts.connector import Connector, Stream, is_secret
from ingestion.forms import MappingField
from ingestion.known_connectors import reach
from ingestion.known_kinds import kind_named, kinds
from ingestion.models import Profile
from ingestion.presets import GENERIC, PRESETS
from ingestion.selectors import profiles
from ingestion.source_models import Source

# The names of a connector's options in the form.
OF = "of_"
EVERY = (
    ("", "only when asked"),
    ("5", "every 5 minutes"),
    ("15", "every 15 minutes"),
    ("60", "every hour"),
    ("360", "every 6 hours"),
    ("1440", "every day"),
    ("10080", "every week"),
)
# A kept mapping among the layouts, by its number.
KEPT_AS = "kept-"
LOOKED_AT = "Other names are proposed from a sample, which you look at next"
KEPT = "Kept encrypted, and never shown again. Empty: it stays as it is"


class SourceForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=LONGEST_KEY,
        help_text="Order numbers are unique within it; it never changes",
        validators=[ProhibitNullCharactersValidator()],
    )
    kind = forms.ChoiceField(label="What it holds")
    preset = forms.ChoiceField(label="Column names")
    every_minutes = forms.TypedChoiceField(
        label="Read it",
        choices=EVERY,
        coerce=int,
        empty_value=None,
        required=False,
    )
    mapping = MappingField(
        label="Mapping as JSON",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text='{"columns": {"amount": "total"}}. It takes the place of looking at a sample',
    )

    def __init__(
        self, data: Any = None, *, connector: type[Connector], source: Source | None = None
    ) -> None:
        super().__init__(data, initial=_initial(source))
        self._connector = connector
        found = sorted(kinds().values(), key=lambda kind: kind.key != "order_lines")
        self.fields["kind"].choices = [(kind.key, kind.title) for kind in found]
        self._kept = {f"{KEPT_AS}{one.pk}": one for one in profiles()}
        self.fields["preset"].choices = _layouts(self._kept)
        self.fields["preset"].help_text = "" if source else LOOKED_AT
        minutes = str(source.every_minutes) if source and source.every_minutes else ""
        if minutes not in dict(EVERY):
            self.fields["every_minutes"].choices = [*EVERY, (minutes, f"every {minutes} minutes")]
        if source is not None:
            del self.fields["name"]
        if issubclass(connector, Stream):
            del self.fields["every_minutes"]
        types, hints = get_type_hints(connector), connector.hints(reach())
        for option in fields(connector):
            self.fields[OF + option.name] = _field(option, types[option.name], source)
            if option.name in hints:
                self.fields[OF + option.name].help_text = hints[option.name]

    @property
    def about(self) -> list[forms.BoundField]:
        """What it is called, what it holds and when it is read."""
        names = ("name", "kind", "preset", "every_minutes")
        return [self[name] for name in names if name in self.fields]

    @property
    def reached(self) -> list[forms.BoundField]:
        """How it is reached: the connector's options, limits aside."""
        return [self[name] for name in self._options() if not self._is_limit(name)]

    @property
    def limits(self) -> list[forms.BoundField]:
        """Numbers that few need to change."""
        return [self[name] for name in self._options() if self._is_limit(name)]

    @property
    def expert_open(self) -> bool:
        return bool(self["mapping"].errors)

    @property
    def limits_open(self) -> bool:
        return any(field.errors for field in self.limits)

    def _options(self) -> list[str]:
        return [name for name in self.fields if name.startswith(OF)]

    def _is_limit(self, name: str) -> bool:
        return isinstance(self.fields[name], forms.IntegerField)

    def clean(self) -> dict[str, Any]:
        """A kept mapping that is chosen takes the place of the one that was there."""
        said = dict(super().clean() or {})
        kept = self._kept.get(said.get("preset", ""))
        if kept is not None:
            if kept.kind != said.get("kind"):
                self.add_error("preset", f"{kept} is for {kind_named(kept.kind).title.lower()}.")
            elif said.get("mapping") and "mapping" in self.changed_data:
                self.add_error("mapping", f"Leave this empty, or choose no {kept}: one of the two.")
            said |= {"preset": kept.preset or GENERIC, "mapping": kept.mapping}
        return said

    def values(self) -> dict[str, Any]:
        """Arguments of the services."""
        said = self.cleaned_data
        values = {name: said[name] for name in ("name", "kind", "preset") if name in said}
        return {
            **values,
            "mapping": said["mapping"] or None,
            "every_minutes": said.get("every_minutes"),
            "options": self.options(),
        }

    def options(self) -> dict[str, Any]:
        """An option left empty has its default; a secret left empty stays as it is."""
        options = {}
        for option in fields(self._connector):
            value = self.cleaned_data.get(OF + option.name)
            if value is None:
                value = "" if option.default is MISSING else option.default
            options[option.name] = value
        return options


def _layouts(kept: dict[str, Profile]) -> list[Any]:
    """Mappings that are kept first: somebody made them here."""
    known = [(key, preset.title) for key, preset in PRESETS.items()]
    if not kept:
        return known
    ours = [(key, profile.name) for key, profile in kept.items()]
    return [("Kept mappings", ours), ("Known programs", known)]


def _initial(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {}
    return {
        "kind": source.kind,
        "preset": source.preset,
        "every_minutes": str(source.every_minutes or ""),
        "mapping": source.mapping or None,
        **{OF + name: value for name, value in source.options.items()},
    }


def _field(option: Field[Any], of: Any, source: Source | None) -> forms.Field:
    told = option.metadata
    needed = option.default is MISSING
    default = None if needed else option.default
    common: dict[str, Any] = {
        "label": told["label"], "help_text": told.get("help", ""), "initial": default,
    }  # fmt: skip
    if is_secret(option):
        hidden = forms.PasswordInput(attrs={"autocomplete": "new-password"})
        common["help_text"] = KEPT if source else told.get("help", "")
        return forms.CharField(required=False, widget=hidden, strip=False, **common)
    if of is bool:
        return forms.BooleanField(required=False, **common)
    if of is int:
        limits = {"min_value": told.get("least"), "max_value": told.get("most")}
        return forms.IntegerField(required=False, **limits, **common)
    if get_origin(of) is Literal:
        chosen = [(value, told.get("choices", {}).get(value, value)) for value in get_args(of)]
        return forms.ChoiceField(choices=chosen, required=needed, **common)
    if told.get("long"):
        common["widget"] = forms.Textarea(attrs={"rows": 4, "spellcheck": "false"})
    return forms.CharField(
        required=needed, validators=[ProhibitNullCharactersValidator()], **common
    )
