from typing import Any, ClassVar

from core.contracts.person import PersonVerbs
from predictions.selectors import churn_reasons


class PredictionsPeople(PersonVerbs):
    """Reasons stand in a family's file of features, which forgets them there; here they are told.

    Scores are features and told by them.
    """

    key: ClassVar[str] = "predictions"

    def forget(self, customer_pk: int) -> dict[str, int]:
        return {}

    def disclose(self, customer_pk: int) -> dict[str, Any]:
        found = churn_reasons(customer_pk)
        told = [r.words for r in found.reasons] if found else []
        return {"churn_reasons": told}

    def repoint(self, source_pk: int, target_pk: int) -> dict[str, list[int]]:
        return {}

    def repoint_back(self, journal: dict[str, list[int]], source_pk: int, target_pk: int) -> None:
        """Nothing was moved: scores and reasons are made anew."""
