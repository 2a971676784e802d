import sys
from typing import Any

from django.core.management.base import CommandParser

from accounts.capabilities import Role
from accounts.services import create_user, login_link
from core.commands import ProductCommand


class Command(ProductCommand):
    help = "Make an account with a role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--name", default="")
        parser.add_argument("--password-stdin", action="store_true")

    def answer(self, **options: Any) -> dict[str, Any]:
        password = sys.stdin.readline().rstrip("\n") if options["password_stdin"] else None
        user = create_user(
            email=options["email"], role=options["role"], name=options["name"], password=password
        )
        return {"email": user.email, "role": user.role, "login_link": login_link(user=user)}
