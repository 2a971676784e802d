"""Keyed look-ups of e-mail addresses and telephone numbers: equal for all spellings of one."""

import re

from core.encryption import blind_index, fold

# From so many digits on, the last ones tell a number, with or without its country in front.
LEAST_DIGITS, TOLD_BY = 7, 9


def plain_email(text: str) -> str:
    """An address as a mailbox is known: without capitals, and without +something."""
    return re.sub(r"\+[^@]*@", "@", fold(text))


def plain_phone(text: str) -> str:
    digits = re.sub(r"\D", "", fold(text))
    return digits[-TOLD_BY:] if len(digits) >= LEAST_DIGITS else fold(text)


def same_phone(one: str, other: str) -> bool:
    """Whether two numbers of one index are one: either may lack its country, or begin with 0."""
    digits = (re.sub(r"\D", "", fold(text)).lstrip("0") for text in (one, other))
    short, long = sorted(digits, key=len)
    return long.endswith(short)


def email_index(text: str) -> bytes:
    return blind_index(plain_email(text))


def phone_index(text: str) -> bytes:
    return blind_index(plain_phone(text))
