"""When two spellings say the same: capitals, accents, spaces and look-alike letters aside."""

import polars as pl

# Letters of other alphabets that look like Latin ones.
LOOK_ALIKES = {
    "а": "a", "в": "b", "с": "c", "е": "e", "н": "h", "і": "i", "ј": "j", "к": "k", "м": "m",
    "о": "o", "р": "p", "ѕ": "s", "т": "t", "у": "y", "х": "x", "α": "a", "β": "b", "ε": "e",
    "ι": "i", "κ": "k", "ν": "v", "ο": "o", "ρ": "p", "τ": "t", "υ": "u", "χ": "x", "ß": "ss",
    "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe",
}  # fmt: skip


def folded(cell: pl.Expr) -> pl.Expr:
    """Equal for all spellings of one thing; null where no letter and no digit stands."""
    plain = cell.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    latin = plain.str.replace_many(list(LOOK_ALIKES), list(LOOK_ALIKES.values()))
    return _or_nothing(latin.str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars())


def words_in_order(cell: pl.Expr) -> pl.Expr:
    """The words of a name, folded and sorted: Ann Lee and LEE, Ann are one."""
    return folded(cell).str.split(" ").list.sort().list.join(" ")


def address_of_mail(cell: pl.Expr) -> pl.Expr:
    """An e-mail address as a mailbox is known: without capitals, and without +something."""
    plain = cell.str.strip_chars().str.to_lowercase().str.replace(r"\+[^@]*@", "@")
    return pl.when(plain.str.contains(r".@.")).then(plain)


def digits_of_phone(cell: pl.Expr) -> pl.Expr:
    """The last nine digits: with and without the country in front of them."""
    digits = cell.str.replace_all(r"\D", "")
    return pl.when(digits.str.len_chars() >= 7).then(digits.str.tail(9))


def one_space(cell: pl.Expr) -> pl.Expr:
    """Spaces of any kind become one, and none at the ends."""
    return cell.str.replace_all(r"[\s\u00a0\u202f\u200b]+", " ").str.strip_chars()


def _or_nothing(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)
