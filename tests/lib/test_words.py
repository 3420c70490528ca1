from datetime import UTC, date, datetime, timedelta

import pytest

from foshan_quality.lib.words import is_document_number, ordinal, paper_date, paper_moment, time_left

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


def test_moments_on_papers_are_the_minute_in_foshan():
    assert paper_moment(datetime(2026, 4, 30, 16, 5, 59, tzinfo=UTC)) == "2026年5月1日 00:05"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=7), "7 天"),
        (timedelta(days=2, hours=23, minutes=59), "2 天 23 小时"),
        (timedelta(hours=23, minutes=59), "23 小时"),
        (timedelta(minutes=59, seconds=59), "59 分钟"),
        (timedelta(seconds=30), "0 分钟"),
    ],
)
def test_what_is_left_is_never_said_to_be_more(left, said):
    assert time_left(left) == said


@pytest.mark.parametrize("number", ["佛府〔2021〕3号", "佛评办函〔2026〕120号"])
def test_document_numbers_have_their_year_in_tortoise_shell_brackets(number):
    assert is_document_number(number) is True


@pytest.mark.parametrize(
    "number",
    ["", "〔2021〕3号", "佛府[2021]3号", "佛府〔21〕3号", "佛府〔2021〕03号", "佛府〔2021〕3号。", "佛 府〔2021〕3号"],
)
def test_other_numbers_are_none(number):
    assert is_document_number(number) is False
