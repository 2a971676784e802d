"""What models, methods and measures are called on pages, and how a figure is written."""

from core.formats import money

TITLES = {
    "churn": "Will not buy in the next {days} days",
    "orders": "Orders in the next {days} days",
    "spend": "Spend in the next {days} days",
    "recommendations": "What each customer may want",
}
# What each model says, in one sentence.
SAYS = {
    "churn": "Of 100 customers like this one, how many will not buy in the next {days} days.",
    "orders": "How many orders a customer will place in the next {days} days.",
    "spend": "How much a customer will spend in the next {days} days.",
    "recommendations": "Which products a customer will buy next, known ones and new ones.",
}
METHODS = {
    "promoted": "This model",
    "recency_rule": "Recency rule",
    "base_rate": "Base rate",
    "last_period": "Last period",
    "logistic_regression": "Logistic regression",
    "decision_tree": "Decision tree",
    "random_forest": "Random forest",
    "gradient_boosting": "Gradient boosting",
    "poisson_regression": "Poisson regression",
    "boosted_regression": "Boosted regression",
    "bg_nbd": "BG/NBD",
    "matrix_factorisation": "Matrix factorisation",
    "personal_rate": "Own rhythm",
    "popular_recent": "Popular lately",
    "content": "Alike in words and category",
    "item_neighbours": "Bought by the same customers",
}
GOALS = {
    "repeat": "Buy again", "discover": "Never bought before", "both": "Either",
}  # fmt: skip
# Measure → (what it is called, decimals, better is higher).
MEASURES = {
    "auc": ("AUC", 3, True),
    "average_precision": ("Average precision", 3, True),
    "brier": ("Brier", 3, False),
    "ece": ("Calibration error", 3, False),
    "accuracy": ("Accuracy", 3, True),
    "precision": ("Precision", 3, True),
    "recall": ("Recall", 3, True),
    "f1": ("F1", 3, True),
    "rmse": ("Typical miss (RMSE)", 2, False),
    "bias": ("Bias of the total", 3, False),
    "spearman": ("Rank correlation", 3, True),
    "ndcg@10": ("NDCG@10", 3, True),
    "recall@10": ("Recall@10", 3, True),
    "coverage": ("Coverage", 3, True),
}
# The measure that a model is first known by.
# The glossary's name of a measure, where it has one.
IN_GLOSSARY = {
    **{measure: measure for measure in MEASURES if "@" not in measure and measure != "coverage"},
    "ndcg@10": "ndcg_at_10",
    "recall@10": "recall_at_10",
}
FIRST = {"churn": "auc", "orders": "rmse", "spend": "rmse", "recommendations": "ndcg@10"}
SHOWN = {
    "churn": ("auc", "average_precision", "brier", "ece"),
    "orders": ("rmse", "bias", "spearman"),
    "spend": ("rmse", "bias", "spearman"),
    "recommendations": ("ndcg@10", "recall@10", "coverage"),
}
LIMITS = {
    "churn": "It knows purchases only: not prices elsewhere, not illness, not a move to another"
    " town. For customers with one order it says little more than the shop's mean.",
    "orders": "A total over many customers is far surer than the number of one customer.",
    "spend": "A total over many customers is far surer than the figure of one customer; large"
    " single purchases cannot be foreseen.",
    "recommendations": "Products that came into the shop lately are known by their words alone."
    " A list says what is likely to be bought, not what an offer would change.",
}


def title(name: str, days: int | None) -> str:
    return TITLES.get(name, name).format(days=days or "coming")


def method_words(method: str) -> str:
    return METHODS.get(method, method.replace("_", " ").capitalize())


def feature_words(name: str) -> str:
    """A feature's name as people read it: orders_30d is Orders, 30 days."""
    stem, _, window = name.rpartition("_")
    if stem and window.endswith("d") and window[:-1].isdecimal():
        return f"{stem.replace('_', ' ').capitalize()}, {window[:-1]} days"
    return name.replace("_", " ").capitalize()


def figure(name: str, measure: str, value: float | None) -> str:
    """A measure as it is written; money where the model forecasts money."""
    if value is None:
        return "–"
    if name == "spend" and measure == "rmse":
        return money(value)
    decimals = MEASURES[measure][1] if measure in MEASURES else 3
    return f"{value:.{decimals}f}".replace("-", "−")
