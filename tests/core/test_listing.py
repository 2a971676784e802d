"""The selects above a long table."""

from core.listing import choice


def test_the_options_of_a_select_are_written_with_the_chosen_one_and_without_marks_of_their_own():
    offered = [("", "All"), ('a"b', "Cheese & <wine>"), ("c", "Bread")]
    assert choice("of", "Of", offered, 'a"b')["drawn"] == (
        '<option value="">All</option>'
        '<option value="a&quot;b" selected>Cheese &amp; &lt;wine&gt;</option>'
        '<option value="c">Bread</option>'
    )
