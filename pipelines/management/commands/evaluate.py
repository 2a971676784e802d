from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from core.commands import ProductCommand
from pipelines.evaluations import EVALUATIONS, evaluate

# What a person reads of a row; everything else is in --json.
SHOWN = (
    "auc", "average_precision", "brier", "ece", "f1", "rmse", "bias", "spearman", "ndcg@10",
    "recall@10", "coverage", "silhouette", "davies_bouldin", "stability", "accuracy",
    "standard_error",
)  # fmt: skip


class Command(ProductCommand):
    help = "Judge a learner on later windows of a shop's own past, its baselines beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", choices=list(EVALUATIONS))
        parser.add_argument("--horizon-days", type=_days, metavar="D")
        parser.add_argument(
            "--data", default="", metavar="demo|DIR", help="instead of this installation's record"
        )

    def answer(self, **options: Any) -> dict[str, Any]:
        return evaluate(
            name=options["name"],
            data=options["data"],
            horizon_days=options["horizon_days"],
            now=timezone.now(),
        )

    def say(self, answer: dict[str, Any]) -> str:
        rows = answer["rows"]
        columns = [name for name in SHOWN if any(row.get(name) is not None for row in rows)]
        titles = [_title(row) for row in rows]
        width = max([len(title) for title in titles], default=0)
        head = " " * width + "".join(f"{name:>18}" for name in columns)
        lines = [
            f"{title:<{width}}" + "".join(f"{_figure(row.get(name)):>18}" for name in columns)
            for title, row in zip(titles, rows, strict=True)
        ]
        return "\n".join([f"{answer['name']} as of {answer['as_of']}", head, *lines])


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 3650:
        raise ValueError(text)
    return days


def _title(row: dict[str, Any]) -> str:
    parts = (row.get("method"), row.get("goal"), f"k = {row['k']}" if "k" in row else None)
    return " ".join(str(part) for part in parts if part)


def _figure(value: Any) -> str:
    return "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
