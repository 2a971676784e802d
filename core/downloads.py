"""Tables that leave the house as files."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse


def csv_download(rows: Iterable[bytes], name: str) -> StreamingHttpResponse:
    """A CSV that is sent while it is made; ``name`` is the file's, without its ending."""
    response = StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
