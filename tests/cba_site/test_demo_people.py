"""The made-up people of the demo: nobody is taken for somebody else by mistake."""

from datetime import date

from cba_site.demo.people import customers

HOUSEHOLDS = {str(number): None for number in range(1, 2_470)}


def test_no_two_people_have_one_telephone_or_one_address():
    people = customers(HOUSEHOLDS, on=date(2017, 12, 31))
    assert people["phone"].n_unique() == people["email"].n_unique() == 2_469
    assert people["phone"].str.contains(r"^\+1 [2-9]\d\d 555 01\d\d$").all()
