"""What every API answer shares: the shape of lists and of errors."""

from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions
from rest_framework.pagination import PageNumberPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.errors import Refused
from core.sent_json import keepable


class Json(JSONParser):
    """JSON whose nesting has an end, and whose text Postgres can keep."""

    def parse(self, *args: Any, **options: Any) -> Any:
        return keepable(partial(super().parse, *args, **options))


class Pages(PageNumberPagination):
    """{count, next, previous, results} with ``page`` and ``page_size``."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 1000


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """{"error": {"code", "message", "fields"}} with a true status."""
    if isinstance(error, Refused):
        return _error(error.code, error.message, error.fields, error.status)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    response = exception_handler(error, context)
    if response is None or not isinstance(error, exceptions.APIException):
        return response
    fields = error.detail if isinstance(error, exceptions.ValidationError) else {}
    if not isinstance(fields, dict):
        fields = {"non_field_errors": fields}
    flat = {name: _words(value) for name, value in fields.items()}
    message = " ".join(f"{n}: {t}" for n, t in flat.items()) or _words(error.detail)
    code = "invalid" if flat else str(error.get_codes())
    response.data = {"error": {"code": code, "message": message, "fields": flat}}
    return response


def _error(code: str, message: str, fields: dict[str, str], status: int) -> Response:
    return Response({"error": {"code": code, "message": message, "fields": fields}}, status=status)


def _words(detail: Any) -> str:
    if isinstance(detail, list):
        return " ".join(_words(part) for part in detail)
    if isinstance(detail, dict):
        return " ".join(f"{name}: {_words(part)}" for name, part in detail.items())
    return str(detail)
