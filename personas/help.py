"""The page of help: what a role does here, in the order of a day."""

from typing import Any

from django.urls import reverse

from accounts.capabilities import Capability
from accounts.models import User
from personas.search.pages import VERBS

KEYS = (
    ("Ctrl K", "find anything: customers, products, segments, campaigns, pages"),
    ("/", "search the table of the page; without one, everything"),
    ("?", "this list"),
    ("↑ ↓", "go through what was found"),
    ("Enter", "open what is marked"),
    ("Esc", "close what is open, and go back to where one was"),
)
# Questions that people ask, with the page that answers and what one must be allowed to see it.
QUESTIONS = (
    ("Why is this customer in this group?", "customers", Capability.VIEW_CUSTOMERS,
     "A customer’s page says each score with the cut-offs that earn it."),
    ("May I write to them?", "customers", Capability.VIEW_CUSTOMERS,
     "A customer’s page says for each channel what was agreed to, when and where."),
    ("Did the campaign work?", "campaigns", Capability.VIEW_RESULTS,
     "A result compares the treated with people held out by chance, and says how sure it is."),
    ("Can I trust the predictions?", "models", Capability.VIEW_RESULTS,
     "Each model stands beside simple rules that it must beat, on weeks it had not seen."),
    ("What happened to the rows that are missing?", "ingestion:list", Capability.IMPORT_DATA,
     "Every rejected row of a file is kept with its reason and what to do about it."),
    ("Why do names show as dots?", "help", Capability.VIEW_RESULTS,
     "Names are for roles that need them; each look is written down. An admin gives roles."),
    ("Who looked at what?", "audit", Capability.VIEW_OPERATIONS,
     "Every unmasking, export and launch is audited with its person."),
)  # fmt: skip


def help_for(user: User) -> dict[str, Any]:
    verbs = [verb for verb in VERBS if user.can(verb.capability) and verb.route != "help"]
    return {
        "finding": f"What you can do here as {user.get_role_display()}.",
        "lede": "Each line opens the page where it is done. What your role may not do is left out;"
        " an admin can change your role.",
        "verbs": [{"label": verb.label, "url": reverse(verb.route)} for verb in verbs],
        "keys": KEYS,
        "questions": [
            {"asked": asked, "url": reverse(route), "answer": answer}
            for asked, route, capability, answer in QUESTIONS
            if user.can(capability)
        ],
    }
