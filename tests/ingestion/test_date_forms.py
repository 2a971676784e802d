"""In which form a column of dates is written, told by its values."""

import pytest

from ingestion.date_forms import fitting_forms


@pytest.mark.parametrize(
    ("values", "forms"),
    [
        (["14/02/2026 15h14", "03/02/2026 09h05"], ["%d/%m/%Y %Hh%M"]),
        (["31.01.2026 18:30", "01.02.2026 07:05"], ["%d.%m.%Y %H:%M"]),
        (["01/02/2026", "03/04/2026"], ["%d/%m/%Y", "%m/%d/%Y"]),
    ],
)
def test_the_form_that_reads_the_values_is_named_and_two_where_both_do(values, forms):
    assert fitting_forms(values) == forms
