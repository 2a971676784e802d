"""Which sign parts the cells of a file: said by what its header and its rows have in common."""

import pytest

from ingestion.layout.sample import delimiter_found


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("customer_id;amount\nA;12,50\nB;3,00\n", ";"),
        ("customer_id,name\nA,x|y\nB,z|w\n", ","),
        ("id\tnote\n1\ta,b,c,d\n2\te,f,g,h\n", "\t"),
        ("Sales, May 2026\n\nid;amount\nA;12,50\nB;3,00\nC;4,00\n", ";"),
        ("Till of Köln, all of May\nid;day;amount\nA;1;2,50\nB;2;3,00\nC;3;4,00\n", ";"),
    ],
)
def test_what_parts_rows_and_not_the_header_parts_no_columns(text, delimiter):
    found = delimiter_found(text, None, '"')
    assert (found.value, found.sure) == (delimiter, True)


def test_two_signs_that_part_the_header_alike_are_asked_about():
    found = delimiter_found("a,b;c\n1,2;3\n4,5;6\n", None, '"')
    assert (found.sure, found.others) == (False, (";",))
