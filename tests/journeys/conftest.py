"""A real Chromium against a real server, by Playwright."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from conftest import chromium

# Playwright's own loop makes Django think that it runs in async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
# A toast still fading in has the contrast of no colour of ours: what ends is brought to its end.
SETTLED = """() => document.getAnimations()
    .filter(a => a.effect.getComputedTiming().endTime !== Infinity).forEach(a => a.finish())"""
# All that the scheme changes on a page; every rule is asked in light.
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


@pytest.fixture(params=["wide", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser):
    """A page at 1440 px, or at 390 px; an error in its console fails the test."""
    width = 390 if request.param == "phone" else 1440
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=False)
    shown = context.new_page()
    errors: list[str] = []
    shown.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    shown.on("pageerror", lambda error: errors.append(str(error)))
    shown.errors = errors
    yield shown
    context.close()


@pytest.fixture
def accessible():
    """Fails with axe's own words where a page has a violation, in light or in dark, or scrolls
    sideways."""

    def check(page: Page) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE.read_text())
        for scheme, rules in (("dark", OF_COLOURS), ("light", {})):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(SETTLED)
            found = page.evaluate("async rules => (await axe.run(rules)).violations", rules)
            words = [f"{scheme}: {v['id']}: {[n['html'] for n in v['nodes']][:3]}" for v in found]
            assert words == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    return check
