"""What people who work here say and have seen; nothing about customers."""

from django.conf import settings
from django.db import models


class PageFeedback(models.Model):
    """Whether a page was useful to somebody of a role. Who it was is not kept.

    ``route`` is the address as the site knows it, without whose page it was.
    """

    route = models.CharField(max_length=200)
    useful = models.BooleanField()
    word = models.CharField(max_length=500, blank=True, default="")
    role = models.CharField(max_length=16)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["route"], name="page_feedback_by_route")]

    def __str__(self) -> str:
        return f"{self.route}: {'useful' if self.useful else 'not useful'}"


class TourAnswered(models.Model):
    """Somebody took the tour or said no: it is not offered again."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.user)
