"""What the wizard's pages say, in words and figures."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.forms import BoundField
from django.urls import reverse
from django.utils.text import get_text_list

from core.contracts.import_kind import ImportKind
from core.errors import Refused
from core.formats import counted, moment_words, spelt, whole
from ingestion.forms import ColumnsForm
from ingestion.guesses import marked_columns, names_by_address
from ingestion.joined import Said, as_said, headers_said
from ingestion.known_kinds import kind_named
from ingestion.mapping import usual_rules
from ingestion.models import Draft, Profile
from ingestion.pages import kind_title
from ingestion.previews import Preview
from ingestion.proposals import Proposal, looks_like_days, looks_like_numbers
from ingestion.selectors import load_of_draft, tried_of_draft
from runs.models import MOVING, RunState

SHOWN_ROWS = 6
SHOWN_VALUES = 3
LONGEST_SHOWN = 40
BY_ADDRESS_WORDS = (
    " customer_id holds e-mail addresses: each customer gets an id made of theirs, and the address"
    " is kept as the e-mail, masked like every other."
)
STAGES = ("File", "Columns", "Dry run", "Load", "Report")
DRY_RUN, REPORT = STAGES.index("Dry run"), STAGES.index("Report")
OF_A_SAMPLE = ("Sample", "Columns", "Dry run")
TRIED = {
    RunState.SUCCEEDED: "tried, not loaded",
    RunState.CANCELLED: "stopped while it was tried",
}


def stages(at: int, draft: Draft | None) -> list[dict[str, Any]]:
    """The steps. One that was passed leads back to its page as long as the draft is open;
    a dry run whose file was loaded leads on to the report.
    """
    urls = ["", "", "", "", ""]
    names = OF_A_SAMPLE if draft and draft.feeds else STAGES
    if draft:
        urls[0] = reverse("ingestion:draft", args=[draft.pk])
        urls[1] = reverse("ingestion:draft_columns", args=[draft.pk])
        tried = tried_of_draft(draft)
        urls[2] = reverse("ingestion:load", args=[tried.pk]) if tried else ""
        if became := load_of_draft(draft):
            urls[0] = urls[1] = ""
            urls[REPORT] = reverse("ingestion:load", args=[became.pk]) if at == DRY_RUN else ""
    return [
        {
            "number": place + 1,
            "name": name,
            "url": urls[place] if place < at or place == REPORT else "",
            "current": place == at,
            "passed": place < at,
        }
        for place, name in enumerate(names)
    ]


def draft_row(draft: Draft) -> dict[str, Any]:
    """An unfinished import in the list of them, with where it goes on."""
    tried = tried_of_draft(draft)
    if tried and tried.run.state in MOVING:
        state, url = "is being tried", reverse("ingestion:load", args=[tried.pk])
    elif tried:
        state = TRIED.get(tried.run.state, "could not be read")
        url = reverse("ingestion:load", args=[tried.pk])
    elif draft.mapping.get("columns"):
        state, url = "columns chosen", reverse("ingestion:draft_columns", args=[draft.pk])
    else:
        state, url = "waits to be looked at", reverse("ingestion:draft", args=[draft.pk])
    return {
        "number": draft.pk,
        "name": draft.file_name,
        "what": kind_title(draft.kind),
        "state": state,
        "url": url,
        "size": size_words(draft.size),
        "when": moment_words(draft.touched_at),
        "who": str(draft.created_by) if draft.created_by else "–",
    }


def size_words(size: int) -> str:
    if size < 10**6:
        return f"{whole(-(-size // 1000))} kB"
    return f"{size / 10**6:,.1f} MB" if size < 10**9 else f"{size / 10**9:,.1f} GB"


def reading_words(
    draft: Draft, look: Preview, doubts: Mapping[str, str], *, known: bool
) -> dict[str, str]:
    """The finding of the first step: what the file seems to be, and what has to be looked at."""
    named = [header for header in look.headers if header]
    finding = f"{draft.file_name} looks like {kind_title(draft.kind).lower()}."
    if not known:
        finding = f"No column of {draft.file_name} is known: say what it holds."
    held = f"{look.form}: {counted(len(named), 'column')}"
    lede = f"{held}, {size_words(draft.size)}. Look whether its first rows are read as they should."
    if doubts:
        many = (
            "One guess waits" if len(doubts) == 1 else f"{spelt(len(doubts)).title()} guesses wait"
        )
        lede = f"{held}, {size_words(draft.size)}. {many} for you."
    crumb = draft.bundle.file_name if draft.bundle else "Bring in a file"
    return {"finding": finding, "lede": lede, "here": draft.file_name, "crumb": crumb}


def preview_table(look: Preview, found: Mapping[str, Proposal]) -> dict[str, Any]:
    """The first rows as they are read, each column with its type and what it may be."""
    ours = {header: proposal for proposal in found.values() for header in proposal.headers}
    heads = []
    for at, header in enumerate(look.headers):
        values = [row[at] for row in look.rows if at < len(row) and row[at].strip()]
        meant = ours.get(header)
        heads.append(
            {
                "header": header or f"column {at + 1}",
                "type": type_words(values),
                "ours": meant.name if meant else "",
                "guess": bool(meant and not meant.sure),
            }
        )
    rows = [[cell[:LONGEST_SHOWN] for cell in row] for row in look.rows[:SHOWN_ROWS]]
    return {"heads": heads, "rows": rows, "more": max(0, len(look.rows) - SHOWN_ROWS)}


def type_words(values: Sequence[str]) -> str:
    if not values:
        return "empty"
    if looks_like_days(values):
        return "dates"
    return "numbers" if looks_like_numbers(values) else "text"


def column_lines(
    form: ColumnsForm, kind: ImportKind, look: Preview, known_by: Mapping[str, Proposal]
) -> list[dict[str, Any]]:
    """One line a column of ours: its select, the first values of what is chosen, how we know."""
    sample, lines = look.sample, []
    for column in kind.columns:
        field = form[f"column-{column.name}"]
        chosen = headers_said(field.value())
        proposal = known_by.get(column.name)
        how = proposal.how if proposal and proposal.headers == chosen else ""
        lines.append(
            {
                "name": column.name,
                "definition": column.definition,
                "needed": column.needed,
                "field": field,
                "chosen": chosen,
                "selects": _selects(field, chosen, more=bool(column.parts)),
                "values": _first_values(_joined_values(sample, chosen)),
                "how": how or ("Chosen" if chosen else ""),
                "guess": bool(how and proposal and not proposal.sure),
            }
        )
    return lines


def chosen_columns(lines: Sequence[Mapping[str, Any]]) -> dict[str, Said]:
    """What the lines say, as a mapping keeps it."""
    return {line["name"]: as_said(line["chosen"]) for line in lines}


def columns_words(
    draft: Draft, lines: Sequence[Mapping[str, Any]], look: Preview
) -> dict[str, str]:
    chosen = {header for line in lines for header in line["chosen"]}
    guesses = sum(bool(line["guess"]) for line in lines)
    found = sum(bool(line["chosen"]) for line in lines)
    left = [header for header in look.headers if header and header not in chosen]
    finding = f"{spelt(found).capitalize()} columns are found"
    finding = "One column is found" if found == 1 else finding
    if not found:
        finding = "No column is known: say which is which"
    tail = ", none by a guess." if not guesses else f", {spelt(guesses)} by a guess."
    tail = tail if found else "."
    if found and (lacking := needed_and_left(lines)):
        which = "which column is" if len(lacking) == 1 else "which columns are"
        tail = f"{tail[:-1]}: say {which} {get_text_list(lacking, 'and')}."
    lede = "Every column of the file is used."
    if left:
        lede = f"Left out: {', '.join(left[:8])}{' …' if len(left) > 8 else ''}."
    lede += _marked_words(draft, lines, look)
    if names_by_address(chosen_columns(lines), look):
        lede += BY_ADDRESS_WORDS
    return {"finding": finding + tail, "lede": lede, "here": draft.file_name}


def needed_and_left(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Our columns that no file goes without, and for which none of this one is chosen."""
    return [line["name"] for line in lines if line["needed"] and not line["chosen"]]


