from django.db import models


class Shelf(models.Model):
    """A table that no app of the house knows."""

    code = models.TextField(unique=True)
    height = models.IntegerField()
    load_id = models.BigIntegerField()

    def __str__(self) -> str:
        return self.code
