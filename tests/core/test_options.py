"""Options of a plugin from outside: names, kinds and limits."""

from dataclasses import dataclass
from typing import Literal

import pytest

from core.contracts.options import BadOption, configured, option


@dataclass(frozen=True)
class Oven:
    heat: float = option(180.0, least=50, most=300)
    minutes: int | None = option(None, least=1)
    mode: Literal["fan", "grill"] = "fan"
    light: bool = True


def test_good_options_make_the_plugin_and_the_rest_keep_their_defaults():
    given = {"heat": 200, "minutes": None, "mode": "grill"}
    assert configured(Oven, given, called="oven") == Oven(heat=200, mode="grill")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"colour": 1}, "oven has no option colour. Its options are: heat, minutes, mode, light."),
        ({"heat": "hot"}, "heat of oven is a number, not 'hot'."),
        ({"heat": True}, "heat of oven is a number, not True."),
        ({"heat": float("nan")}, "heat of oven is a number, not nan."),
        ({"heat": 20}, "heat of oven is at least 50 and at most 300, not 20."),
        ({"minutes": 0}, "minutes of oven is at least 1, not 0."),
        ({"minutes": 1.5}, "minutes of oven is a whole number or null, not 1.5."),
        ({"mode": "steam"}, "mode of oven is one of fan, grill, not 'steam'."),
        ({"mode": ["fan"]}, r"mode of oven is one of fan, grill, not ['fan']."),
        ({"light": 1}, "light of oven is true or false, not 1."),
    ],
)
def test_a_wrong_option_is_refused_with_what_would_be_right(given, words):
    with pytest.raises(BadOption) as refused:
        configured(Oven, given, called="oven")
    assert str(refused.value) == words
    assert refused.value.name == next(iter(given))
