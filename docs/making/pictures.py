"""`make pictures`: the pictures of README and docs, taken anew from a demo that runs.

DEMO_HOME names the demo's folder (its demo.json says where it answers and who may come in); by
default it is the one that `make demo` fills.
"""

import base64
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.visitor import Demo

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
MOST = 12
QUALITY = 80
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Picture:
    """What somebody sees at an address, or where the first link like ``follow`` leads from it.

    ``beneath`` is added to where it leads.
    """

    name: str
    role: str
    path: str
    follow: str = ""
    beneath: str = ""
    scheme: str = "light"
    width: int = 1440
    height: int = 900


PICTURES = (
    Picture("segments", "marketing", "/segments/"),
    Picture("home-marketing", "marketing", "/"),
    Picture("home-sales", "sales", "/"),
    Picture("home-support", "support", "/"),
    Picture("home-product", "product", "/"),
    Picture("home-analyst", "analyst", "/"),
    Picture("home-admin", "admin", "/"),
    Picture("customer", "support", "/segments/champions/", 'main a[href^="/customers/"]'),
    Picture("audience", "marketing", "/audience/?segment=at-risk"),
    Picture(
        "campaign-result",
        "viewer",
        "/campaigns/",
        'main a:has-text("Thank you, regulars")',
        "result/",
    ),
    Picture("model-evidence", "analyst", "/predictions/churn/", scheme="dark"),
    Picture("together", "product", "/insights/together/", scheme="dark"),
)


def take(demo: Demo, folder: Path) -> None:
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for picture in PICTURES:
            taken = _taken(browser, demo, picture)
            (folder / f"{picture.name}.webp").write_bytes(taken)
            sys.stdout.write(f"{picture.name:<20}{len(taken) // 1024:>5} KiB\n")
        browser.close()


def _taken(browser: Browser, demo: Demo, picture: Picture) -> bytes:
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    _sign_in(page, demo, picture.role)
    page.goto(demo.url + picture.path)
    if picture.follow:
        led = page.locator(picture.follow).first.get_attribute("href") or ""
        page.goto(demo.url + led.removesuffix(picture.beneath) + picture.beneath)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    # Playwright itself knows no WebP; the browser does.
    asked = {"format": "webp", "quality": QUALITY}
    answer = context.new_cdp_session(page).send("Page.captureScreenshot", asked)
    context.close()
    return base64.b64decode(answer["data"])


def _sign_in(page: Page, demo: Demo, role: str) -> None:
    login = demo.logins[role]
    page.goto(f"{demo.url}/accounts/login/")
    page.fill("#id_login", login["email"])
    page.fill("#id_password", login["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{demo.url}/")
    offer = page.get_by_role("button", name="No, thanks")
    if offer.is_visible():
        # A tour is offered to whoever is new here, once.
        offer.click()
        page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    home = Path(os.environ.get("DEMO_HOME") or ROOT / ".cba")
    if not (home / "demo.json").exists():
        sys.exit(f"No demo runs on {home}. Start one with make demo, and leave it running.")
    FOLDER.mkdir(exist_ok=True)
    take(Demo(home), FOLDER)
