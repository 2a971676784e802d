"""API keys: `Authorization: Bearer KEY`. Only a hash is kept; a key never exceeds its person."""

from datetime import timedelta

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiKey, User, key_hash

USED_EVERY = timedelta(minutes=1)


class ApiKeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        found = self._known(key.strip())
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def _known(self, key: str) -> ApiKey:
        found = ApiKey.objects.select_related("user").filter(key_hash=key_hash(key)).first()
        if found is None or found.revoked_at or not found.user.is_active:
            raise AuthenticationFailed("This key is not known here, or was revoked.")
        self._note_use(found)
        return found

    def _note_use(self, key: ApiKey) -> None:
        now = timezone.now()
        if key.last_used_at is None or now - key.last_used_at > USED_EVERY:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)


class WriteKeyAuthentication(ApiKeyAuthentication):
    """A key that only sends may stand in the address, ``?key=``: so a page needs not ask before."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        key = request.query_params.get("key", "")
        if not key:
            return super().authenticate(request)
        found = self._known(key)
        if not found.public_key:
            raise AuthenticationFailed("A key that may read does not belong into an address.")
        return found.user, found


class BrowserSession(SessionAuthentication):
    """The browser's own session, with its CSRF check; without one the answer is 401, not 403."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key"}


class WriteKeyScheme(OpenApiAuthenticationExtension):
    target_class = WriteKeyAuthentication
    name = "writeKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "query", "name": "key", "description": "Write-only keys"}


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    target_class = BrowserSession
    name = "browserSession"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
