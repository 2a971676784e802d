"""The rows of benchmarks/results.json by their names; each measures ours and its peer in one go."""

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.campaigns import launch_for_everybody
from benchmarks.groups import (
    count_a_preview,
    count_a_preview_of_purchases,
    export_members,
    keep_memberships,
)
from benchmarks.importing import bring_in_dirty_files
from benchmarks.learners import build_features, cluster_many, fit_a_prediction, score_customers
from benchmarks.lists import factorise, rank_everybody, recommend_over_http
from benchmarks.measuring import Result
from benchmarks.pages import open_every_page
from benchmarks.record import bring_in_real_lines

ROWS: dict[str, Callable[[Path], Result | Iterator[Result]]] = {
    "import": bring_in_dirty_files,
    "import-real": bring_in_real_lines,
    "features": build_features,
    "clustering": cluster_many,
    "preview": count_a_preview,
    "preview-events": count_a_preview_of_purchases,
    "membership": keep_memberships,
    "export": export_members,
    "predict-fit": fit_a_prediction,
    "predict-score": score_customers,
    "factorisation": factorise,
    "topk": rank_everybody,
    "recommend-http": recommend_over_http,
    "launch": launch_for_everybody,
    "pages": open_every_page,
}
