"""What colleagues wrote about a customer, as the customer page shows it."""

from typing import Any

from core.formats import counted, short_day
from customers.models import Customer, Note
from customers.selectors import masked_text, notes, struck_notes

SHOWN = 8


def note_words(customer: Customer, *, personal: bool, struck: int | None) -> dict[str, Any]:
    """The newest notes; ``struck`` is the one that has just been taken off, to be put back."""
    shown, many = list(notes(customer)[:SHOWN]), notes(customer).count()
    return {
        "finding": _finding(shown, many),
        "note": f"{len(shown)} of {counted(many, 'note')}, the newest" if many > SHOWN else "",
        "rows": [_row(note, personal=personal) for note in shown],
        "struck": _struck(customer, struck),
    }


def _finding(shown: list[Note], many: int) -> str:
    if not shown:
        return "Nobody has left a note"
    author = str(shown[0].author or "somebody who has left")
    written = f"{author} wrote on {short_day(shown[0].written_at)}"
    return f"{counted(many, 'note')}: {written} last" if many > 1 else written


def _row(note: Note, *, personal: bool) -> dict[str, Any]:
    author = note.author
    role = f", {author.get_role_display().lower()}" if author else ""
    return {
        "number": note.pk,
        "text": masked_text(note.text, personal=personal),
        "by": f"{author or 'Somebody who has left'}{role} · {short_day(note.written_at)}",
    }


def _struck(customer: Customer, number: int | None) -> int | None:
    """Its number while it is struck: what stands in an address may be anything."""
    there = number is not None and struck_notes(customer).filter(pk=number).exists()
    return number if there else None
