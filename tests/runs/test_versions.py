"""Fitted models: kept with their evidence, promoted, rolled back, and never believed unchecked."""

from datetime import UTC, datetime

import numpy as np
import pytest
from django.apps import apps

from core.errors import Conflict
from core.once import one_moment
from runs.models import ModelVersion
from runs.services import request
from runs.stored import DamagedModel, load_arrays, mapped_arrays, store_arrays
from runs.versions import Fitted, promote, promoted_version, register, roll_back

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def a_version(**arrays: np.ndarray) -> ModelVersion:
    path, sha256 = store_arrays("churn", arrays or {"weights": np.array([1.0, 2.0])})
    fitted = Fitted(path, sha256, ("numpy", "safetensors"), ["recency_days"], {"depth": 3})
    run = request(name="train", task="t", send=False)
    return register(name="churn", run=run, as_of=AS_OF, fitted=fitted)


def test_a_version_answers_only_once_it_is_promoted():
    version = a_version()
    assert promoted_version("churn") is None
    promote(version=version, verdict="Better than the recency rule.")
    assert promoted_version("churn") == version
    assert promoted_version("churn").verdict == "Better than the recency rule."


def test_a_new_one_takes_over_and_can_be_rolled_back(ann):
    first, second, never = a_version(), a_version(), a_version()
    promote(version=first, verdict="First.")
    promote(version=second, verdict="Better.", actor=ann)
    assert roll_back(name="churn", actor=ann) == first
    assert promoted_version("churn") == first
    assert roll_back(name="churn", actor=ann) == second
    never.refresh_from_db()
    assert never.promoted_at is None
    events = apps.get_model("runs.ModelVersionPromotedVerdictEvent").objects
    assert events.filter(pgh_obj_id=first.pk, promoted=True).count() == 2


def test_a_request_that_rolls_back_reads_the_earlier_one_next(ann):
    first, second = a_version(), a_version()
    promote(version=first, verdict="First.")
    promote(version=second, verdict="Better.")
    with one_moment():
        assert promoted_version("churn") == second
        roll_back(name="churn", actor=ann)
        assert promoted_version("churn") == first


def test_without_an_earlier_one_there_is_nothing_to_go_back_to(ann):
    promote(version=a_version(), verdict="First.")
    with pytest.raises(Conflict, match="none to go back to"):
        roll_back(name="churn", actor=ann)


def test_arrays_come_back_as_they_went_read_or_mapped():
    arrays = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "ids": np.array([3, 1], dtype=np.int64),
        "none": np.empty((0, 4)),
    }
    version = a_version(**arrays)
    for found in (load_arrays(version), mapped_arrays(version)):
        assert found.keys() == arrays.keys()
        for name, array in arrays.items():
            assert found[name].dtype == array.dtype
            assert np.array_equal(found[name], array)
    with pytest.raises(ValueError, match="read-only"):
        mapped_arrays(version)["a"][0, 0] = 9


@pytest.mark.parametrize("read", [load_arrays, mapped_arrays])
def test_a_file_cut_in_half_or_gone_is_refused_also_after_it_was_read(read, settings):
    version = a_version()
    read(version)
    path = settings.CBA_HOME / version.path
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DamagedModel, match="is not the one that was recorded"):
        read(version)
    path.unlink()
    with pytest.raises(DamagedModel, match="is missing"):
        read(version)
