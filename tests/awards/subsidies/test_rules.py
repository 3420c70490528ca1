from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from awards.subsidies.entitlement import TableLine, line_on

OLD = TableLine(Decimal(500_000), "旧办法", date(2015, 1, 1), date(2020, 12, 31))
NEW = TableLine(Decimal(1_000_000), "新办法", date(2021, 1, 26), None)


@pytest.mark.parametrize(
    ("day", "line"),
    [
        (date(2014, 12, 31), None),
        (date(2015, 1, 1), OLD),
        (date(2020, 12, 31), OLD),
        (date(2021, 1, 1), None),
        (date(2021, 1, 25), None),
        (date(2021, 1, 26), NEW),
        (date(2099, 1, 1), NEW),
    ],
)
def test_the_line_valid_on_the_day_counts_ends_included(day, line):
    assert line_on([NEW, OLD], day) == line


def test_an_empty_table_says_nothing():
    assert line_on([], date(2026, 1, 1)) is None


LINES = st.builds(
    TableLine,
    st.integers(1, 10**9).map(Decimal),
    st.just("文"),
    st.dates(date(2010, 1, 1), date(2030, 1, 1)),
    st.none() | st.dates(date(2010, 1, 1), date(2030, 1, 1)),
)


@settings(deadline=None, database=None)
@given(
    st.lists(LINES, max_size=6, unique_by=lambda line: line.valid_from), st.dates(date(2009, 1, 1), date(2031, 1, 1))
)
def test_the_youngest_valid_line_counts_as_by_a_second_implementation(lines, day):
    found = None
    for line in sorted(lines, key=lambda line: line.valid_from):
        if line.valid_from <= day <= (line.valid_to or date.max):
            found = line

    assert line_on(lines, day) == found
