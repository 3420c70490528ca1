from datetime import date

import pytest

from foshan_quality.lib.words import ordinal, paper_date

ONES = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"]
TENS = ["", "十", "二十", "三十", "四十", "五十", "六十", "七十", "八十", "九十"]


def test_every_ordinal_from_1_to_99_is_written_as_people_say_it():
    expected = [tens + ones for tens in TENS for ones in ONES][1:]

    assert [ordinal(number) for number in range(1, 100)] == expected


@pytest.mark.parametrize("number", [0, -1, 100])
def test_other_ordinals_are_refused(number):
    with pytest.raises(ValueError, match=str(number)):
        ordinal(number)


def test_dates_on_papers_are_not_padded():
    assert paper_date(date(2026, 9, 8)) == "2026年9月8日"