def refusal_words(refused: Refused, kind: ImportKind) -> str:
    """Somebody at the choices is told to choose, not to rename a column or to write a mapping."""
    for column in kind.columns:
        if column.needed and refused.fields.get(column.name) == "missing":
            return (
                f"No column is chosen for {column.name} ({column.definition}), and no row goes"
                " without. Choose it below."
            )
    return refused.message


def _marked_words(draft: Draft, lines: Sequence[Mapping[str, Any]], look: Preview) -> str:
    """That a rule will read the numbers with a currency or brackets, before it does; where rules
    were chosen already, that none of them does.
    """
    kind = kind_named(draft.kind)
    chosen = draft.mapping.get("rules")
    rules = usual_rules(kind, draft.preset) if chosen is None else chosen
    names = marked_columns(kind, chosen_columns(lines), look, rules)
    if not names:
        return ""
    bear = "bears" if len(names) == 1 else "bear"
    said = f" {get_text_list(names, 'and')} {bear} a currency or brackets"
    if chosen is None:
        return f"{said}: a cleaning rule will read that."
    return f"{said}, and no rule that was chosen reads that: choose cleaning rules first."


def _selects(field: BoundField, chosen: Sequence[str], *, more: bool) -> list[dict[str, str]]:
    """The choice of a column; where parts are joined, one for each and one for a further."""
    label = f"{field.label}, joined with"
    first, *further = [*chosen, ""] if chosen and more else [*chosen] or [""]
    joined = [{"id": f"{field.id_for_label}-{n}", "chosen": h, "label": label}
              for n, h in enumerate(further, 2)]  # fmt: skip
    return [{"id": field.id_for_label, "chosen": first, "label": ""}, *joined]


def _joined_values(sample: Mapping[str, Sequence[str]], headers: Sequence[str]) -> list[str]:
    cells = zip(*(sample.get(header, []) for header in headers), strict=True)
    return [" ".join(filter(None, map(str.strip, row))) for row in cells]


def _first_values(values: Sequence[str]) -> list[str]:
    seen = dict.fromkeys(value.strip()[:LONGEST_SHOWN] for value in values if value.strip())
    return list(seen)[:SHOWN_VALUES]


def drafts_words(drafts: Sequence[Draft]) -> str:
    if len(drafts) == 1:
        return "One import is not finished"
    return f"{whole(len(drafts))} imports are not finished"


def profile_rows(profiles: Iterable[Profile]) -> list[dict[str, Any]]:
    return [
        {
            "number": profile.pk,
            "name": profile.name,
            "what": kind_title(profile.kind),
            "source": f"from {profile.source}" if profile.source else "",
            "headers": ", ".join(profile.headers),
            "who": str(profile.created_by) if profile.created_by else "–",
            "when": f"used {moment_words(profile.used_at)}"
            if profile.used_at
            else "never used yet",
        }
        for profile in profiles
    ]


def profiles_words(many: int) -> str:
    if not many:
        return "No mapping is kept yet."
    return "One mapping is kept." if many == 1 else f"{spelt(many).capitalize()} mappings are kept."
