"""The API's description, its health, and the shape of its errors."""

import pytest
from django.core.management import call_command
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_schema_is_made_without_a_warning(tmp_path):
    call_command("spectacular", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    text = (tmp_path / "schema.yml").read_text()
    assert "/api/v1/segments/{slug}/members/" in text


def test_the_docs_obey_the_content_policy():
    page = Client().get("/api/docs/")
    assert page.status_code == 200
    assert "script-src" not in page["Content-Security-Policy"]
    assert b"<script>" not in page.content


def test_alive_and_ready_tell_the_truth(settings):
    client = Client()
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert set(ready.json()["checks"].values()) == {"ok"}
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    broken = client.get("/readyz")
    assert broken.status_code == 503
    assert broken.json()["checks"]["database"] == "ok"
    assert "ConnectionError" in broken.json()["checks"]["broker"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "segments/nothing/members/", None, 404, "not_found"),
        ("get", "customers/nobody/", None, 404, "not_found"),
        ("get", "segments/transitions/", None, 400, "bad_query"),
        ("post", "segments/preview/", {}, 400, "invalid"),
        ("post", "segments/preview/", {"definition": {"feature": "x"}}, 400, "bad_rule"),
        ("post", "segmentation/assign/", {}, 404, "not_found"),
        ("delete", "segments/", None, 405, "method_not_allowed"),
        ("post", "imports/", {}, 415, "unsupported_media_type"),
    ],
)
def test_an_error_has_one_shape_and_a_true_status(api_of, ann, method, path, body, status, code):
    client = api_of(ann)
    answer = getattr(client, method)(f"/api/v1/{path}", body, format="json")
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], set(error)) == (code, {"code", "message", "fields"})
    assert error["message"]


def test_a_second_upload_is_queued_and_says_behind_what(api_of, ann):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from runs.models import Run

    client = api_of(ann)

    def send():
        file = SimpleUploadedFile("a.csv", b"customer_id,occurred_at,amount\nA,2026-01-01,1\n")
        return client.post("/api/v1/imports/", {"file": file, "kind": "order_lines"})

    first = send()
    assert (first.status_code, first.json()["state"]) == (202, "queued")
    Run.objects.filter(pk=first.json()["id"]).update(state="running")
    second = send().json()
    assert (second["state"], second["waits_behind"]) == ("queued", first.json()["id"])
