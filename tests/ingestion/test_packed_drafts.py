"""A packed file in the wizard."""

import gzip
import io
import zipfile

import pytest

from core.errors import Refused
from ingestion.drafts import begin_draft
from ingestion.models import Draft
from ingestion.previews import quick_look
from tests.conftest import person

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "customer_id,occurred_at,amount\nA,2026-01-01,1\n"


def test_a_packed_file_is_dropped_as_what_is_inside():
    packed = io.BytesIO(gzip.compress(TEXT.encode()))
    draft = begin_draft(upload=packed, file_name="a.csv.gz", actor=person("ann"))
    assert (draft.size, quick_look(draft.file_path, {}).headers[0]) == (len(TEXT), "customer_id")


def test_of_an_archive_with_several_files_the_one_that_is_meant_is_asked_for():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("notes.txt", "Hello")
        archive.writestr("lines.csv", TEXT)
    packed.seek(0)
    with pytest.raises(Refused, match=r"holds notes.txt, lines.csv. Unpack it"):
        begin_draft(upload=packed, file_name="all.zip", actor=person("ann"))
    assert Draft.objects.count() == 0
