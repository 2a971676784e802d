"""Addresses that pages of other sites may call: those whose origins a write-only key names."""

from typing import Any

from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import ApiKey
from accounts.write_keys import is_known_origin

ASKED_BEFORE = "Access-Control-Request-Method"
AGAIN_AFTER_SECONDS = "600"


class CrossOrigin(APIView):
    """Answers a browser that asks beforehand, and lets the key's pages read answers."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        # A browser asks without the key; it learns nothing but whether it may ask.
        if not _asks_beforehand(request):
            super().initial(request, *args, **kwargs)

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not _asks_beforehand(request):
            return super().options(request, *args, **kwargs)
        answer = Response(status=204)
        origin = request.headers.get("Origin", "")
        if is_known_origin(origin):
            allow(answer, origin)
            answer["Access-Control-Allow-Methods"] = "POST"
            answer["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Content-Encoding"
            answer["Access-Control-Max-Age"] = AGAIN_AFTER_SECONDS
        return answer

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        answer: Response = super().finalize_response(request, response, *args, **kwargs)
        origin = request.headers.get("Origin", "")
        key = getattr(request, "auth", None) if request.method == "POST" else None
        if isinstance(key, ApiKey) and key.public_key and origin in key.origins:
            allow(answer, origin)
        return answer


def allow(answer: Response, origin: str) -> None:
    answer["Access-Control-Allow-Origin"] = origin
    patch_vary_headers(answer, ["Origin"])


def _asks_beforehand(request: Request) -> bool:
    return request.method == "OPTIONS" and ASKED_BEFORE in request.headers
