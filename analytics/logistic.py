"""Logistic regression with a ridge, by Newton's method: small, exact, and numpy alone."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Logistic:
    """The log odds are ``intercept`` + features · ``weights``, in the features' own units."""

    weights: Floats
    intercept: float

    def log_odds(self, features: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        return features @ self.weights.astype(features.dtype) + features.dtype.type(self.intercept)


def fit_logistic(
    features: npt.NDArray[np.floating], happened: npt.NDArray[np.bool_], *, ridge: float = 1.0
) -> Logistic:
    """``ridge`` holds the weights of the scaled features, not the intercept; rows are equal."""
    mean = features.mean(axis=0, dtype=np.float64)
    spread = features.std(axis=0, dtype=np.float64)
    spread = np.where(spread > 1e-6, spread, np.inf)
    scaled = np.column_stack([(features - mean) / spread, np.ones(len(features))])
    told = np.asarray(happened, np.float64)
    held = np.append(np.full(features.shape[1], ridge), 1e-9)
    beta = np.zeros(scaled.shape[1])
    loss = _loss(scaled, told, held, beta)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-scaled @ beta))
        slope = scaled.T @ (told - chance) - held * beta
        curve = (scaled * (chance * (1 - chance))[:, None]).T @ scaled + np.diag(held)
        move, before = np.linalg.solve(curve, slope), loss
        beta, loss = _step(scaled, told, held, beta, move, loss)
        if before - loss <= 1e-9 * abs(before):
            break
    weights = beta[:-1] / spread
    return Logistic(weights, float(beta[-1] - mean @ weights))


def _step(
    scaled: Floats, told: Floats, held: Floats, beta: Floats, move: Floats, loss: float
) -> tuple[Floats, float]:
    """The whole move, or the first half, quarter … of it that lowers the loss; else none."""
    for halvings in range(30):
        tried = beta + move / 2**halvings
        found = _loss(scaled, told, held, tried)
        if found < loss:
            return tried, found
    return beta, loss


def _loss(scaled: Floats, told: Floats, held: Floats, beta: Floats) -> float:
    odds = scaled @ beta
    return float(np.logaddexp(0, odds).sum() - told @ odds + (held * beta * beta).sum() / 2)
