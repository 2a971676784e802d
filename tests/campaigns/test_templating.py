"""Messages' small language: what is refused when it is saved, and what one customer gets."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.templating import (
    BadTemplate,
    Offer,
    Shown,
    check,
    html_of,
    subject_of,
    text_of,
    wants_slots,
)

MARA = {"first_name": "Mara", "name": "Mara Moss", "region": None, "shop": "Corner"}
OFFERS = [Offer("Bananas", "bought every 9 days"), Offer("Tea & co", "new to you")]


def refusal(body: str = "x", subject: str = "x") -> BadTemplate:
    with pytest.raises(BadTemplate) as refused:
        check(subject=subject, body=body)
    return refused.value


def test_fields_are_filled_and_missing_ones_take_their_fallback():
    assert subject_of("Hi {{ first_name|there }}", MARA) == "Hi Mara"
    assert text_of("{{ name|you }} of {{region|our town}}", MARA) == "Mara Moss of our town"
    assert text_of("{{ name|you }}", {"name": "  "}) == "you"


def test_an_unknown_field_is_refused_with_the_nearest():
    said = refusal("Hello {{ firstname|you }}")
    assert said.message == (
        "There is no field 'firstname'; the nearest is first_name. "
        "Fields are: first_name, name, region, shop, products, slot."
    )
    assert list(said.fields) == ["body"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("{{ first_name }}", "Say what stands in place of first_name"),
        ("{{ first_name| }}", "Say what stands in place of first_name"),
        ("{{ customer.email|x }}", "There is no field 'customer.email'"),
        ("{{ ''.__class__|x }}", "There is no field"),
        ("Hello {{ first_name|x", "{{ at “Hello {{ first_name|x” has no partner"),
        ("Hello }}", "}} at"),
        ("[x](javascript:alert)", "must begin with http:// or https://"),
        ("[x](/offers)", "must begin with http:// or https://"),
        ("[x](https://{{name|a}})", "must not hold a field"),
        ("Buy {{ products|x }} now", "a paragraph of its own"),
        ("Now {{ slot:home|x }}", "a paragraph of its own"),
        ("{{ slot|x }}", "Name the slot"),
        ("{{ slot:home }}", "Say what stands in place of slot"),
        ("{{ products:11|x }}", "Products are from 1 to 10"),
        ("{{ products:no|x }}", "Products are from 1 to 10"),
        ("  \n ", "Give the message a text"),
        ("x" * 100_001, "longer than 100,000"),
    ],
)
def test_what_could_not_be_sent_is_refused_when_it_is_saved(body, words):
    said = refusal(body)
    assert words in said.message
    assert list(said.fields) == ["body"]


def test_a_subject_is_one_line_of_fields():
    assert "stand in the body" in refusal(subject="{{ products|x }}").message
    assert "Give the message a subject" in refusal(subject="  ").message
    assert "longer than 200" in refusal(subject="x" * 201).message
    assert subject_of("a\r\nBcc: all@example.com", {}) == "a Bcc: all@example.com"
    assert subject_of("{{ name|x }}", {"name": "A\r\nBcc: b@c\u2028d"}) == "A Bcc: b@c d"


def test_links_and_words_become_html_of_our_own():
    body = "Dear {{ first_name|you }},\nlook & see\n\n[all <b>](https://a.example/?x=1&y=2) or https://b.example."
    assert html_of(body, {"first_name": "<script>"}) == (
        "<p>Dear &lt;script&gt;,<br>\nlook &amp; see</p>\n"
        '<p><a href="https://a.example/?x=1&amp;y=2">all &lt;b&gt;</a> or '
        '<a href="https://b.example">https://b.example</a>.</p>'
    )
    assert text_of(body, {}) == (
        "Dear you,\nlook & see\n\nall <b> (https://a.example/?x=1&y=2) or https://b.example."
    )


def test_a_customers_value_is_never_read_as_markup():
    body = "{{ name|you }}"
    sly = {"name": "[win](https://evil.example) https://evil.example {{ shop|x }}"}
    assert "<a" not in html_of(body, sly)
    assert text_of(body, sly) == sly["name"]


def test_products_are_named_with_their_reasons():
    body = "For you:\n\n{{ products:2|Come and see }}"
    assert text_of(body, MARA, OFFERS) == (
        "For you:\n\n• Bananas: bought every 9 days\n• Tea & co: new to you"
    )
    assert "<li><strong>Tea &amp; co</strong><br>new to you</li>" in html_of(body, MARA, OFFERS)
    assert text_of(body, MARA) == "For you:\n\nCome and see"
    assert text_of("{{ products:1|x }}", MARA, OFFERS) == "• Bananas: bought every 9 days"


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_a_value_holds_nothing_but_our_tags_come_out(name, region):
    body = "{{ name|you }} {{ region|here }}"
    found = html_of(body, {"name": name, "region": region})
    inside = found.removeprefix("<p>").removesuffix("</p>")
    assert "<" not in inside
    assert '"' not in inside
    assert "\n" not in text_of(body, {"name": name, "region": region})


@given(st.text(alphabet="{}|[]()a:/ \nhtps", max_size=40))
def test_any_text_is_read_or_refused_in_words(body):
    with suppress(BadTemplate):
        assert "<script" not in html_of(body, {})


SLOT = "Hi\n\n{{ slot:home|Come & see }}"


def test_a_slot_shows_its_words_or_its_products_or_the_fallback():
    assert wants_slots(f"{SLOT}\n\n{{{{ slot:home|again }}}}\n\n{{{{ slot:top|x }}}}") == [
        "home", "top",
    ]  # fmt: skip
    assert text_of(SLOT, MARA) == "Hi\n\nCome & see"
    assert html_of(SLOT, MARA) == "<p>Hi</p>\n<p>Come &amp; see</p>"
    offer = Shown(title="Ten <off>", text="On tea", code="T&N", url="https://shop.example/tea/")
    assert text_of(SLOT, MARA, shown={"home": offer}) == (
        "Hi\n\nTen <off>\nOn tea\nCode: T&N\nhttps://shop.example/tea/"
    )
    assert html_of(SLOT, MARA, shown={"home": offer}) == (
        "<p>Hi</p>\n<p><strong>Ten &lt;off&gt;</strong><br>\nOn tea<br>\n"
        "Code: <strong>T&amp;N</strong><br>\n"
        '<a href="https://shop.example/tea/">https://shop.example/tea/</a></p>'
    )
    products = {"home": Shown(offers=OFFERS)}
    assert text_of(SLOT, MARA, shown=products).endswith("• Tea & co: new to you")
    assert html_of(SLOT, MARA, shown=products).count("<li>") == 2


def test_a_path_of_the_shops_own_page_is_left_out_of_a_message():
    shown = {"home": Shown(title="Ten off", url="/tea/")}
    assert text_of(SLOT, MARA, shown=shown) == "Hi\n\nTen off"
    assert "/tea/" not in html_of(SLOT, MARA, shown=shown)
