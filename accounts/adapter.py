from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class InviteOnly(DefaultAccountAdapter):
    """Nobody signs up: an admin invites."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
