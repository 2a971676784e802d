"""A pasted list, answered line by line: as rows of a page, and as CSV."""

from collections.abc import Iterator
from typing import Any

from core.downloads import csv_line
from core.formats import counted, money, whole
from segmentation.assignment import assign
from segmentation.entries import DIMENSIONS, Pasted, Problem
from segmentation.entry_page import colours
from segmentation.models import Grouping

SHOWN = 50
ANSWER = ("cluster", "name", "description", "border", "weak")
WRONG = ("column", "value", "reason", "remedy")


def list_page(sent: Pasted, grouping: Grouping) -> dict[str, Any]:
    """The first lines with their clusters, and the first that cannot be answered."""
    answers, css = _answers(sent, grouping), colours(grouping)
    rows = [
        {
            "row": row,
            "figures": f"{whole(f[DIMENSIONS[0]])}, {whole(f[DIMENSIONS[1]])},"
            f" {money(f[DIMENSIONS[2]])}",
            "name": answer["name"],
            "css": css[answer["cluster"]] if answer["cluster"] < len(css) else "",
            "border": f"{answer['border']:.2f}",
        }
        for (row, f), answer in zip(sent.rows[:SHOWN], answers, strict=False)
    ]
    return {
        "finding": _finding(sent),
        "note": _note(sent),
        "rows": rows,
        "problems": sent.problems[:SHOWN],
    }


def list_csv(sent: Pasted, grouping: Grouping) -> Iterator[bytes]:
    """Every line in its order: its cluster, or what is wrong with it."""
    answers = _answers(sent, grouping)
    told: list[tuple[int, list[Any]]] = [
        (row, [row, *(figures[n] for n in DIMENSIONS), *(answer[n] for n in ANSWER), *[""] * 4])
        for (row, figures), answer in zip(sent.rows, answers, strict=True)
    ]
    told += [(p.row, [p.row, *[""] * 8, *_wrong(p)]) for p in sent.problems]
    yield csv_line(["row", *DIMENSIONS, *ANSWER, *WRONG])
    for _, cells in sorted(told, key=lambda line: line[0]):
        yield csv_line(cells)


def _answers(sent: Pasted, grouping: Grouping) -> list[dict[str, Any]]:
    figures = [row for _, row in sent.rows]
    return assign(figures, grouping) if figures else []


def _wrong(problem: Problem) -> list[str]:
    return [problem.column, problem.value, problem.reason, problem.remedy]


def _finding(sent: Pasted) -> str:
    if not sent.rows and not sent.problems:
        return "The list is empty"
    answered = counted(len(sent.rows), "line")
    lines = len({problem.row for problem in sent.problems})
    if not lines:
        return f"A list: {answered} answered"
    return f"A list: {answered} answered, {whole(lines)} not"


def _note(sent: Pasted) -> str:
    if len(sent.rows) <= SHOWN:
        return ""
    return f"The first {SHOWN}; all {whole(len(sent.rows))} are in the CSV."
