from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Now

from customers.models import Customer


class Source(models.Model):
    """Where rows come from; order ids are unique within it."""

    name = models.TextField(unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    # Whole weeks added to the source's local times, fixed at its first load (demo data are old).
    shift_days = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(shift_days__gte=0), name="shift_is_forward")
        ]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    sku = models.TextField(unique=True)
    name = models.TextField(default="", db_default="")
    department = models.TextField(null=True)
    category = models.TextField(null=True)
    brand = models.TextField(null=True)
    price_minor = models.BigIntegerField(null=True)
    is_placeholder = models.BooleanField(default=False, db_default=False)
    load_id = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return self.name or self.sku


class Order(models.Model):
    source = models.ForeignKey(Source, models.PROTECT, related_name="+")
    order_id = models.TextField()
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    occurred_at = models.DateTimeField()
    store = models.TextField(null=True)
    channel = models.TextField(null=True)
    load_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "order_id"], name="order_known_once")
        ]
        indexes = [models.Index(fields=["occurred_at"], name="order_by_time")]

    def __str__(self) -> str:
        return self.order_id


class OrderLine(models.Model):
    """One line of an order, money in minor units; ``unit_price`` is NULL where it is not known."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="+", db_index=False)
    # The line number, or a hash of (sku, amount, source's own time, occurrence in file order).
    line_key = models.BigIntegerField()
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="+")
    quantity = models.DecimalField(max_digits=14, decimal_places=3, null=True)
    unit_price = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    amount_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0, db_default=0)
    returned = models.BooleanField(default=False, db_default=False)
    load_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "line_key"], name="line_known_once")
        ]

    def __str__(self) -> str:
        return f"{self.order_id}/{self.line_key}"


class Event(models.Model):
    """What somebody did on the web or in the app. ``sku`` is as said: no product is made of it.

    ``identified``: the event itself names the customer. Else ``customer`` follows from the
    visitor's other events (transactions.kinds.visitor_sql), and is NULL while nobody is known.
    """

    # Of who, what and when: the same event twice is one.
    event_key = models.UUIDField(unique=True)
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="+", db_index=False
    )
    identified = models.BooleanField()
    visitor_id = models.TextField(null=True)
    kind = models.CharField(max_length=64)
    at = models.DateTimeField()
    sku = models.TextField(null=True)
    url = models.TextField(null=True)
    properties = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # Made up by the demo's generator.
    is_synthetic = models.BooleanField(default=False, db_default=False)
    load_id = models.BigIntegerField(db_index=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(visitor_id__isnull=False) | Q(customer__isnull=False),
                name="event_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(identified=False) | Q(customer__isnull=False),
                name="identified_by_a_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "at"], name="event_of_customer"),
            models.Index(fields=["visitor_id", "identified", "at"], name="event_of_visitor"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"


class MirrorFile(models.Model):
    """A Parquet file of the mirror: ``lines`` of one load, or all ``products`` (load 0).

    Small loads that follow each other share a file: that of the loads up to ``last_load_id``.
    ``path`` is NULL from the transaction that changed the rows until the file is made anew.
    """

    kind = models.CharField(max_length=16)
    load_id = models.BigIntegerField()
    last_load_id = models.BigIntegerField(null=True)
    path = models.TextField(null=True)
    rows = models.BigIntegerField(default=0, db_default=0)
    changed_at = models.DateTimeField(auto_now=True, db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "load_id"], name="one_mirror_file_a_load")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of load {self.load_id}"

    @property
    def loads(self) -> tuple[int, int]:
        """The first and the last load whose lines are in it."""
        return self.load_id, self.last_load_id or self.load_id
