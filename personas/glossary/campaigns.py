"""Words about campaigns: what came of them, and how sure that is."""

from personas.glossary.term import Chapter, Term

CAMPAIGNS = Chapter(
    "Campaigns",
    "campaigns",
    "Treated customers against a control group drawn by chance.",
    [
        Term(
            "treated", "Treated", "customers to whom the campaign was assigned",
            how="As assigned at the launch, whether or not a message arrived: anything else would"
            " compare unlike people.",
        ),
        Term(
            "control", "Control", "customers held out by chance: what would have come anyway",
            how="A hash of campaign and customer decides, so that a second launch moves nobody.",
        ),
        Term(
            "uplift", "Uplift (extra revenue per customer)",
            "what the campaign added: the mean of the treated less the mean of the control group",
            how="Money spent from the launch to the horizon’s end. What spend before the launch"
            " explains is taken off both (CUPED); the interval is Welch’s, 95 %.", unit="money",
        ),
        Term(
            "uplift_in_all", "Extra revenue in all",
            "the uplift of one customer times all treated", unit="money",
            how="The interval is that of the uplift, times all treated.",
        ),
        Term(
            "interval", "95 % interval",
            "the range that holds the true value in 95 of 100 such campaigns",
            how="Where it holds 0 there is not enough evidence of any effect.",
        ),
        Term(
            "holm", "Adjusted p (Holm)",
            "how likely a difference like this is by chance, when several things are looked at",
            how="The k-th smallest of m p values is multiplied by m − k + 1.",
        ),
        Term(
            "detectable_effect", "Detectable effect",
            "the smallest effect that this many customers can show",
            how="(t for 95 % confidence + t for 80 % power) × √(variance ÷ treated + variance ÷"
            " control), the variance being that of spend before.",
        ),
        Term(
            "sample_ratio", "Fair split",
            "whether the groups have the sizes that chance should have given them",
            how="Chi-square test of the group sizes; an alarm under p = 0.001 says that something"
            " but chance chose.",
        ),
        Term(
            "return_on_campaign", "Return", "extra revenue less what the campaign cost",
            how="Uplift × treated − offer cost × treated, before the cost of goods.", unit="money",
        ),
        Term(
            "frequency_cap", "Frequency cap",
            "how many messages one customer gets at most in so many days, of all campaigns",
        ),
    ],
)  # fmt: skip
