"""How allauth is told to behave here: by invitation only, each sign-in noted, secrets encrypted."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.sign_ins import note_sign_in
from core.encryption import decrypt, encrypt
from core.selectors import organisation
from core.services import record_audit

MARK = "aes:"
HOW = {
    "password": "password",
    "code": "one-time code",
    "link": "login link",
    "totp": "app code",
    "recovery_codes": "recovery code",
}


# What allauth would tell a person by mail, and the verb that it is written down as.
CHANGED = {
    "mfa/email/totp_activated": "set_up_second_factor",
    "mfa/email/totp_deactivated": "remove_second_factor",
    "mfa/email/recovery_codes_generated": "make_recovery_codes",
    "account/email/password_changed": "change_password",
    "account/email/password_set": "change_password",
    "account/email/password_reset": "change_password",
}


class InviteOnly(DefaultAccountAdapter):
    """Nobody signs up: an admin invites."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        note_sign_in(
            user=user,
            session_key=request.session.session_key or "",
            address=self.get_client_ip(request),
            agent=self.get_http_user_agent(request),
            how=_how(request, user),
            at=timezone.now(),
        )

    def send_notification_mail(
        self, template_prefix: str, user: User, *args: Any, **kwargs: Any
    ) -> None:
        """Changes of one's own account; nothing is sent, unless allauth is told to."""
        if verb := CHANGED.get(template_prefix):
            record_audit(actor=user, verb=verb, subject=user.email)
        super().send_notification_mail(template_prefix, user, *args, **kwargs)


class SecondFactor(DefaultMFAAdapter):
    """The app's secrets lie encrypted; a person's app names the shop."""

    def get_totp_issuer(self) -> str:
        return organisation().name

    def encrypt(self, text: str) -> str:
        return MARK + base64.b64encode(encrypt(text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        # What was set up before secrets were encrypted still opens.
        if not encrypted_text.startswith(MARK):
            return encrypted_text
        return decrypt(base64.b64decode(encrypted_text.removeprefix(MARK)))


def _how(request: HttpRequest, user: User) -> str:
    steps: list[dict[str, Any]] = get_authentication_records(request, user)
    return ", ".join(HOW.get(step.get("type") or step["method"], step["method"]) for step in steps)
