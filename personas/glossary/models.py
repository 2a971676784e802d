"""Words about predictions and recommendations: how good they are, and compared with what."""

from personas.glossary.term import Chapter, Term

PREDICTIONS = Chapter(
    "Predictions",
    "predictions",
    "Measured on windows that came after everything the model had learnt from.",
    [
        Term(
            "horizon", "Horizon", "how many days a prediction looks ahead",
            how="The organisation’s setting; without one the time by which 80 % of returning"
            " customers have returned.", unit="days",
        ),
        Term(
            "promoted", "In use",
            "the version that answers now: it beat the baselines and the one before",
            how="Judged on the last four windows of one horizon each; every other version is kept"
            " with its evidence and can be promoted by hand.",
        ),
        Term(
            "baseline", "Baseline", "a simple rule that a model must beat to be worth anything",
            how="The base rate, the last period, and the customer’s own rhythm (recency rule).",
        ),
        Term(
            "auc", "AUC",
            "of one who left and one who stayed, how often the model gives the first the higher"
            " score; 0.5 is chance, 1 is perfect",
            how="Mann–Whitney, ties count half.",
        ),
        Term(
            "average_precision", "Average precision",
            "how pure the top of the ranking is: the mean share of true leavers at each of them",
            how="Σ (recall now − recall before) × precision, over the distinct scores from the"
            " highest down.",
        ),
        Term(
            "brier", "Brier score",
            "how far probabilities lie from what came, squared; 0 is perfect, lower is better",
            how="Mean of (probability − outcome)², the outcome being 1 or 0.",
        ),
        Term(
            "log_loss", "Log loss",
            "how surprised the model is by what came; lower is better",
            how="Mean of −ln of the probability that was given to what came.",
        ),
        Term(
            "ece", "Calibration error",
            "how far “70 of 100 will leave” is from how many of 100 did",
            how="Customers in ten parts of equal size by score: mean absolute difference between"
            " mean score and share that left (expected calibration error).",
        ),
        Term(
            "lift", "Lift",
            "how many times as many leavers the top tenth holds as a tenth drawn by chance",
            how="Share of leavers among the tenth with the highest scores ÷ share among all.",
        ),
        Term(
            "accuracy", "Accuracy", "of 100 customers, how many are told rightly",
            how="With the cut-off that makes F1 largest. Says little where few leave.",
        ),
        Term("precision", "Precision", "of those said to leave, the share that left"),
        Term("recall", "Recall", "of those who left, the share that was said to"),
        Term("f1", "F1", "the harmonic mean of precision and recall",
             how="2 × precision × recall ÷ (precision + recall)."),
        Term(
            "rmse", "RMSE", "how far a predicted number typically is from what came",
            how="Root of the mean squared difference; large misses weigh most.",
        ),
        Term(
            "bias", "Bias", "by how much the predictions are too high or too low in all",
            how="Predicted total ÷ actual total − 1.",
        ),
        Term(
            "spearman", "Rank correlation",
            "how alike customers are ordered by prediction and by what came, −1 to 1",
            how="Correlation of mean ranks (Spearman).",
        ),
        Term(
            "drift", "Drift", "whether today’s customers still look like those learnt from",
            how="A feature’s distribution now against that of the training.",
        ),
    ],
)  # fmt: skip

RECOMMENDATIONS = Chapter(
    "Recommendations",
    "recommendations",
    "Lists of ten, judged by what customers bought in the following weeks.",
    [
        Term(
            "ndcg_at_10", "NDCG of ten",
            "how much of what was bought stands high in the list; 1 is a perfect order",
            how="Each hit counts 1 ÷ log₂(place + 1); divided by what a perfect list of ten would"
            " have; mean over customers.",
        ),
        Term(
            "recall_at_10", "Recall of ten",
            "the share of what a customer then bought that stood among the ten",
            how="Hits ÷ products bought, mean over customers.",
        ),
        Term(
            "map_at_10", "Mean average precision of ten",
            "how early the hits come in the list",
            how="Mean over min(10, bought) of the precision at each hit.",
        ),
        Term(
            "basket_lift", "Bought together",
            "how many times as often two products lie in one basket as chance would have it",
            how="Baskets with both × all baskets ÷ (baskets with one × baskets with the other).",
        ),
        Term(
            "discovery", "Discovery", "a product that the customer never bought before",
            how="“Repeat” ranks every product, “discover” only new ones, “both” puts one discovery"
            " after two repeats.",
        ),
    ],
)  # fmt: skip
