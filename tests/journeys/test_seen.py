"""What only a browser shows: where the focus is, and whether words fit into a chart."""

import pytest

from tests.journeys.steps import sign_in
from tests.shops import nine_and_one as shop
from tests.shops.coming_in import bring_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

OUTLINE = """() => { const seen = getComputedStyle(document.activeElement);
  return [document.activeElement.id, seen.outlineStyle, parseFloat(seen.outlineWidth) >= 2]; }"""


@pytest.mark.parametrize("page", ["wide"], indirect=True)
def test_the_search_box_shows_that_it_has_the_focus(page, live_server, accessible, tmp_path):
    bring_in(tmp_path, shop.ORDER_LINES)
    sign_in(page, live_server, "ann")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "find":
            break
    assert page.evaluate(OUTLINE) == ["find", "solid", True]
    accessible(page)
