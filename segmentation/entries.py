"""Recency, frequency and monetary value as people write them: one entry, or a pasted list."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from segmentation.assignment import MOST_ROWS

DIMENSIONS = ("recency_days", "purchase_frequency", "purchase_monetary_value")
LABELS = {
    "recency_days": "Recency",
    "purchase_frequency": "Frequency",
    "purchase_monetary_value": "Monetary value",
}
# What people write above a column, by how it begins.
HEADERS = {
    "recency": DIMENSIONS[0],
    "frequency": DIMENSIONS[1],
    "purchase_frequency": DIMENSIONS[1],
    "monetary": DIMENSIONS[2],
    "purchase_monetary": DIMENSIONS[2],
}
LARGEST = 1e12
SHOWN = 40
MOST_LETTERS = 1_000_000
Figures = dict[str, float]


@dataclass(frozen=True)
class Problem:
    """What is wrong in a line, where, and what to write instead."""

    row: int
    column: str
    value: str
    reason: str
    remedy: str


@dataclass(frozen=True)
class Pasted:
    """The lines that can be answered with their numbers, and what is wrong with the others."""

    rows: list[tuple[int, Figures]]
    problems: list[Problem]


def number(text: str, name: str) -> tuple[float | None, Problem | None]:
    """The figure, or what is wrong with it (row 0)."""
    try:
        value = float(text.strip())
    except ValueError:
        reason = "not a number" if text.strip() else "empty"
        remedy = "Write it with digits and a point, like 34 or 34.50."
        return None, Problem(0, LABELS[name], text[:SHOWN], reason, remedy)
    if not math.isfinite(value) or value > LARGEST:
        return None, Problem(0, LABELS[name], text[:SHOWN], "too large", "Write a real figure.")
    if value < 0:
        return None, Problem(0, LABELS[name], text[:SHOWN], "negative", "Write 0 or more.")
    return value, None


def entry(sent: Mapping[str, str]) -> tuple[Figures, dict[str, Problem]]:
    """The three figures of a form, and what is wrong by name."""
    found, wrong = {}, {}
    for name in DIMENSIONS:
        value, problem = number(sent.get(name, ""), name)
        if problem:
            wrong[name] = problem
        elif value is not None:
            found[name] = value
    return found, wrong


def pasted(text: str) -> Pasted:
    """A list as it comes from a spreadsheet or a file; a first line of names may order it."""
    names, rows, problems = DIMENSIONS, [], []
    for place, (row, cells) in enumerate(_lines(text[:MOST_LETTERS])):
        if place == 0 and (ordered := _header(cells)):
            names = ordered
            continue
        figures, wrong = _figures(row, cells, names)
        problems += wrong
        if not wrong and len(rows) < MOST_ROWS:
            rows.append((row, figures))
        elif not wrong:
            problems.append(_too_many(row))
            break
    return Pasted(rows, problems)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number, cells) of each line that holds anything; tabs, semicolons, commas or blanks."""
    for row, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        divider = next((mark for mark in "\t;," if mark in line), None)
        cells = next(csv.reader(io.StringIO(line), delimiter=divider)) if divider else line.split()
        yield row, [cell.strip() for cell in cells]


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    """The order that a line of names gives; empty where the line is no such line."""
    words = [cell.lower().replace(" ", "_") for cell in cells]
    found = [next((n for start, n in HEADERS.items() if word.startswith(start)), "") for word in
             words]  # fmt: skip
    return tuple(found) if set(DIMENSIONS) <= set(found) else ()


def _figures(row: int, cells: Sequence[str], names: Sequence[str]) -> tuple[Figures, list[Problem]]:
    found, wrong = {}, []
    for place, name in enumerate(names):
        if not name:
            continue
        if place >= len(cells):
            remedy = "Write recency, frequency and monetary value in each line."
            wrong.append(Problem(row, LABELS[name], "", "missing", remedy))
            continue
        value, problem = number(cells[place], name)
        if problem:
            wrong.append(
                Problem(row, problem.column, problem.value, problem.reason, problem.remedy)
            )
        elif value is not None:
            found[name] = value
    if len(cells) > len(names):
        remedy = "Divide lines by tabs or semicolons where numbers have commas in them."
        wrong.append(Problem(row, "", cells[-1][:SHOWN], "more than three figures", remedy))
    return found, wrong


def _too_many(row: int) -> Problem:
    return Problem(row, "", "", f"beyond {MOST_ROWS:,} lines", "Paste the rest as another list.")
