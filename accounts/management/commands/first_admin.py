from typing import Any

from django.core.management.base import CommandParser

from accounts.capabilities import Role
from accounts.models import User
from accounts.services import create_user, login_link
from core.commands import ProductCommand


class Command(ProductCommand):
    help = "Make the first admin, or a new link for them: it signs in once, without a password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def answer(self, **options: Any) -> dict[str, Any]:
        email = options["email"]
        user = User.objects.filter(email__iexact=email, role=Role.ADMIN).first()
        user = user or create_user(email=email, role=Role.ADMIN)
        return {"email": user.email, "role": user.role, "login_link": login_link(user=user)}

    def say(self, answer: dict[str, Any]) -> str:
        return f"Open this once, within a day: {answer['login_link']}"
