"""What a request with rows may be: its body as the API framework hands it over."""

from typing import Any

from rest_framework.parsers import BaseParser

from core.api import Json
from ingestion.posted import (
    AS_LINES,
    ELSEWHERE,
    MOST_ARRAY_BYTES,
    MOST_BYTES,
    Posted,
    inflated,
    posted_array,
    posted_lines,
)


class PostedArray(Json):
    """A JSON array, plain or as gzip."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Posted:
        headers = parser_context["request"].headers
        body = inflated(stream, headers, MOST_ARRAY_BYTES, AS_LINES)
        return posted_array(super().parse(body, media_type, parser_context))


class PostedLines(BaseParser):
    """NDJSON: an object a line, plain or as gzip."""

    media_type = "application/x-ndjson"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Posted:
        headers = parser_context["request"].headers
        return posted_lines(inflated(stream, headers, MOST_BYTES, ELSEWHERE))


class PostedText(PostedLines):
    """The same from a page, whose browser asks beforehand for any other type."""

    media_type = "text/plain"
