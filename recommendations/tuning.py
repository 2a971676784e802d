"""What is chosen for a shop on its own past: half-lives, weights, and who answers for each goal.

Everything is chosen on purchases before ``as_of``. The last window before it is the one that is
looked at; models and weights judged there were fitted on what came before that window.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeVar

import numpy as np

from analytics.ranking import judge, paired_error
from analytics.topk import top_k
from core.contracts.recommender import Arrays, Interactions, Recommender
from recommendations.candidates import Sources, part
from recommendations.recommenders.blend import GOALS, Blend, Goal, Lesson, fixed, weighted
from recommendations.recommenders.content import Content
from recommendations.recommenders.item_neighbours import ItemNeighbours
from recommendations.recommenders.matrix_factorisation import MatrixFactorisation
from recommendations.recommenders.personal_rate import PersonalRate
from recommendations.recommenders.popular_recent import PopularRecent

Profile = Literal["fast", "full"]
Weights = Mapping[Goal, Sequence[float]]
Method = TypeVar("Method", bound=Recommender)
K = 10
POPULAR_HALF_LIVES = (7.0, 14.0, 28.0, 60.0, 120.0)
PERSONAL_HALF_LIVES = (30.0, 60.0, 120.0, 240.0)
# The full profile, and a shop small enough, tries these one after the other, each with what was
# best before it.
FACTORISATIONS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("regularisation", (1.0, 3.0, 10.0, 30.0, 100.0)),
    ("half_life", (120.0, 365.0)),
)
# Fewer purchases in the window, and defaults stand: its figures would be chance.
LEAST_PURCHASES = 300
# A factorisation of so few purchases takes a moment.
QUICK = 150_000
CUSTOMERS: dict[Profile, int] = {"fast": 800, "full": 2_000}


@dataclass(frozen=True)
class Chosen:
    """The methods with their options, the weights in ``blend``, and what spoke for them."""

    methods: dict[str, Recommender]
    promoted: dict[Goal, str]
    # {goal: {method: NDCG@10 in the window that was looked at}}; empty where none was.
    figures: dict[Goal, dict[str, float]] = field(default_factory=dict)
    window: tuple[str, str] | None = None
    # {goal: (how much better in the window than an earlier version's weights, standard error)}.
    gains: dict[str, tuple[float, float]] = field(default_factory=dict)

    def parameters(self) -> dict[str, Any]:
        """For ModelVersion: every option and weight, and the window that chose them; plain JSON."""
        told = {
            "methods": {key: asdict(method) for key, method in self.methods.items()},
            "promoted": self.promoted,
            "window": self.window,
        }
        plain: dict[str, Any] = json.loads(json.dumps(told))
        return plain


def defaults(horizon: int = 28, seed: int = 0) -> Chosen:
    """What a shop gets whose past is too short to choose by."""
    learnt = {goal: tuple(map(float, fixed(goal))) for goal in GOALS}
    found: list[Recommender] = [
        Blend(horizon=horizon, learnt=learnt, sources=Sources(MatrixFactorisation(seed=seed))),
        MatrixFactorisation(seed=seed), PersonalRate(), PopularRecent(), Content(),
        ItemNeighbours(),
    ]  # fmt: skip
    return Chosen({method.key: method for method in found}, dict.fromkeys(GOALS, Blend.key))


def choose(
    interactions: Interactions, *, horizon: int = 28, profile: Profile = "fast", seed: int = 0,
    incumbent: Weights | None = None,
) -> Chosen:  # fmt: skip
    """Look at the last window before ``as_of``; then learn the weights from it too.

    ``incumbent``: the weights of the version that answers now, judged in the window as well.
    """
    start = defaults(horizon, seed)
    origin = interactions.as_of - horizon
    past = interactions.before(origin)
    seen = int(np.count_nonzero(interactions.day >= origin))
    if seen < LEAST_PURCHASES or not len(past.day) or origin - int(past.day.min()) < horizon:
        return start
    window = Window.of(interactions, past, CUSTOMERS[profile], seed)
    # One window more for what is quick to fit: a half-life should not follow one month's chance.
    before = past.before(origin - horizon)
    enough = len(before.day) and origin - horizon - int(before.day.min()) >= horizon
    windows = [window, *([Window.of(past, before, CUSTOMERS[profile], seed)] if enough else [])]
    methods = _tuned(start.methods, windows, profile)
    blend, figures, gains = _blend(
        methods, interactions, window, CUSTOMERS[profile], incumbent or {}
    )
    methods[Blend.key] = blend
    for goal in GOALS:
        for key in (k for k in methods if k != Blend.key):
            figures[goal][key] = window.ndcg(methods[key], goal)
    best = {goal: max(figures[goal], key=lambda key: figures[goal][key]) for goal in GOALS}
    days = (date.fromordinal(origin).isoformat(), date.fromordinal(origin + horizon).isoformat())
    return Chosen(methods, best, {goal: dict(figures[goal]) for goal in GOALS}, days, gains)


def fit_all(chosen: Chosen, interactions: Interactions) -> dict[str, Arrays]:
    """The arrays of each method by its key; the blend's two sources are fitted once."""
    blend = chosen.methods[Blend.key].fit(interactions)
    found = {Blend.key: blend}
    for key, method in chosen.methods.items():
        own = part(blend, key)
        if key != Blend.key:
            found[key] = own or method.fit(interactions)
    return found


