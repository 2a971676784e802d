"""What people who work here say about the pages."""

from django.db import transaction

from accounts.models import User
from core.errors import NotFound
from personas.models import PageFeedback, TourAnswered

LONGEST_WORD = 500


@transaction.atomic
def say_useful(*, route: str, useful: bool, role: str) -> PageFeedback:
    """Not audited: the audit would name who said it, and people would say less."""
    return PageFeedback.objects.create(route=route, useful=useful, role=role)


@transaction.atomic
def add_word(*, number: int, word: str) -> PageFeedback:
    """What was missing, in words; said again it replaces what was said."""
    feedback = PageFeedback.objects.select_for_update().filter(pk=number).first()
    if feedback is None:
        raise NotFound("What you said about this page was taken back already.")
    feedback.word = word.strip()[:LONGEST_WORD]
    feedback.save(update_fields=["word"])
    return feedback


@transaction.atomic
def take_back(*, number: int) -> None:
    PageFeedback.objects.filter(pk=number).delete()


@transaction.atomic
def answer_tour(*, user: User) -> None:
    TourAnswered.objects.get_or_create(user=user)
