"""One login for each role, which exist only while the demo runs."""

from dataclasses import dataclass

from django.db import transaction

from accounts.capabilities import Role
from accounts.models import User
from cba_site.local.home import secret

DOMAIN = "demo.example.com"


@dataclass(frozen=True)
class Login:
    role: str
    email: str
    password: str


@transaction.atomic
def open_logins() -> list[Login]:
    """Make or re-open the seven accounts; their password belongs to this installation alone."""
    password = secret("demo")[:12]
    return [_open(role, password) for role in Role]


@transaction.atomic
def close_logins() -> int:
    """Lock the demo's accounts; for a start without the demo."""
    return User.objects.filter(email__endswith=f"@{DOMAIN}").update(is_active=False)


def email_of(role: Role) -> str:
    return f"{role.value}@{DOMAIN}"


def _open(role: Role, password: str) -> Login:
    email = email_of(role)
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User(email=email, name=f"Demo {role.label.lower()}", role=role)
    if not (user.pk and user.is_active and user.check_password(password)):
        user.is_active = True
        user.set_password(password)
        user.save()
    return Login(role=role.value, email=email, password=password)
