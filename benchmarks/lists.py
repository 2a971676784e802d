"""Recommendations: factors, the best products of everybody, and one customer's over HTTP."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from accounts.capabilities import Role
from accounts.services import create_api_key, create_user
from analytics.ranking import judge
from analytics.topk import top_k
from benchmarks.measuring import Result, cpu_seconds, measured, real_shop
from benchmarks.record import bring_in_real_lines
from cba_site.local.postgres import free_port
from customers.models import Customer
from features.building import record_shop
from recommendations.frames import last_day, purchases
from recommendations.recommenders.matrix_factorisation import MatrixFactorisation
from recommendations.services import make_lists, train
from recommendations.tuning import Window, hits_of
from runs.services import perform, request
from transactions.services import update_mirror

DAYS, ITERATIONS = 28, 15
USERS, PRODUCTS, FACTORS, BEST, BLOCK = 2_000, 100_000, 64, 20, 128
RATE, ASKED = 50, 500
Fit = Callable[[MatrixFactorisation, Window], tuple[dict[str, Any], float]]


def factorise(home: Path) -> Result:
    """64 factors of a real shop, CPU-seconds by the fewest iterations that reach the recall of ours
    as it is delivered, on the last four weeks; peer: implicit, likewise."""
    shop = real_shop()
    until = last_day(shop)
    assert until is not None
    later = purchases(shop, until).interactions
    window = Window.of(later, later.before(later.as_of - DAYS), 10_000, 0)
    model = MatrixFactorisation()
    # Also fetches torch, which is nobody's iteration.
    wanted = _recall(model, model.fit(window.past), window)
    took, ours = _until(wanted, model, window, _own)
    peer, theirs = _until(wanted, model, window, _implicit)
    note = f"recall@10 of new products {wanted:.4f}: {ours} iterations, implicit {theirs}"
    return measured("factorisation", took, peer, "cpu-s", note)


def rank_everybody(home: Path) -> Result:
    """The best 20 of 100,000 products for each of 2,000 customers, what they bought left out, in
    CPU-seconds; peer: implicit's recommend."""
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    dice = np.random.default_rng(0)
    users, items = (dice.normal(size=(n, FACTORS)).astype(np.float32) for n in (USERS, PRODUCTS))
    bought = dice.integers(0, PRODUCTS, (USERS, 50))
    known = csr_matrix(
        (np.ones(bought.size, np.float32), (np.repeat(np.arange(USERS), 50), bought.ravel())),
        shape=(USERS, PRODUCTS),
    )
    found: list[Any] = []

    def ours() -> None:
        for at in range(0, USERS, BLOCK):
            scores = users[at : at + BLOCK] @ items.T
            np.put_along_axis(scores, bought[at : at + BLOCK], -np.inf, axis=1)
            found.append(top_k(scores, BEST)[0])

    peer = AlternatingLeastSquares(factors=FACTORS)
    peer.user_factors, peer.item_factors = users, items
    told: list[Any] = []
    took = cpu_seconds(ours)
    theirs = cpu_seconds(lambda: told.append(peer.recommend(np.arange(USERS), known, N=BEST)[0]))
    same = float((np.concatenate(found) == told[0]).mean())
    note = f"{USERS / took:,.0f} customers a CPU-second; {same:.2%} of places as the peer's"
    return measured("topk", took, theirs, "cpu-s", note)


def recommend_over_http(home: Path) -> Result:
    """One customer's list at 50 requests a second, from the web process as `up` starts it."""
    if not Customer.objects.exists():
        bring_in_real_lines(home)
    perform(run=request(name="train", task="t", send=False), job=_learnt)
    create_user(email="bench@example.com", role=Role.ANALYST)
    _, key = create_api_key(email="bench@example.com", name="bench")
    ids = list(Customer.objects.order_by("pk").values_list("customer_id", flat=True)[:ASKED])
    port = free_port()
    command = [
        sys.executable, "-m", "gunicorn", "cba_site.wsgi", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", "1", "--threads", "8",
    ]  # fmt: skip
    web = subprocess.Popen(command, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"})
    try:
        took = _asked(f"http://127.0.0.1:{port}/api/v1/customers", ids, key)
    finally:
        web.terminate()
        web.wait()
    p50, p99 = np.percentile(took, [50, 99]) * 1000
    return measured("recommend-http", float(p50), None, "ms", f"p50; p99 {p99:.1f} ms")


def _recall(model: MatrixFactorisation, arrays: dict[str, Any], window: Window) -> float:
    hits, sizes = hits_of(model, arrays, window.histories, window.truths["discover"], "discover")
    return float(judge(hits, sizes).recall.mean())


def _until(
    wanted: float, model: MatrixFactorisation, window: Window, fit: Fit
) -> tuple[float, int]:
    """CPU-seconds of the fit whose recall is as high, and its iterations; at most ITERATIONS."""
    for iterations in range(1, ITERATIONS + 1):
        arrays, took = fit(replace(model, iterations=iterations), window)
        if _recall(model, arrays, window) >= wanted:
            break
    return took, iterations


def _own(model: MatrixFactorisation, window: Window) -> tuple[dict[str, Any], float]:
    arrays: dict[str, Any] = {}
    took = cpu_seconds(lambda: arrays.update(model.fit(window.past)))
    return arrays, took


def _implicit(model: MatrixFactorisation, window: Window) -> tuple[dict[str, Any], float]:
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    pairs = model.strength(window.past)
    peer = AlternatingLeastSquares(
        factors=model.factors, regularization=model.regularisation, iterations=model.iterations,
        num_threads=2, random_state=model.seed,
    )  # fmt: skip
    sure = (1 + model.alpha * pairs.value).astype(np.float32)
    shape = (pairs.customers, window.past.products)
    known = csr_matrix((sure, (pairs.customer, pairs.product)), shape)
    took = cpu_seconds(lambda: peer.fit(known, show_progress=False))
    items = np.asarray(peer.item_factors)
    items[window.past.buyers == 0] = 0
    return {"items": items, "gram": items.T @ items}, took


def _learnt(work: Any) -> dict[str, Any]:
    update_mirror()
    shop = record_shop()
    last = last_day(shop)
    assert last is not None
    at = last.replace(tzinfo=UTC) + timedelta(days=1)
    with work.step("train") as step:
        train(shop=shop, as_of=at, run=work.run, step=step)
    with work.step("lists") as step:
        make_lists(step=step, as_of=at, run=work.run)
    return {}


def _asked(address: str, ids: list[str], key: str) -> list[float]:
    """Seconds of each answer, the requests a fiftieth of a second apart; the first ones warm up."""

    def ask(customer_id: str) -> float:
        url = f"{address}/{customer_id}/recommendations/"
        began = time.perf_counter()
        asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})  # noqa: S310  (our own address)
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310  (our own address)
            answer.read()
        return time.perf_counter() - began

    _wait_for(address.removesuffix("/api/v1/customers") + "/healthz")
    for customer_id in ids[:20]:
        ask(customer_id)
    with ThreadPoolExecutor(16) as pool:
        waiting = []
        for customer_id in ids:
            waiting.append(pool.submit(ask, customer_id))
            time.sleep(1 / RATE)
        return [one.result() for one in waiting]


def _wait_for(url: str) -> None:
    until = datetime.now(UTC) + timedelta(seconds=60)
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310  (our own address)
                return
        except OSError:
            if datetime.now(UTC) > until:
                raise
            time.sleep(0.2)
