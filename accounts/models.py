import hashlib

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from accounts.capabilities import ROLE_CAPABILITIES, Capability, Role


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email__iexact=email)


@pghistory.track(pghistory.UpdateEvent(), fields=["role", "is_active"])
class User(AbstractBaseUser, PermissionsMixin):
    """A person who works here. What they may do follows from the role, and nothing else does."""

    email = models.EmailField()
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=16, choices=Role, default=Role.VIEWER)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_account_an_email")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Django's own admin is for those who manage people."""
        return self.can(Capability.MANAGE_PEOPLE)

    @property
    def capabilities(self) -> frozenset[Capability]:
        return ROLE_CAPABILITIES[Role(self.role)] if self.is_active else frozenset()

    def can(self, capability: Capability) -> bool:
        return capability in self.capabilities


class ApiKey(models.Model):
    """A program's way in. Only a hash of the key is kept; ``scopes`` never exceed the person's."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    # The key itself where it only sends: it stands in a shop's pages and is no secret.
    public_key = models.CharField(max_length=64, blank=True, default="")
    # Of such a key: from which pages it is of use, and which events it may send.
    origins = models.JSONField(default=list)
    event_kinds = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


def key_hash(key: str) -> str:
    """Keys are 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()


class SignIn(models.Model):
    """Where a person came in from, and since when; open while the session of that key lives."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40, unique=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    browser = models.CharField(max_length=64, blank=True)
    # Nobody with this account had come from there before.
    new_place = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "-last_seen_at"], name="sign_ins_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.address}"
