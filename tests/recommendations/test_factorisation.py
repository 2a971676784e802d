"""The factorisation beside dense references, on matrices small enough for them."""

import numpy as np
import pytest

from recommendations.recommenders.item_neighbours import ItemNeighbours
from recommendations.recommenders.matrix_factorisation import MatrixFactorisation
from tests.shops.planted import BLOCKS, PRODUCTS, WIDTH, interactions, rows

MODEL = MatrixFactorisation(factors=8, iterations=15, regularisation=2.0, seed=3)


def weights_and_wishes(model):
    """c and p of the loss, dense."""
    told = model.strength(interactions()).dense(PRODUCTS)
    return 1 + model.alpha * told.astype(float), (told > 0).astype(float)


def loss(x, y, model) -> float:
    c, p = weights_and_wishes(model)
    lengths = [(p > 0).sum(axis=1), (p > 0).sum(axis=0)]
    ridge = sum(
        (model.regularisation * model.scale(n) * (f**2).sum(axis=1)).sum()
        for n, f in zip(lengths, (x, y), strict=True)
    )
    return float((c * (p - x @ y.T) ** 2).sum() + ridge)


def solve(other, c, p, model):
    """Exact rows by the normal equations, one after the other."""
    return np.stack([
        np.linalg.solve(
            (other.T * c[n]) @ other
            + model.regularisation * model.scale((p[n] > 0).sum()) * np.eye(other.shape[1]),
            other.T @ (c[n] * p[n]),
        )
        for n in range(len(c))
    ])  # fmt: skip


def exact(model, iterations: int):
    """Dense alternating least squares from another start."""
    c, p = weights_and_wishes(model)
    y = np.random.default_rng(0).normal(0, 0.1, (PRODUCTS, model.factors))
    for _ in range(iterations):
        x = solve(y, c, p, model)
        y = solve(x, c.T, p.T, model)
    return solve(y, c, p, model), y


@pytest.mark.parametrize("exponent", [0.0, 0.5])
def test_its_loss_is_that_of_dense_alternating_least_squares(exponent):
    model = MatrixFactorisation(
        factors=8, iterations=40, regularisation=2.0, frequency_exponent=exponent
    )
    arrays = model.fit(interactions())
    x = model.customers(arrays, interactions()).astype(float)
    ours = loss(x, arrays["items"].astype(float), model)
    assert ours == pytest.approx(loss(*exact(model, 60), model), rel=2e-3)


def test_a_folded_in_customer_gets_the_solution_with_the_products_held():
    arrays = MODEL.fit(interactions())
    c, p = weights_and_wishes(MODEL)
    expected = solve(arrays["items"].astype(float), c, p, MODEL)
    stranger_too = interactions().rows([5, -1, 17])
    found = MODEL.customers(arrays, stranger_too)
    np.testing.assert_allclose(found[[0, 2]], expected[[5, 17]], atol=1e-5)
    assert not found[1].any()


def test_what_each_purchase_adds_sums_up_to_the_score():
    arrays = MODEL.fit(interactions())
    one = interactions().rows([4])
    told = MODEL.because(arrays, one, 30)
    assert told.sum() == pytest.approx(MODEL.scores(arrays, one)[0, 30], abs=1e-5)


def test_products_of_the_own_block_come_first():
    model = MatrixFactorisation(factors=BLOCKS, regularisation=5.0)
    scores = model.scores(model.fit(interactions()), interactions())
    best = np.argsort(-scores, axis=1)[:, :WIDTH] // WIDTH
    own = np.arange(len(scores)) % BLOCKS
    assert ((best == own[:, None]).mean(axis=1) == 1).mean() >= 0.95


def test_neighbours_are_the_closed_form_in_both_spaces():
    """More customers than products are solved by products, fewer by customers."""
    for customers in (200, 40):
        known = interactions(rows(customers), customers)
        model = ItemNeighbours(least_buyers=1, regularisation=5.0)
        x = model.inputs(known).dense(PRODUCTS).astype(float)
        inverse = np.linalg.inv(x.T @ x + 5.0 * np.eye(PRODUCTS))
        expected = -inverse / np.diag(inverse)
        np.fill_diagonal(expected, 0)
        found = model.scores(model.fit(known), known)
        np.testing.assert_allclose(found, x @ expected, atol=2e-4)