@dataclass(frozen=True)
class Window:
    """Customers of one past window, their purchases before it and in it."""

    past: Interactions
    histories: Interactions
    truths: dict[Goal, list[Any]]
    fitted: dict[Recommender, Arrays] = field(default_factory=dict)
    judged: dict[tuple[Recommender, str], float] = field(default_factory=dict)

    @classmethod
    def of(cls, later: Interactions, past: Interactions, most: int, seed: int) -> "Window":
        after = later.day >= past.as_of
        known = np.flatnonzero(np.diff(past.starts) > 0)
        came = np.intersect1d(np.unique(later.customer[after]), known)
        chosen = np.sort(np.random.default_rng(seed).permutation(came)[:most])
        pairs = past.pairs()
        truths: dict[Goal, list[Any]] = {"repeat": [], "discover": []}
        for row in chosen:
            here = slice(later.starts[row], later.starts[row + 1])
            bought = np.unique(later.product[here][after[here]])
            truths["repeat"].append(bought)
            truths["discover"].append(np.setdiff1d(bought, pairs.row(row)[0]))
        return cls(past, past.rows(chosen), truths)

    def ndcg(self, method: Recommender, goal: Goal) -> float:
        """NDCG@10 over the customers who have a truth for the goal."""
        if (method, goal) not in self.judged:
            if method not in self.fitted:
                self.fitted[method] = method.fit(self.past)
            hits, sizes = hits_of(
                method, self.fitted[method], self.histories, self.truths[goal], goal
            )
            self.judged[method, goal] = float(judge(hits, sizes).ndcg.mean()) if len(sizes) else 0
        return self.judged[method, goal]


def hits_of(
    method: Recommender, arrays: Mapping[str, Any], histories: Interactions, truths: list[Any],
    goal: Goal, k: int = K, block: int = 128,
) -> tuple[Any, Any]:  # fmt: skip
    """Hits among the k best and sizes of the truths, of customers who have a truth."""
    rows = np.array([row for row, truth in enumerate(truths) if len(truth)], np.int64)
    hits = np.zeros((len(rows), k), bool)
    for at in range(0, len(rows), block):
        some = rows[at : at + block]
        found = ranked(method, arrays, histories.rows(some), goal, k)
        for n, row in enumerate(some):
            hits[at + n, : found.shape[1]] = np.isin(found[n], truths[row]) & (found[n] >= 0)
    return hits, np.array([len(truths[row]) for row in rows], np.int64)


