from core.encryption import blind_index, name_indexes


def test_a_name_is_looked_up_by_its_words_and_their_beginnings_also_those_it_shares():
    anna, no_one, again = name_indexes(["Anna Li", None, " li  ANNALENA "])
    assert anna == sorted(map(blind_index, ("anna", "ann", "li")))
    assert no_one is None
    assert again == sorted(map(blind_index, ("annalena", "ann", "li")))
