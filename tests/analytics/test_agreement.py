"""Labels beside predictions, by a hand-made matrix."""

import numpy as np
import pytest

from analytics.agreement import agreement, agreement_of, held_out

MATRIX = [[217, 0, 0], [1, 647, 1], [0, 0, 2]]


def spelled_out() -> tuple[list[int], list[int]]:
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(MATRIX[i][j])]
    return [true for true, _ in pairs], [said for _, said in pairs]


def test_868_customers_are_reported_to_the_last_figure():
    found = agreement(*spelled_out())

    assert found == agreement_of(MATRIX, [0, 1, 2])
    row = found.as_row()
    assert row["customers"] == 868
    assert row["confusion"] == {"labels": [0, 1, 2], "matrix": MATRIX}
    assert round(row["accuracy"], 4) == 0.9977
    assert row["accuracy"] == 866 / 868
    last = row["classes"][2]
    assert [round(last[m], 2) for m in ("precision", "recall", "f1")] == [0.67, 1.00, 0.80]
    assert [round(row[m], 2) for m in ("precision", "recall", "f1")] == [0.89, 1.00, 0.93]
    assert row["support"] == {"0": 217, "1": 649, "2": 2}


def test_true_labels_go_down_and_predicted_ones_across():
    found = agreement(["a", "a", "b"], ["a", "b", "b"])
    assert found.matrix == ((1, 1), (0, 1))
    assert [entry.precision for entry in found.classes] == [1.0, 0.5]
    assert [entry.recall for entry in found.classes] == [0.5, 1.0]


def test_a_class_that_nobody_is_in_or_nobody_is_said_to_be_in_scores_0():
    found = agreement([0, 0, 1], [0, 2, 0])
    assert found.labels == (0, 1, 2)
    assert [(entry.precision, entry.recall, entry.f1) for entry in found.classes] == [
        (0.5, 0.5, 0.5),
        (0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0),
    ]


@pytest.mark.parametrize(
    ("truth", "said", "words"),
    [([], [], "no customer"), ([1], [1, 2], "1 labels and 2 predictions")],
)
def test_what_cannot_be_compared_is_refused(truth, said, words):
    with pytest.raises(ValueError, match=words):
        agreement(truth, said)


def test_every_class_is_held_out_in_its_share_and_a_class_of_one_is_learnt_from():
    labels = np.repeat([0, 1, 2, 3], [100, 10, 2, 1])

    chosen = held_out(labels, share=0.3, seed=0)

    assert np.bincount(labels[chosen], minlength=4).tolist() == [30, 3, 1, 0]
    assert (held_out(labels, share=0.3, seed=0) == chosen).all()
    assert (held_out(labels, share=0.3, seed=1) != chosen).any()