def ranked(
    method: Recommender, arrays: Mapping[str, Any], histories: Interactions, goal: Goal, k: int
) -> Any:
    """The k best products of each customer, −1 where there are no more."""
    scores = method.scores(arrays, histories)
    if goal == "discover":
        pairs = histories.pairs()
        scores[pairs.customer, pairs.product] = -np.inf
    return top_k(scores, k)[0]


def _tuned(
    start: Mapping[str, Recommender], windows: list[Window], profile: Profile
) -> dict[str, Recommender]:
    methods = dict(start)
    popular = _best(
        (PopularRecent(half_life) for half_life in POPULAR_HALF_LIVES), windows, "discover"
    )
    personal = (PersonalRate(half_life, popular.half_life) for half_life in PERSONAL_HALF_LIVES)
    methods[PopularRecent.key] = popular
    methods[PersonalRate.key] = _best(personal, windows, "repeat")
    if profile == "full" or len(windows[0].past.day) < QUICK:
        model: Any = methods[MatrixFactorisation.key]
        for name, values in FACTORISATIONS:
            tried = [replace(model, **{name: value}) for value in values]
            model = _best(tried, windows[:1], "discover")
        methods[MatrixFactorisation.key] = model
    return methods


def _best(tried: Iterable[Method], windows: list[Window], goal: Goal) -> Method:
    """The one with the best figure over all windows; of equals the first."""
    return max(tried, key=lambda method: sum(window.ndcg(method, goal) for window in windows))


def _blend(
    methods: Mapping[str, Recommender], interactions: Interactions, window: Window, sample: int,
    incumbent: Weights,
) -> tuple[Blend, dict[Goal, dict[str, float]], dict[str, tuple[float, float]]]:  # fmt: skip
    """The blend with weights learnt from both windows, and the figures of weights learnt from the
    earlier one alone in the later one; fixed weights stay where learnt ones are no better."""
    factorisation: Any = methods[MatrixFactorisation.key]
    sources = Sources(factorisation=factorisation)
    start = methods[Blend.key]
    assert isinstance(start, Blend)
    blend = replace(start, sources=sources, sample=sample)
    arrays = sources.fit(window.past)
    for method in (sources.factorisation, sources.neighbours):
        window.fitted[method] = part(arrays, method.key)
    later = blend.lesson_of(arrays, window.past, interactions)
    earlier = blend.lessons(window.past, windows=1)
    learnt: dict[Goal, tuple[float, ...]] = {}
    figures: dict[Goal, dict[str, float]] = {}
    gains: dict[str, tuple[float, float]] = {}
    for goal in GOALS:
        stands = fixed(goal)
        found, plain = (ndcg_of(later, goal, w) for w in (blend.learn(earlier, goal), stands))
        better = found.mean() > plain.mean() if len(found) else False
        weights = blend.learn([later, *earlier], goal) if better else stands
        learnt[goal] = tuple(map(float, weights))
        mine = found if better else plain
        figures[goal] = {Blend.key: float(mine.mean()) if len(mine) else 0.0}
        if len(incumbent.get(goal, ())) == len(stands) and len(mine):
            theirs = ndcg_of(later, goal, np.array(incumbent[goal], np.float32))
            gains[goal] = (float((mine - theirs).mean()), paired_error(mine, theirs))
    return replace(blend, learnt=learnt), figures, gains


def ndcg_of(lesson: Lesson, goal: Goal, weights: Any) -> Any:
    """NDCG@10 of a blend with these weights, of each of a lesson's customers with a truth."""
    kept = lesson.of_goal(goal)
    customer = lesson.candidates.customer[kept]
    scores, happened = weighted(weights, lesson.candidates)[kept], lesson.happened[kept]
    order = np.lexsort((-scores, customer))
    customer, happened = customer[order], happened[order]
    place = np.arange(len(customer)) - np.searchsorted(customer, customer)
    hits = np.zeros((lesson.customers, K), bool)
    best = place < K
    hits[customer[best], place[best]] = happened[best]
    there = lesson.truths[goal] > 0
    return judge(hits[there], lesson.truths[goal][there]).ndcg
