"""Words about segments: groups, scores, clusters, moves, who may be written to."""

from personas.glossary.term import Chapter, Term

SEGMENTS = Chapter(
    "Segments and reach",
    "segments",
    "Who belongs together, and whom one may write to.",
    [
        Term(
            "customers", "Customers", "how many customers the figures know",
            how="Everybody in the record is one, also before a first order; whoever has none is"
            " among the Prospects.",
        ),
        Term(
            "group_size", "Size of a group",
            "how many customers are in the group as of the newest refresh",
            how="The whisker shows how many it would be if every cut-off were up to 10 % higher or"
            " lower.",
        ),
        Term(
            "group_revenue", "Revenue of a group",
            "what the customers who are in the group now have spent in all",
            how="Sum of purchase_monetary_value over the group; shares are of all customers’ sum.",
            unit="money",
        ),
        Term(
            "rfm_groups", "RFM groups",
            "customers by how recently, how often and for how much they bought",
            how="Recency, frequency and money each become a score of 1 to 5 by cut-offs that divide"
            " all customers into fifths. The mean of the scores for frequency and money and the"
            " score for recency name the group, by a table of 25 cells that marketing may change."
            " Cut-offs are kept from refresh to refresh, so that a move is the customer’s own.",
        ),
        Term(
            "reachable", "Reachable",
            "customers who may be written to by a channel now",
            how="The newest consent for the channel says yes, the customer is not suppressed on it,"
            " and fewer messages than the organisation’s cap were sent in its days. Checked again"
            " at the moment of sending.",
        ),
        Term(
            "money_at_stake", "Money at stake",
            "what those who moved spent in the 365 days before the later moment",
            how="Lines that count, of [moment − 365 local days, moment).", unit="money",
        ),
        Term(
            "sureness", "How sure the groups are",
            "how many customers would change group if cut-offs moved a little",
            how="All cut-offs are moved by 10 % up and down; “renamed” counts the customers whose"
            " group changes in either.",
        ),
        Term(
            "stability", "Stability of clusters",
            "how alike the clusters come out when customers are drawn anew, 1 being the same",
            how="Mean adjusted agreement (adjusted Rand index) between the clusters of samples"
            " drawn with replacement.",
        ),
        Term(
            "silhouette", "Silhouette",
            "how much nearer customers are to their own cluster than to the next, −1 to 1",
            how="(distance to the next − distance to one’s own) ÷ the larger of both, on average.",
        ),
        Term(
            "davies_bouldin", "Davies–Bouldin",
            "how wide clusters are compared with the distance between them; lower is better",
            how="For each cluster the worst ratio of summed widths to distance, on average.",
        ),
        Term(
            "wcss", "WCSS", "how far customers lie from the middle of their cluster, squared",
            how="Sum of squared distances to the cluster means; more clusters always lower it.",
        ),
    ],
)  # fmt: skip
