from django.db import models


class Kind(models.TextChoices):
    """What an entry gives; only a fallback may give nothing."""

    PRODUCTS = "products"
    OFFER = "offer"
    CONTENT = "content"
    NOTHING = "nothing"


class Slot(models.Model):
    """A named place on a page or in an e-mail that asks what to show to one customer."""

    # In the shop's own pages: it never changes.
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    # Where it stands, for people.
    place = models.CharField(max_length=200, blank=True, default="")
    # What whoever fits no entry gets, as campaigns.giving.checked leaves it.
    fallback_kind = models.CharField(max_length=16, choices=Kind, default=Kind.NOTHING)
    fallback_gives = models.JSONField(default=dict)
    # Counts each edit, so that two people do not overwrite each other.
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class SlotEntry(models.Model):
    """What a slot gives to whom; the first entry that fits a customer wins."""

    slot = models.ForeignKey(Slot, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    # A rule as segments have it; empty: everybody.
    definition = models.JSONField(default=dict, blank=True)
    kind = models.CharField(max_length=16, choices=Kind)
    gives = models.JSONField(default=dict)
    # Only its treated customers get the entry, and only while it runs. Never SET_NULL: that would
    # give it to the control group.
    campaign = models.ForeignKey(
        "campaigns.Campaign", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["slot", "position"]
        constraints = [
            models.UniqueConstraint(fields=["slot", "position"], name="slot_entry_placed_once"),
            models.UniqueConstraint(fields=["slot", "name"], name="slot_entry_named_once"),
            models.CheckConstraint(
                condition=~models.Q(kind=Kind.NOTHING), name="slot_entry_gives_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name
